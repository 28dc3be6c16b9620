"""ETags: v2 honours them, v3 shows them in a header and ignores them."""

from base64 import urlsafe_b64encode
from hashlib import blake2b

from emulators.drive.model import File
from emulators.drive.refusals import Refusal


def etag_of(file: File) -> str:
    """Changes whenever the version does. The quotes are a part of it."""
    digest = blake2b(f"{file.id}/{file.version}".encode(), digest_size=20).digest()
    return f'"{urlsafe_b64encode(digest).decode().rstrip("=")}"'


def check_match(file: File, wanted: str | None) -> None:
    """If-Match: 412 unless the file is still the one the caller saw."""
    if wanted is None or wanted.strip() == "*":
        return
    if etag_of(file) not in {part.strip() for part in wanted.split(",")}:
        raise Refusal(412, "conditionNotMet", "Precondition Failed", location="If-Match")
