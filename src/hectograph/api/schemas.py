"""What programs send and get, as it is checked and published."""

from typing import Annotated, Any, Final

from ninja import Field, Schema
from pydantic import ConfigDict

from hectograph.domain.events import EventType
from hectograph.domain.manner import DEFAULT_PATTERN, Access, Manner, ShareMode
from hectograph.domain.schedule import When

NO_NUL: Final = r"^[^\x00]*$"
"""No table can hold that one character."""

Text = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Link = Annotated[str, Field(max_length=2048, pattern=NO_NUL)]
Times = str | None


class Sent(Schema):
    """What is sent: what is not known of it, or of another type, is refused as a slip."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WhenSaid(Sent):
    """When it is done; at once where nothing is said. Times as the command takes them."""

    at: Text | None = None
    tonight: bool = False
    done_by: Text | None = None
    reveal_at: Text | None = None
    in_lesson: bool = False

    def said(self) -> When:
        """The same as a value."""
        return When(**self.dict())


class Documents(Sent):
    """What is copied: links where the copies are on a drive, else files sent before."""

    links: list[Link] = Field([], max_length=20)
    upload: Annotated[str, Field(max_length=64)] | None = None


Students = list[Annotated[int, Field(ge=0)]] | None


FOR_WHOM: Final = Field(
    ShareMode.OWN,
    strict=False,
    description="A copy for each student, each group, or one for all.",
)
MAY_DO: Final = Field(
    Access.EDIT,
    strict=False,
    description="What students may do with a copy that several share.",
)


IN_FOLDER: Final = Field(
    "", description="The subject whose folders receive, where it is not the usual one."
)


class WishBase(Documents):
    """What is to be made, and when."""

    pattern: Text = DEFAULT_PATTERN
    mode: ShareMode = FOR_WHOM
    access: Access = MAY_DO
    subject: Text = IN_FOLDER
    again: bool = False
    when: WhenSaid = WhenSaid()

    @property
    def manner(self) -> Manner:
        """How the copies are made."""
        return Manner(
            pattern=self.pattern, mode=self.mode, access=self.access, subject=self.subject
        )


class ShareWish(WishBase):
    """What a class is to get."""

    students: Students = Field(
        None, description="Places in the class's roster; all where it is not said."
    )


class WishedClass(Sent):
    """A class that is to get something."""

    school_class: Text = Field(alias="class")
    students: Students = None


class ClassesWish(WishBase):
    """What several classes are to get. `twice`: who is in two of them gets two copies."""

    classes: list[WishedClass] = Field(min_length=1, max_length=50)
    twice: bool = False


class Correction(Documents):
    """The one document that takes the place of another."""


class FreshWish(Documents):
    """A fresh copy: of the document that was shared, where none is named."""

    rename_old: bool = Field(
        default=False, description="Call the old copy old; the fresh one takes its name."
    )


class HandOver(Sent):
    """The folder that a copy of the work goes to: a link to it, or its id."""

    to: Link = ""


class RepeatWish(Documents):
    """What a class is to get again and again, and when: with times of day alone."""

    pattern: Text | None = None
    mode: ShareMode = FOR_WHOM
    access: Access = MAY_DO
    subject: Text = IN_FOLDER
    every: Text = Field("", description="monday, mon,thu, mon-fri, schoolday or day")
    until: Text | None = Field(None, description="The last day: 2026-12-18.")
    when: WhenSaid = WhenSaid()


class RepeatMove(Sent):
    """Other days, another end, other times; what is not said stays as it is."""

    every: Text | None = None
    until: Text | None = None
    when: WhenSaid = WhenSaid()


class RepeatQuery(Schema):
    """Which repetitions to list."""

    school_class: Text | None = Field(None, alias="class")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DaysQuery(Schema):
    """Of how many of the latest days to tell."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class QueueQuery(Schema):
    """Whose line."""

    account: Text | None = Field(None, description="An account, or a drive: google:school.")


class ShareQuery(Schema):
    """Which shares to list."""

    school_class: Text | None = Field(None, alias="class")
    search: Text = ""
    cursor: Text | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ErrorTold(Schema):
    """One thing that is wrong, and where."""

    pointer: str
    detail: str
    remedy: str = ""


