"""What the audit log's acts and facts are called on its page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_lazy as _

from hectograph.web.words import Words

ACTS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "share.recalled": _("Share recalled"),
        "share.corrected": _("Share corrected"),
        "recall.undone": _("Recall undone"),
        "correction.undone": _("Correction undone"),
        "leftover.listed": _("Leftovers listed"),
        "leftover.applied": _("Leftovers cleaned up"),
        "leftover.undone": _("Leftovers brought back"),
        "duplicate.listed": _("Duplicates listed"),
        "duplicate.applied": _("Duplicates cleaned up"),
        "duplicate.undone": _("Duplicates brought back"),
        "litter.listed": _("Litter listed"),
        "litter.applied": _("Litter cleaned up"),
        "litter.undone": _("Litter brought back"),
        "removal.removed": _("File taken away"),
        "removal.replaced": _("File replaced"),
        "removal.kept": _("File left where it is"),
        "removal.gone": _("File was not there any more"),
        "removal.returned": _("File brought back"),
        "folders.removed": _("Empty folders taken away"),
        "copy.left": _("Copy left to the student"),
        "copy.hand_over_asked": _("Handing a copy over asked for"),
        "copy.handed_over": _("Copy handed over"),
        "copy.lock_asked": _("Locking a copy asked for"),
        "copy.locked": _("Copy locked"),
        "copy.unlock_asked": _("Unlocking a copy asked for"),
        "copy.unlocked": _("Copy unlocked"),
        "copy.rename_asked": _("Renaming a copy asked for"),
        "copy.renamed": _("Copy renamed"),
        "copy.rename_back_asked": _("Renaming a copy back asked for"),
        "copy.renamed_back": _("Copy renamed back"),
        "installation.paused": _("Everything paused"),
        "installation.resumed": _("Everything let go on"),
    }
)

FACTS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "after": _("after"),
        "asked": _("asked for"),
        "before": _("before"),
        "by": _("by"),
        "by_share": _("by the share"),
        "delivery": _("copy"),
        "firm": _("firm"),
        "gone": _("gone"),
        "kept": _("stay"),
        "now": _("now"),
        "number": _("number"),
        "proposed": _("proposed"),
        "reason": _("reason"),
        "removals": _("files"),
        "since": _("since"),
        "why": _("because"),
        "withdrawn": _("withdrawn"),
    }
)
