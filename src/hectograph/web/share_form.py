"""From what was typed to a wish, or to words about what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hectograph.app.teaching import ClassWish
from hectograph.domain.errors import (
    DocumentRefused,
    HectographError,
    RequestRefused,
    RosterRefused,
)
from hectograph.domain.ids import ClassId
from hectograph.domain.manner import (
    DEFAULT_PATTERN,
    LONGEST_SUBJECT,
    Access,
    Manner,
    ShareMode,
)
from hectograph.domain.names import check_pattern
from hectograph.domain.roster import Roster
from hectograph.domain.schedule import When
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.share import Timing
from hectograph.ports.classes import KnownDocument
from hectograph.ports.provider import Document
from hectograph.web.speaking import speak
from hectograph.web.words import remedy_of

LONGEST_TIME: Final = 40
LONGEST_PATTERN: Final = 200
LONGEST_LINKS: Final = 8192
LONGEST_WORDS: Final = 200


class TellingForm(forms.Form):
    """A form that shows what a use case refused."""

    def tell(self, error: HectographError, *, at: str | None = None) -> None:
        """Show what went wrong beside a field, or with the whole form."""
        self.add_error(at, tell(error))


class WhenForm(TellingForm):
    """When a share is done."""

    when = forms.ChoiceField(
        label=_("When"),
        initial="now",
        choices=[
            ("now", _("Now")),
            ("tonight", _("Tonight")),
            ("at", _("At a date and time")),
            ("reveal", _("Make beforehand, show at")),
        ],
    )
    in_lesson = forms.BooleanField(required=False)
    at = forms.CharField(required=False, max_length=LONGEST_TIME)
    reveal_at = forms.CharField(required=False, max_length=LONGEST_TIME)

    def clean(self) -> dict[str, Any]:
        """A time where one is asked for."""
        cleaned = dict(super().clean() or self.cleaned_data)
        for choice, field in (("at", "at"), ("reveal", "reveal_at")):
            if cleaned.get("when") == choice and not cleaned.get(field):
                self.add_error(field, _("Say when."))
        return cleaned

    def said(self) -> When:
        """What was said about time."""
        typed = self.cleaned_data
        choice = typed["when"]
        return When(
            at=typed["at"] if choice == "at" else None,
            tonight=choice == "tonight",
            reveal_at=typed["reveal_at"] if choice == "reveal" else None,
            in_lesson=choice == "now" and typed["in_lesson"],
        )

    def time_field(self) -> str:
        """The field in which the time stands."""
        return {"at": "at", "reveal": "reveal_at"}.get(self.cleaned_data["when"], "when")


class ShareForm(WhenForm):
    """What a class is to get. The document is no field where it is a file."""

    link = forms.CharField(required=False, max_length=LONGEST_LINKS)
    recent = forms.ChoiceField(required=False)
    words = forms.CharField(required=False, max_length=LONGEST_WORDS)
    kept = forms.CharField(required=False, max_length=64)
    whom = forms.ChoiceField(
        initial="everyone",
        choices=[
            ("everyone", _("Everyone")),
            ("group", _("A group")),
            ("picked", _("Picked students")),
            ("classes", _("Several classes")),
        ],
    )
    classes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    twice = forms.BooleanField(required=False)
    group = forms.ChoiceField(required=False)
    students = forms.TypedMultipleChoiceField(
        required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    mode = forms.ChoiceField(
        required=False,
        initial=ShareMode.OWN.value,
        choices=[
            (ShareMode.OWN.value, _("A copy for each student")),
            (ShareMode.GROUP.value, _("One copy for each group")),
            (ShareMode.CLASS.value, _("One copy for the whole class")),
        ],
    )
    access = forms.ChoiceField(
        required=False,
        initial=Access.EDIT.value,
        choices=[
            (Access.EDIT.value, _("edit it")),
            (Access.COMMENT.value, _("comment on it")),
            (Access.VIEW.value, _("only read it")),
        ],
    )
    pattern = forms.CharField(initial=DEFAULT_PATTERN, max_length=LONGEST_PATTERN)
    subject = forms.CharField(required=False, max_length=LONGEST_SUBJECT)
    again = forms.BooleanField(required=False)

    def __init__(
        self,
        typed: Mapping[str, Any] | None,
        *,
        roster: Roster,
        others: Sequence[SchoolClass] = (),
        recent: Sequence[KnownDocument] = (),
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(typed, initial=dict(initial or {}), label_suffix="")
        self._roster = roster
        self.groups = sorted({each.group for each in roster.recipients if each.group})
        self._choose("classes", [(each.id, each) for each in others])
        self._choose("group", [(each, each) for each in self.groups])
        self._choose("recent", [("", "")] + [(each.origin, each.title) for each in recent])
        self._choose(
            "students",
            [(number, each.student) for number, each in enumerate(roster.recipients)],
        )

    def _choose(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - they are declared above
        field.choices = choices

    def as_typed(self, typed: QueryDict) -> None:
        """Show what was typed as it is, without a word about what is missing."""
        for name, field in self.fields.items():
            if isinstance(field, forms.MultipleChoiceField):
                self.initial[name] = typed.getlist(name)
            elif name in typed:
                self.initial[name] = typed.get(name)

    def clean_subject(self) -> str:
        """A subject that names folders."""
        subject: str = self.cleaned_data["subject"]
        try:
            Manner(subject=subject).check_subject()
        except RequestRefused as refused:
            raise forms.ValidationError(tell(refused)) from refused
        return subject

    def clean_pattern(self) -> str:
        """A pattern of which names can be made."""
        pattern: str = self.cleaned_data["pattern"]
        try:
            check_pattern(pattern)
        except RequestRefused as refused:
            raise forms.ValidationError(tell(refused)) from refused
        return pattern

    def clean(self) -> dict[str, Any]:
        """Somebody, where students are picked."""
        cleaned = super().clean()
        if cleaned.get("whom") == "picked" and not cleaned.get("students"):
            self.add_error("students", _("Pick a student."))
        if cleaned.get("whom") == "group" and not cleaned.get("group"):
            self.add_error("group", _("Choose a group."))
        if cleaned.get("whom") == "classes" and not cleaned.get("classes"):
            self.add_error("classes", _("Choose another class."))
        return cleaned

    def links(self) -> tuple[Document, ...]:
        """The links that were pasted, and the document that was chosen."""
        pasted = self.cleaned_data["link"].split()
        chosen = [self.cleaned_data["recent"]] if self.cleaned_data["recent"] else []
        return tuple(dict.fromkeys([*chosen, *pasted]))

    @property
    def is_twice(self) -> bool:
        """Whether a student of two classes gets a copy in each."""
        return bool(self.cleaned_data["twice"])

    def wishes(
        self, found: SchoolClass, documents: Sequence[Document], *, timing: Timing
    ) -> tuple[ClassWish, ...]:
        """What was typed, as a wish for each class."""
        typed = self.cleaned_data
        wish = ClassWish(
            school_class=found.id,
            documents=tuple(documents),
            students=self._students(),
            manner=self._manner(),
            again=typed["again"],
            timing=timing,
        )
        others = typed["classes"] if typed["whom"] == "classes" else ()
        return (wish, *(replace(wish, school_class=ClassId(each)) for each in others))

    def _manner(self) -> Manner:
        """How the copies are made; what a student may do with their own is not asked."""
        typed = self.cleaned_data
        mode = ShareMode(typed["mode"] or ShareMode.OWN)
        is_own = mode is ShareMode.OWN
        access = Access.EDIT if is_own else Access(typed["access"] or Access.EDIT)
        return Manner(
            pattern=typed["pattern"], mode=mode, access=access, subject=typed["subject"]
        )

    def _students(self) -> tuple[int, ...] | None:
        typed = self.cleaned_data
        if typed["whom"] in ("everyone", "classes"):
            return None
        if typed["whom"] == "picked":
            return tuple(typed["students"])
        return tuple(
            number
            for number, each in enumerate(self._roster.recipients)
            if each.group == typed["group"]
        )

    def carried(self) -> list[tuple[str, str]]:
        """What was typed, to be sent again with the confirmation."""
        typed = self.cleaned_data
        names = (
            *("link", "recent", "whom", "group", "mode", "access", "pattern", "subject"),
            *("when", "at", "reveal_at"),
        )
        ticks = ("again", "in_lesson", "twice")
        return [
            *((name, typed[name]) for name in names if typed[name]),
            *(("students", str(each)) for each in typed["students"]),
            *(("classes", each) for each in typed["classes"]),
            *((name, "on") for name in ticks if typed[name]),
        ]


class DocumentForm(TellingForm):
    """A better version, or the document of a fresh copy. A file is no field."""

    link = forms.CharField(required=False, max_length=LONGEST_LINKS)
    rename_old = forms.BooleanField(required=False)


def field_of(error: HectographError) -> str | None:
    """The field beside which an error of a use case is told; None for the whole form."""
    if isinstance(error, DocumentRefused):
        return "link"
    return "students" if isinstance(error, RosterRefused) else None


def tell(error: HectographError) -> list[str]:
    """An error as lines beside a form: the cause, what is wrong in detail, the remedy."""
    problems = error.problems if isinstance(error, RosterRefused) else ()
    return [
        f"{speak(error.cause)} {remedy_of(error.reason())}",
        *(speak(each.cause) for each in problems),
    ]
