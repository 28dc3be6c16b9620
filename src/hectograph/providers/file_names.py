"""Another name for a file in a directory, where it is."""

from hectograph.domain.errors import RequestRefused
from hectograph.ports.provider import Changed, Inspection, NameTaken, Permit
from hectograph.providers.file_calls import UNSUPPORTED, FileCalls
from hectograph.providers.file_errors import provider_error
from hectograph.providers.file_quarantine import Held


def give_name(
    calls: FileCalls, inspection: Inspection, name: str, *, permit: Permit
) -> None:
    """Call an inspected file something else.

    Whoever saves by replacing in this very moment has the newer file renamed, or stays
    with the name: it is the same work, and nothing of it is lost.
    """
    held: Held | None = inspection.token
    if held is None:
        # It went away right after it was found, or cannot be read.
        raise Changed
    permit.check()
    try:
        calls.rename_new(held.name, name, at=held.folder)
        calls.sync(held.folder)
    except FileNotFoundError as error:
        raise Changed from error
    except FileExistsError as error:
        raise NameTaken from error
    except OSError as error:
        if error.errno in UNSUPPORTED:
            raise _cannot() from error
        raise provider_error(error, effect="It keeps its name.") from error


def _cannot() -> RequestRefused:
    return RequestRefused(
        "This drive can give a file no other name without perhaps replacing another.",
        effect="Nothing was done.",
        remedy="Leave the old copy its name: the fresh one comes beside it.",
    )
