"""The language of the pages, as somebody chooses it for themselves."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.domain.people import Person
from hectograph.web.language_choice import language_for
from hectograph.web.pages import ANYBODY, REFUSED, Pages, signed_in


class LanguageForm(forms.Form):
    """A language by its own name, or what the browser says."""

    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, person: Person, said: QueryDict | None = None) -> None:
        super().__init__(said, initial={"language": person.language}, label_suffix="")
        field = self.fields["language"]
        field.choices = [("", _("As the browser says")), *settings.LANGUAGES]  # type: ignore[attr-defined]


class LanguagePages(Pages):
    """Everything below /account/language/."""

    @signed_in(get=ANYBODY, post=ANYBODY)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Ask for the language, and keep it."""
        form = LanguageForm(person, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            chosen = form.cleaned_data["language"]
            await self.house.staff.speak(chosen, to=person)
            with translation.override(language_for(request, chosen)):
                messages.success(request, now_("It is kept which language you read."))
            return redirect("account-language")
        status = REFUSED if form.errors else 200
        return self.show(
            request, "web/language.html", person=person, form=form, status=status
        )
