"""What a wish would do, class by class, as the page shows it before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.app.teaching import ClassPlan, ClassWish
from hectograph.domain.delivery import Delivery
from hectograph.domain.manner import ShareMode
from hectograph.domain.report import ShareReport
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.share import ServiceClass, Share, Timing
from hectograph.web.share_view import Row, row_of
from hectograph.web.speaking import grouped
from hectograph.web.time_words import words_by, words_span


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A class of the wish. `same` is the share that would be joined.

    `receivers` are students, or the groups that stand for them.

    Without a `report` everybody in it is counted `elsewhere`, and nothing is done there.
    """

    school_class: SchoolClass
    report: ShareReport | None
    elsewhere: tuple[str, ...]
    rows: Sequence[Row]
    receivers: int
    students: int
    takes: str
    same: Share | None

    @property
    def is_on_drive(self) -> bool:
        """Whether the copies come onto a drive."""
        place = self.school_class.destination
        return place is not None and place.drive is not None


def build_plan_view(plan: ClassPlan, *, same: Share | None, zone: tzinfo) -> PlanView:
    """What would be done in a class."""
    report = plan.report
    deliveries = report.deliveries if report else ()
    return PlanView(
        school_class=plan.school_class,
        report=report,
        elsewhere=plan.elsewhere,
        rows=[row_of(each, report.share) for each in deliveries] if report else (),
        receivers=len({(each.student, each.folder) for each in deliveries}),
        students=_students(deliveries),
        takes=_takes(report, zone=zone) if report else "",
        same=same,
    )


def plan_key(plans: Sequence[ClassPlan]) -> str:
    """What tells these plans from any others, so that what was seen is what is done."""
    return " ".join(each.report.share.request_key if each.report else "-" for each in plans)


def _students(deliveries: Sequence[Delivery]) -> int:
    """How many students would get a copy, of their own or with others."""
    shared = {(each.folder, member) for each in deliveries for member in each.members}
    own = {(each.folder, each.student) for each in deliveries if not each.members}
    return len(shared) + len(own)


def promise(wish: ClassWish, *, copies: int, classes: int, zone: tzinfo) -> str:
    """What the button says that it will do.

    `copies` are counted once, however many documents there are.
    """
    at = wish.timing.reveals_at or wish.timing.begins_at
    told = {
        "number": grouped(copies),
        "classes": grouped(classes),
        "at": date_format(at.astimezone(zone), "DATETIME_FORMAT") if at else "",
    }
    words = _to_one_class if classes == 1 else _to_several
    if wish.manner.mode is ShareMode.GROUP:
        words = _to_groups
    elif wish.manner.mode is ShareMode.CLASS:
        words = _for_all
    return words(wish.timing, copies) % told


def _to_groups(timing: Timing, number: int) -> str:
    if timing.reveals_at is not None:
        return ngettext(
            "Make a copy for %(number)s group, and show it at %(at)s",
            "Make a copy for each of %(number)s groups, and show them at %(at)s",
            number,
        )
    if timing.service_class is ServiceClass.OVERNIGHT:
        return ngettext(
            "Share one copy with %(number)s group tonight",
            "Share one copy with each of %(number)s groups tonight",
            number,
        )
    if timing.begins_at is not None:
        return ngettext(
            "Share one copy with %(number)s group at %(at)s",
            "Share one copy with each of %(number)s groups at %(at)s",
            number,
        )
    return ngettext(
        "Share one copy with %(number)s group now",
        "Share one copy with each of %(number)s groups now",
        number,
    )


def _for_all(timing: Timing, number: int) -> str:
    if timing.reveals_at is not None:
        return ngettext(
            "Make one copy for the whole class, and show it at %(at)s",
            "Make one copy for each of %(number)s classes, and show them at %(at)s",
            number,
        )
    if timing.service_class is ServiceClass.OVERNIGHT:
        return ngettext(
            "Share one copy with the whole class tonight",
            "Share one copy with each of %(number)s classes tonight",
            number,
        )
    if timing.begins_at is not None:
        return ngettext(
            "Share one copy with the whole class at %(at)s",
            "Share one copy with each of %(number)s classes at %(at)s",
            number,
        )
    return ngettext(
        "Share one copy with the whole class now",
        "Share one copy with each of %(number)s classes now",
        number,
    )


def _to_one_class(timing: Timing, number: int) -> str:
    if timing.reveals_at is not None:
        return ngettext(
            "Make %(number)s copy, and show it at %(at)s",
            "Make a copy for %(number)s students, and show them at %(at)s",
            number,
        )
    if timing.service_class is ServiceClass.OVERNIGHT:
        return ngettext(
            "Share with %(number)s student tonight",
            "Share with %(number)s students tonight",
            number,
        )
    if timing.begins_at is not None:
        return ngettext(
            "Share with %(number)s student at %(at)s",
            "Share with %(number)s students at %(at)s",
            number,
        )
    return ngettext(
        "Share with %(number)s student now",
        "Share with %(number)s students now",
        number,
    )


def _to_several(timing: Timing, number: int) -> str:
    if timing.reveals_at is not None:
        return ngettext(
            "Make a copy for %(number)s student in %(classes)s classes, and show it at %(at)s",
            "Make a copy for %(number)s students in %(classes)s classes, and show them at %(at)s",
            number,
        )
    if timing.service_class is ServiceClass.OVERNIGHT:
        return ngettext(
            "Share with %(number)s student in %(classes)s classes tonight",
            "Share with %(number)s students in %(classes)s classes tonight",
            number,
        )
    if timing.begins_at is not None:
        return ngettext(
            "Share with %(number)s student in %(classes)s classes at %(at)s",
            "Share with %(number)s students in %(classes)s classes at %(at)s",
            number,
        )
    return ngettext(
        "Share with %(number)s student in %(classes)s classes now",
        "Share with %(number)s students in %(classes)s classes now",
        number,
    )


def _takes(report: ShareReport, *, zone: tzinfo) -> str:
    """How long it would take, or by when it would be done; and the same tonight."""
    if report.estimate is None:
        return ""
    if report.share.begins_at is not None:
        by = words_by(report.estimate, zone=zone)
        return _("ready by %(by)s") % {"by": by}
    told = [words_span(report.estimate)]
    if report.tonight is not None:
        by = words_by(report.tonight, zone=zone)
        told.append(_("tonight: ready by %(by)s") % {"by": by})
    return "; ".join(told)
