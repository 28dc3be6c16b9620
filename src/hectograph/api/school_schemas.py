"""What is sent and got by those who look after a school, or the installation."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from ninja import Field, Schema

from hectograph.api.schemas import ErrorTold, HaltTold, Sent, Text

LARGEST: Final = 2**63
"""What no number in a table reaches."""

Name = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]
Path = Annotated[str, Field(max_length=2048, pattern=r"^[^\x00]*$")]
RoleName = Literal["teacher", "admin", "operator", "auditor"]


class PersonTold(Schema):
    """Somebody of the staff."""

    id: int
    email: str
    name: str
    role: str
    school: str


class PeopleList(Schema):
    """The staff, by name."""

    people: list[PersonTold]


class InvitationWish(Sent):
    """Whom to invite, and to which school; one's own where it is not said."""

    email: Annotated[str, Field(max_length=254, pattern=r"^[^\x00]*$")]
    role: RoleName
    school: Name | None = None


class Invited(Schema):
    """The link that lets them in: it is told once."""

    email: str
    link: str


class TeacherSaid(Sent):
    """Who teaches, by their number; `co` is beside another."""

    person: Annotated[int, Field(ge=0, lt=LARGEST)]
    co: bool = False


class TeachersSaid(Sent):
    """Everybody who teaches a class from now on."""

    teachers: list[TeacherSaid] = Field(max_length=100)


class PlaceSaid(Sent):
    """Where the folders of a class are: in a directory of the machine, or on a drive."""

    directory: Path | None = None
    drive: Name | None = None
    subject: Name = ""


class ChangeTold(Schema):
    """What a load would do to a class; `braked`: it takes suspiciously many away."""

    name: str
    before: int
    students: int
    joining: list[str]
    leaving: list[str]
    braked: bool


class PlanTold(Schema):
    """What loading a file of rosters would do; nothing is done yet."""

    file: str
    upload: str
    digest: str
    changes: list[ChangeTold]


class LoadSaid(Sent):
    """Which plan to carry out; `sure`: also where many would leave."""

    upload: Annotated[str, Field(max_length=64)]
    digest: Annotated[str, Field(max_length=64)]
    sure: bool = False


class LoadTold(Schema):
    """What a load did; `problems` say why it was refused."""

    at: datetime
    by: str
    file: str
    classes: int
    students: int
    added: int
    removed: int
    problems: list[ErrorTold]


class LoadList(Schema):
    """The latest loads."""

    loads: list[LoadTold]


class AuditQuery(Schema):
    """Which entries: of one share or clean-up, those before a number."""

    about: Text | None = None
    before: Annotated[int, Field(ge=0, lt=LARGEST)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class EntryTold(Schema):
    """One thing that was done; `facts` are the evidence."""

    number: int
    at: str
    by: str | None
    act: str
    subject: str
    facts: dict[str, Any]
    undo: str | None


class AuditTold(Schema):
    """Entries, the newest first; `next` is the `before` of the next page."""

    entries: list[EntryTold]
    next: int | None


class AccountTold(Schema):
    """An account that acted on a drive."""

    account: str
    calls_per_second: float | None
    parked_until: str | None
    parked_because: str | None


class DriveTold(Schema):
    """A drive that was set up."""

    drive: str
    acting: str
    accounts: list[str]
    delivery: str
    known_accounts: list[AccountTold]


class DriveList(Schema):
    """All drives, by name."""

    drives: list[DriveTold]


class CheckWish(Sent):
    """The teacher or student whose account to try."""

    account: Annotated[str, Field(max_length=254, pattern=r"^[^\x00]*$")] | None = None


class FindingTold(Schema):
    """One thing that was looked at."""

    check: str
    state: str
    message: str
    remedy: str
    account: str | None


class CheckTold(Schema):
    """What was found when a drive was looked over; `well`: nothing is amiss."""

    drive: str
    well: bool
    findings: list[FindingTold]


class Woken(Schema):
    """The accounts that work again."""

    drive: str
    unparked: list[str]


class HaltSaid(Sent):
    """Why everything is paused; everybody reads it."""

    reason: Text | None = None


class HaltFound(Schema):
    """Why everything is paused; null while it is not."""

    halted: HaltTold | None
