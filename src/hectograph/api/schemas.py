"""What programs send and get, as it is checked and published."""

from typing import Annotated, Any, Final

from ninja import Field, Schema

from hectograph.domain.events import EventType
from hectograph.domain.manner import DEFAULT_PATTERN, Access, Manner, ShareMode
from hectograph.domain.schedule import When

NO_NUL: Final = r"^[^\x00]*$"
"""No table can hold that one character."""

Text = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Link = Annotated[str, Field(max_length=2048, pattern=NO_NUL)]
Times = str | None


class WhenSaid(Schema):
    """When it is done; at once where nothing is said. Times as the command takes them."""

    at: Text | None = None
    tonight: bool = False
    done_by: Text | None = None
    reveal_at: Text | None = None
    in_lesson: bool = False

    def said(self) -> When:
        """The same as a value."""
        return When(**self.dict())


class Documents(Schema):
    """What is copied: links where the copies are on a drive, else files sent before."""

    links: list[Link] = Field([], max_length=20)
    upload: Annotated[str, Field(max_length=64)] | None = None


Students = list[Annotated[int, Field(ge=0)]] | None


class WishBase(Documents):
    """What is to be made, and when."""

    pattern: Text = DEFAULT_PATTERN
    mode: ShareMode = Field(
        ShareMode.OWN, description="A copy for each student, each group, or one for all."
    )
    access: Access = Field(
        Access.EDIT, description="What students may do with a copy that several share."
    )
    again: bool = False
    when: WhenSaid = WhenSaid()

    @property
    def manner(self) -> Manner:
        """How the copies are made."""
        return Manner(pattern=self.pattern, mode=self.mode, access=self.access)


class ShareWish(WishBase):
    """What a class is to get."""

    students: Students = Field(
        None, description="Places in the class's roster; all where it is not said."
    )


class WishedClass(Schema):
    """A class that is to get something."""

    school_class: Text = Field(alias="class")
    students: Students = None


class ClassesWish(WishBase):
    """What several classes are to get. `twice`: who is in two of them gets two copies."""

    classes: list[WishedClass] = Field(min_length=1, max_length=50)
    twice: bool = False


class ShareQuery(Schema):
    """Which shares to list."""

    school_class: Text | None = Field(None, alias="class")
    search: Text = ""
    cursor: Text | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ProblemTold(Schema):
    """What went wrong."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    remedy: str
    errors: list[dict[str, str]]


class Me(Schema):
    """Whom the token acts for."""

    id: int
    email: str
    name: str
    role: str
    school: str
    scopes: list[str]


class DestinationTold(Schema):
    """Where the folders of a class are; `kind` is `directory` or `drive`."""

    kind: str
    name: str
    subject: str


class ClassTold(Schema):
    """A class."""

    id: str
    name: str
    school: str
    students: int
    taken_at: str
    teachers: list[str]
    destination: DestinationTold | None


class StudentTold(Schema):
    """A student, by their place in the roster."""

    place: int
    student: str
    email: str | None
    folder: str
    group: str | None


class ClassWithRoster(ClassTold):
    """A class with its roster."""

    roster: list[StudentTold]


class ClassList(Schema):
    """Classes by name."""

    classes: list[ClassTold]


class Reason(Schema):
    """Why a copy is not made."""

    code: str
    message: str
    remedy: str


class HaltTold(Schema):
    """Why everything is paused, and since when."""

    reason: str
    since: str


class EstimateTold(Schema):
    """When it will be through."""

    likely_at: str
    earliest_at: str
    latest_at: str
    rests_until: Times
    because: str | None


class DeliveryTold(Schema):
    """One copy for one student."""

    student: str
    members: list[str]
    state: str
    path: str | None
    attempts: int
    error: Reason | None


class ShareBase(Schema):
    """What is told of every share."""

    state: str
    halted: HaltTold | None
    counts: dict[str, int]
    begins_at: Times
    deadline: Times
    reveals_at: Times
    at_risk: bool
    estimate: EstimateTold | None


class ShareRow(ShareBase):
    """A share in a list."""

    share: str
    title: str
    class_name: str | None = Field(alias="class")
    class_id: str | None
    asked_at: str


class ShareList(Schema):
    """Shares, the newest first; `next` is where the list goes on."""

    shares: list[ShareRow]
    next: str | None


class ShareTold(ShareBase):
    """A share with every copy; of one that is only previewed, `share` is null."""

    share: str | None
    joined: bool
    mode: ShareMode
    access: Access
    seconds: float
    tonight: EstimateTold | None = None
    deliveries: list[DeliveryTold]


class ShareAccepted(Schema):
    """A share that was written down. `joined`: the same request had made it before."""

    share: str
    joined: bool


class SharesAccepted(Schema):
    """A share for each class, but for those of which everybody is counted elsewhere."""

    shares: list[ShareAccepted]


class ClassPreview(Schema):
    """What would be done in a class; `elsewhere` are counted in an earlier one."""

    school_class: str = Field(alias="class")
    preview: ShareTold | None
    elsewhere: list[str]


class PreviewList(Schema):
    """What a wish about several classes would do."""

    classes: list[ClassPreview]


class Turned(Schema):
    """What a request about a share did; `copies` is how many it is about."""

    share: str
    state: str
    copies: int | None = None


class Uploaded(Schema):
    """Files that are kept for a day, to be named as `upload`."""

    upload: str
    names: list[str]


class RecallTold(Schema):
    """A recall as `hectograph recall --json` prints it; null where there is none."""

    recall: dict[str, Any] | None


class WebhookWish(Schema):
    """What is told where; every event where none is named."""

    url: Link
    events: list[EventType] | None = Field(None, max_length=20)
    school: Annotated[str, Field(max_length=100, pattern=NO_NUL)] | None = Field(
        None, description="Another one than one's own, for operators."
    )


class SwitchWish(Schema):
    """Whether anything is sent."""

    on: bool


class WebhookTold(Schema):
    """A webhook."""

    id: str
    school: str
    url: str
    events: list[str]
    on: bool
    created_at: str
    gone_at: Times
    failing_since: Times


class WebhookWithSecret(WebhookTold):
    """A webhook with a secret that is told only now."""

    secret: str


class TriedTold(Schema):
    """How the last try of an event ended."""

    event: str
    state: str
    tries: int
    tried_at: Times
    status: int | None
    trouble: str | None


class WebhookWithTries(WebhookTold):
    """A webhook with its newest events."""

    tried: list[TriedTold]


class WebhookList(Schema):
    """Webhooks by school and age."""

    webhooks: list[WebhookWithTries]
