"""What an error number of the kernel means for a delivery. The one place that says."""

import errno
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hectograph.domain.errors import (
    AccessDenied,
    FolderRefused,
    NoSpace,
    OutcomeUnknown,
    ProviderError,
    Unavailable,
)

MEANINGS: Final[Mapping[int, tuple[type[ProviderError], str]]] = MappingProxyType(
    {
        errno.ENOSPC: (NoSpace, "The disk is full."),
        errno.EDQUOT: (NoSpace, "The disk quota is used up."),
        errno.EFBIG: (NoSpace, "The document is larger than the disk allows."),
        errno.EACCES: (AccessDenied, "The folder may not be written to."),
        errno.EPERM: (AccessDenied, "The folder may not be written to."),
        errno.EROFS: (AccessDenied, "The disk is read-only."),
        errno.ENOTDIR: (
            FolderRefused,
            "A file or a link stands where the folder should be.",
        ),
        errno.ELOOP: (FolderRefused, "A link stands where the folder should be."),
        errno.ENAMETOOLONG: (FolderRefused, "The disk does not take names of this length."),
        errno.EILSEQ: (FolderRefused, "The disk does not take these letters in a name."),
    }
)


def provider_error(
    error: OSError, *, happened: bool = False, effect: str = "There is no copy yet."
) -> ProviderError:
    """The error of ours for one of the kernel's; `effect` when nothing happened.

    `happened`: the copy may have its name by now, so that nothing the kernel says is
    proof that there is none.
    """
    answer = f"The disk answered: {error.strerror}."
    if happened:
        return OutcomeUnknown(answer, effect="The copy may be there.")
    kind, cause = MEANINGS.get(error.errno or 0, (Unavailable, answer))
    return kind(cause, effect=effect)
