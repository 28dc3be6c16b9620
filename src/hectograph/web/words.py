"""What states and troubles are called on the pages, where nobody types commands."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hectograph.domain.delivery import DeliveryState
from hectograph.domain.errors import Reason
from hectograph.domain.removal import RemovalState
from hectograph.domain.share import ShareState
from hectograph.web.speaking import speak

Words = str | Promise

COPY_WORDS: Final[Mapping[DeliveryState, tuple[str, str, Words]]] = MappingProxyType(
    {
        DeliveryState.PLANNED: ("·", "quiet", _("planned")),
        DeliveryState.PLACING: ("…", "busy", _("copying")),
        DeliveryState.PLACED: ("…", "busy", _("checking")),
        DeliveryState.VERIFIED: ("✓", "well", _("there")),
        DeliveryState.WAITING: ("↻", "busy", _("waiting for another try")),
        DeliveryState.FAILED: ("✗", "wrong", _("failed")),
        DeliveryState.CANCELLED: ("○", "quiet", _("withdrawn")),
        DeliveryState.RECALLED: ("↩", "quiet", _("taken back")),
        DeliveryState.KEPT: ("✓", "well", _("there, worked on")),
    }
)
"""A sign, how it is shown, and the words."""

READY: Final = ("◷", "busy", _("ready, shown at its time"))

SHARE_WORDS: Final[Mapping[ShareState, Words]] = MappingProxyType(
    {
        ShareState.DRAFT: _("A draft"),
        ShareState.SCHEDULED: _("Waits for its time"),
        ShareState.RUNNING: _("Under way"),
        ShareState.PAUSED: _("Paused"),
        ShareState.COMPLETE: _("Complete"),
        ShareState.COMPLETE_WITH_EXCEPTIONS: _("Complete, with exceptions"),
        ShareState.CANCELLED: _("Cancelled"),
        ShareState.RECALLED: _("Recalled"),
    }
)

REMOVAL_WORDS: Final[Mapping[RemovalState, tuple[str, str, Words]]] = MappingProxyType(
    {
        RemovalState.PROPOSED: ("·", "quiet", _("would go")),
        RemovalState.ASKED: ("…", "busy", _("goes")),
        RemovalState.REMOVED: ("↩", "quiet", _("taken away")),
        RemovalState.REPLACED: ("✓", "well", _("replaced")),
        RemovalState.KEPT: ("!", "firm", _("stays")),
        RemovalState.GONE: ("○", "quiet", _("was not there any more")),
        RemovalState.RETURNING: ("…", "busy", _("comes back")),
        RemovalState.RETURNED: ("✓", "well", _("back")),
    }
)

REMEDIES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "access_denied": _(
            "Ask whoever looks after the drive to let hectograph write there, then retry."
        ),
        "folder_refused": _("Put a real folder in its place, then retry."),
        "no_space": _("Free some space, then retry."),
        "source_damaged": _("Share the document again, with new copies."),
        "source_refused": _("Share a document that may be seen and copied."),
        "illegal_transition": _("Look at the share as it is now."),
        "unknown_share": _("Your shares are on the first page."),
        "unknown_class": _("Your classes are on the first page."),
        "ledger_unavailable": _("Try again in a minute."),
    }
)
"""Of errors whose own remedy is a command."""


def remedy_of(reason: Reason) -> Words:
    """What somebody can do who sees pages only, in their language."""
    if reason.code in REMEDIES:
        return REMEDIES[reason.code]
    is_command = "`hectograph" in reason.remedy
    return _("Ask whoever looks after hectograph.") if is_command else speak(reason.remedy)