class ProblemTold(Schema):
    """What went wrong."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    remedy: str
    cause: str
    effect: str
    errors: list[ErrorTold]


class Me(Schema):
    """Whom the token acts for."""

    id: int
    email: str
    name: str
    role: str
    school: str
    scopes: list[str]
    timezone: str | None


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

    made_at: str
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


class ProgressTold(ShareBase):
    """How far a share is."""

    share: str
    title: str
    class_name: str | None = Field(alias="class")
    asked_at: str


class ShareRow(ProgressTold):
    """A share in a list."""

    class_id: str | None


class ShareList(Schema):
    """Shares, the newest first; `next` is where the list goes on."""

    shares: list[ShareRow]
    next: str | None


class ShareTold(ShareBase):
    """A share with every copy; of one that is only previewed, `share` is null."""

    share: str | None
    title: str
    class_name: str | None = Field(alias="class")
    destination: str
    asked_at: str
    joined: bool
    mode: ShareMode
    access: Access
    seconds: float
    tonight: EstimateTold | None = None
    deliveries: list[DeliveryTold]


class ShareForeseen(ShareTold):
    """A share that is only previewed."""

    notes: list[str]


class ShareAccepted(Schema):
    """A share that was written down. `joined`: the same request had made it before.

    `notes` are to be told to a person.
    """

    share: str
    joined: bool
    notes: list[str]


class FreshAccepted(ShareAccepted):
    """A share of a fresh copy, and what the old one is called now, if that is new."""

    old_copy: str | None


class NameTold(Schema):
    """What a copy is called again."""

    name: str


class DecisionTold(Schema):
    """What was decided about a copy; `share` is the one that hands it over."""

    choice: str
    done: bool
    at: str
    by: str | None
    by_share: str | None
    firm: bool | None
    undo: str | None


class Decided(Schema):
    """A decision about the copy of this number."""

    share: str
    copy_number: int = Field(alias="copy")
    decision: DecisionTold


class SharesAccepted(Schema):
    """A share for each class, but for those of which everybody is counted elsewhere."""

    shares: list[ShareAccepted]


class ClassPreview(Schema):
    """What would be done in a class; `elsewhere` are counted in an earlier one."""

    school_class: str = Field(alias="class")
    preview: ShareForeseen | None
    elsewhere: list[str]


class PreviewList(Schema):
    """What a wish about several classes would do."""

    classes: list[ClassPreview]


class Turned(Schema):
    """What a request about a share did; `copies` is how many it is about."""

    share: str
    state: str
    copies: int | None = None
    notes: list[str] = Field(default_factory=list)


class OutcomeTold(Schema):
    """What came of a day."""

    on: str
    at: str
    share: str | None
    error: Reason | None


class RepeatTold(Schema):
    """What repeats, as `hectograph repeats list --json` prints it."""

    repeat: str
    state: str
    documents: list[str]
    roster: str
    into: str | None
    drive: str | None
    subject: str
    teacher: str | None
    school_class: str | None
    class_id: str | None
    pattern: str
    mode: str
    access: str
    every: str
    at: str | None
    tonight: bool
    done_by: str | None
    reveal_at: str | None
    in_lesson: bool
    until: str | None
    next_on: str | None
    next_at: str | None
    left_out: dict[str, str]
    unknown: Reason | None
    asked_at: str
    asked_by: str | None
    made: int
    last: OutcomeTold | None


class RepeatWithDays(RepeatTold):
    """The same with what came of the latest days."""

    days: list[OutcomeTold]


class RepeatList(Schema):
    """What repeats, the newest first."""

    repeats: list[RepeatTold]


class RepeatForeseen(Schema):
    """What would repeat, and the first share that would be made."""

    repeat: RepeatTold
    first: ShareTold


class StandingTold(Schema):
    """A share in its line, as `hectograph queue --json` prints it."""

    account: str
    copies_a_second: float | None
    share: str
    title: str
    class_name: str | None = Field(alias="class")
    state: str
    service_class: str
    done: int
    total: int
    why: str
    words: str
    number: int
    because: str
    before: int
    until: str | None
    deadline: str | None
    at_risk: bool
    estimate: EstimateTold | None


class LineTold(Schema):
    """An account's line, and how many accounts carry it."""

    account: str
    accounts: int
    now: str
    shares: list[StandingTold]


class Queue(Schema):
    """Every line in which there is something to be seen."""

    lines: list[LineTold]


class Uploaded(Schema):
    """Files that are kept for a day, to be named as `upload`."""

    upload: str
    names: list[str]


class RecallTold(Schema):
    """A recall as `hectograph recall --json` prints it; null where there is none."""

    recall: dict[str, Any] | None


class WebhookWish(Sent):
    """What is told where; every event where none is named."""

    url: Link
    events: list[Annotated[EventType, Field(strict=False)]] | None = Field(
        None, max_length=20
    )
    school: Annotated[str, Field(max_length=100, pattern=NO_NUL)] | None = Field(
        None, description="Another one than one's own, for operators."
    )


class SwitchWish(Sent):
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
