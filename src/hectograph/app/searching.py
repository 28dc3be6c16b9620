"""Find a document on the drive of a class, by words in its title."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hectograph.app.classes import SchoolClasses
from hectograph.app.drives import SchoolDrives
from hectograph.domain.drive import check_email
from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import ClassId
from hectograph.domain.people import Act, Person
from hectograph.ports.drive_office import DriveOffice, FoundDocument

MOST_FOUND: Final = 20
MOST_WORDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found, by the account of this email.

    `is_narrowed`: it is not the account of whoever asked, so that only their own documents
    and those that they were given count. `is_cut`: there may be more.
    """

    documents: tuple[FoundDocument, ...]
    reader: str
    is_narrowed: bool
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """Searches as the account that would read the document of a share."""

    classes: SchoolClasses
    drives: SchoolDrives
    office: DriveOffice

    async def documents(self, number: ClassId, words: str, *, by: Person) -> Search:
        """The documents with these words in their titles, for a share with a class.

        Asked once, as somebody waits. Raises UnknownClass, NotAllowed, UnknownDrive,
        RequestRefused, Misconfigured and ProviderError.
        """
        found = await self.classes.school_class(number, by=by, act=Act.SHARE)
        place = found.destination
        if place is None or place.drive is None:
            raise RequestRefused(
                f"The folders of {found.name} are not on a drive.",
                effect="Nothing was searched.",
                remedy="Send the document as a file.",
            )
        wanted = _words(words)
        drive = await self.drives.drive(place.drive)
        # As text in a query, "me" would be whoever searches.
        email, reader = check_email(by.email), drive.reader(by.email).lower()
        # Such a key acts for its own account, whoever is named.
        is_personal = self.office.read_key(Path(drive.credentials)).is_personal
        is_narrowed = is_personal or reader != email
        async with self.office.open(drive, reader) as account:
            documents = await account.find_documents(
                wanted, known_to=email if is_narrowed else None, limit=MOST_FOUND
            )
        return Search(
            documents=tuple(documents),
            reader=reader,
            is_narrowed=is_narrowed,
            is_cut=len(documents) == MOST_FOUND,
        )


def _words(text: str) -> Sequence[str]:
    words = text.split()[:MOST_WORDS]
    if not words:
        raise RequestRefused(
            "There is nothing to search for.",
            effect="Nothing was searched.",
            remedy="Type a word of the document's title.",
        )
    return words
