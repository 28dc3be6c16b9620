"""The tables; private to this room.

They are here for migrations and the admin. The ledger reads and writes them by the
statements in `statements.py`, because every move of it is one conditional statement.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hectograph.domain.delivery import OPEN_STATES
from hectograph.domain.events import EventType
from hectograph.domain.manner import Access, ShareMode
from hectograph.domain.retry import AT_FIRST


class Account(models.Model):
    """An acting account and the lane that has it.

    `pool` is the account whose shares it carries: itself, or one that several serve and
    that has no pool, and so no lane, of its own. `settled` counts the deliveries of its
    shares; `goodput` is how many its own lane settles in a second while it has work.
    """

    id = models.TextField(primary_key=True)
    epoch = models.BigIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)
    pool = models.TextField(null=True, db_index=True)
    pace_rate = models.FloatField(null=True)
    pace_burst = models.FloatField(null=True)
    paced_at = models.DateTimeField(null=True)
    staging = models.TextField(null=True)
    sweep_at = models.DateTimeField(null=True)
    parked_until = models.DateTimeField(null=True)
    parked_code = models.TextField(null=True)
    parked_message = models.TextField(null=True)
    parked_remedy = models.TextField(null=True)
    settled = models.BigIntegerField(default=0, db_default=0)
    goodput = models.FloatField(null=True)

    class Meta:
        db_table = "account"


class Budget(models.Model):
    """What a project may still use of its quota, in tokens, as of a second since 1970.

    `parts` tell what of it is kept for which drive.
    """

    project = models.TextField(primary_key=True)
    tokens = models.FloatField()
    refilled_at = models.FloatField()
    parts = models.JSONField(
        default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )

    class Meta:
        db_table = "budget"


class Halt(models.Model):
    """While its one row is there, nothing is begun anywhere."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    reason = models.TextField()
    by = models.TextField(null=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "halt"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="halt_is_one"),
        ]


class Drive(models.Model):
    """A drive at a storage service. `credentials` is a path: no secret is kept here."""

    name = models.TextField(primary_key=True)
    kind = models.TextField()
    credentials = models.TextField()
    acting = models.TextField()
    accounts = models.TextField()
    delivery = models.TextField()
    api_root = models.TextField()
    per_minute = models.IntegerField()
    by_units = models.BooleanField()

    class Meta:
        db_table = "drive"


class Folder(models.Model):
    """A folder on a drive that hectograph made: of a class, a subject, a student.

    The id is here before the folder is there. `subject` and `student` are empty for the
    folders above; `student` is the email, or the name where the roster has none. `owner`
    is the email of the account that makes it.
    """

    pk = models.CompositePrimaryKey("drive", "school_class", "subject", "student")
    drive = models.TextField()
    school_class = models.TextField()
    subject = models.TextField()
    student = models.TextField()
    folder = models.TextField()
    owner = models.TextField(default="", db_default="")

    class Meta:
        db_table = "folder"


class Share(models.Model):
    """A teacher's request."""

    id = models.TextField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    request_key = models.TextField()
    joinable = models.BooleanField()
    again = models.BooleanField()
    destination = models.TextField()
    title = models.TextField()
    school_class = models.TextField(null=True)
    state = models.TextField()
    service_class = models.SmallIntegerField()
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    thawed = models.BooleanField(default=False)
    total = models.IntegerField()
    open = models.IntegerField()
    begins_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    reveals_at = models.DateTimeField(null=True)
    fair_by = models.BigIntegerField(null=True)
    mode = models.TextField(default=ShareMode.OWN, db_default="own")
    access = models.TextField(default=Access.EDIT, db_default="edit")

    class Meta:
        db_table = "share"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request_key"], condition=Q(joinable=True), name="share_asked_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], name="share_by_age"),
            models.Index(fields=["account"], condition=Q(open__gt=0), name="share_open"),
            models.Index(
                fields=["account"], condition=Q(thawed=False), name="share_frozen"
            ),
            models.Index(
                fields=["begins_at"], condition=Q(state="scheduled"), name="share_scheduled"
            ),
        ]


class Handout(models.Model):
    """A document of a share, frozen."""

    pk = models.CompositePrimaryKey("share_id", "position")
    share = models.ForeignKey(Share, on_delete=models.CASCADE, db_index=False)
    position = models.IntegerField()
    title = models.TextField()
    tree = models.TextField()
    sha256 = models.TextField()
    size_bytes = models.BigIntegerField()
    origin = models.TextField(null=True)
    media_type = models.TextField(null=True)
    md5 = models.TextField(null=True)

    class Meta:
        db_table = "handout"


class Delivery(models.Model):
    """One recipient's copy of one handout.

    `folder` and a handout's `tree` are joined by slashes, which no part can contain.
    Inode and device are the kernel's unsigned numbers, read as signed. `file` and what
    follows tell of a copy on Google Drive. `claimed_by` is NULL for the share's account.
    `members` has a name in each line.
    """

    pk = models.CompositePrimaryKey("share_id", "position")
    share = models.ForeignKey(
        Share, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    position = models.IntegerField()
    handout = models.IntegerField()
    student = models.TextField()
    folder = models.TextField()
    name = models.TextField()
    wish = models.TextField()
    state = models.TextField()
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    tried_since = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    error_code = models.TextField(null=True)
    error_message = models.TextField(null=True)
    error_remedy = models.TextField(null=True)
    path = models.TextField(null=True)
    device = models.BigIntegerField(null=True)
    inode = models.BigIntegerField(null=True)
    size_bytes = models.BigIntegerField(null=True)
    mtime_ns = models.BigIntegerField(null=True)
    ctime_ns = models.BigIntegerField(null=True)
    file = models.TextField(null=True)
    version = models.BigIntegerField(null=True)
    modified_at = models.DateTimeField(null=True)
    modified_by = models.TextField(null=True)
    revision = models.TextField(null=True)
    md5 = models.TextField(null=True)
    trace = models.TextField(null=True)
    bound = models.BooleanField(default=False, db_default=False)
    claimed_by = models.TextField(null=True)
    actor = models.TextField(null=True)
    members = models.TextField(null=True)
    earlier_share = models.TextField(null=True)
    earlier_position = models.IntegerField(null=True)

    class Meta:
        db_table = "delivery"
        indexes: ClassVar = [
            models.Index(
                fields=["share", "due_at", "position"],
                condition=Q(state__in=sorted(OPEN_STATES)),
                name="delivery_open",
            ),
            models.Index(
                fields=["share"],
                condition=Q(state__in=sorted(OPEN_STATES), attempts__gt=AT_FIRST),
                name="delivery_troubled",
            ),
        ]


class Estimate(models.Model):
    """When a share should be through: so many `seconds` after `starts_at`, as it was told.

    `kind` says what it resembles; the next estimate of the share is due at `again_at`.
    """

    id = models.BigAutoField(primary_key=True)
    share = models.ForeignKey(
        Share, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    made_at = models.DateTimeField()
    again_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    seconds = models.FloatField()
    kind = models.TextField()
    earliest_at = models.DateTimeField()
    likely_at = models.DateTimeField()
    latest_at = models.DateTimeField()

    class Meta:
        db_table = "estimate"
        indexes: ClassVar = [
            models.Index(fields=["share", "made_at"], name="estimate_of_share"),
            models.Index(fields=["made_at"], name="estimate_by_age"),
        ]


class Risk(models.Model):
    """A deadline at risk: since when that was told, and when the share may be through.

    `over_at` is when the risk was over.
    """

    share = models.OneToOneField(
        Share, on_delete=models.CASCADE, primary_key=True, db_constraint=False
    )
    told_at = models.DateTimeField()
    deadline = models.DateTimeField()
    latest_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "risk"


class Cleanup(models.Model):
    """A list of removals. `undone_at` is when somebody asked for all of it back.

    `then_share` waits until all of it is settled.
    """

    id = models.TextField(primary_key=True)
    purpose = models.TextField()
    subject = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField(null=True)
    undone_at = models.DateTimeField(null=True)
    then_share = models.TextField(null=True)

    class Meta:
        db_table = "cleanup"
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="cleanup_subject"),
            models.Index(fields=["asked_at"], name="cleanup_by_age"),
        ]


class Removal(models.Model):
    """A file that is to be out of sight, or is. `evidence` is what it was like before.

    `folder` is joined by slashes; `hidden` is where it went, in the provider's words.
    """

    pk = models.CompositePrimaryKey("cleanup_id", "position")
    cleanup = models.ForeignKey(Cleanup, on_delete=models.CASCADE, db_index=False)
    position = models.IntegerField()
    account = models.TextField()
    actor = models.TextField(null=True)
    share = models.TextField(null=True)
    delivery = models.IntegerField(null=True)
    folder = models.TextField()
    name = models.TextField()
    path = models.TextField()
    evidence = models.JSONField()
    state = models.TextField()
    due_at = models.DateTimeField(null=True)
    hidden = models.TextField(null=True)
    removed_at = models.DateTimeField(null=True)
    looks = models.SmallIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    error_code = models.TextField(null=True)
    error_message = models.TextField(null=True)
    error_remedy = models.TextField(null=True)

    class Meta:
        db_table = "removal"
        indexes: ClassVar = [
            models.Index(
                fields=["account", "due_at"],
                condition=Q(due_at__isnull=False),
                name="removal_due",
            ),
            models.Index(
                fields=["share", "delivery"],
                condition=Q(share__isnull=False),
                name="removal_of_delivery",
            ),
        ]


class Audit(models.Model):
    """Who did what, by which evidence, and how it is undone; rows are only ever added."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    by = models.TextField(null=True)
    act = models.TextField()
    subject = models.TextField()
    about = models.TextField()
    facts = models.JSONField()
    undo = models.TextField(null=True)

    class Meta:
        db_table = "audit"
        indexes: ClassVar = [models.Index(fields=["about", "id"], name="audit_about")]


class SchoolClass(models.Model):
    """A class. `folded` is its name where case does not count."""

    id = models.TextField(primary_key=True)
    school = models.TextField()
    name = models.TextField()
    folded = models.TextField()
    students = models.IntegerField(default=0)
    taken_at = models.DateTimeField()
    directory = models.TextField(null=True)
    drive = models.TextField(null=True)
    subject = models.TextField(default="", db_default="")

    class Meta:
        db_table = "school_class"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["school", "folded"], name="class_once"),
        ]


class Teaching(models.Model):
    """Somebody teaches a class; `is_co`: beside another."""

    pk = models.CompositePrimaryKey("school_class_id", "person_id")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE, db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE)
    is_co = models.BooleanField(default=False)

    class Meta:
        db_table = "teaching"


class Enrollment(models.Model):
    """A student's membership of a class, in the order of the roster."""

    pk = models.CompositePrimaryKey("school_class_id", "position")
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE, db_index=False)
    position = models.IntegerField()
    student = models.TextField()
    email = models.TextField(null=True)
    folder = models.TextField()
    group = models.TextField(null=True)

    class Meta:
        db_table = "enrollment"


class RosterLoad(models.Model):
    """A file of rosters that was loaded, or refused with its problems."""

    id = models.BigAutoField(primary_key=True)
    school = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    file = models.TextField()
    classes = models.IntegerField()
    students = models.IntegerField()
    added = models.IntegerField()
    removed = models.IntegerField()
    problems = models.JSONField()

    class Meta:
        db_table = "roster_load"
        indexes: ClassVar = [models.Index(fields=["school", "id"], name="load_school")]


class Asking(models.Model):
    """Somebody asked for a share, for a class; with a `pattern`, for all of it."""

    id = models.BigAutoField(primary_key=True)
    share = models.ForeignKey(Share, on_delete=models.CASCADE, db_index=False)
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT)
    at = models.DateTimeField()
    pattern = models.TextField(null=True)

    class Meta:
        db_table = "asking"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["share", "person"], name="asking_once"),
        ]


class PassedOver(models.Model):
    """A student who came late to a class, and gets nothing of an earlier share."""

    pk = models.CompositePrimaryKey("share_id", "student")
    share = models.ForeignKey(Share, on_delete=models.CASCADE, db_index=False)
    student = models.TextField()

    class Meta:
        db_table = "passed_over"


class Repetition(models.Model):
    """A request that stands. `next_on` is looked at at `due_at`; NULL once it ended."""

    id = models.TextField(primary_key=True)
    request = models.JSONField()
    rule = models.JSONField()
    state = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField(null=True)
    next_on = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "repetition"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="on"), name="repetition_due"),
        ]


class Occurrence(models.Model):
    """What came of a day of a repetition: one share at most, or why there is none."""

    pk = models.CompositePrimaryKey("repetition", "day")
    repetition = models.TextField()
    day = models.DateField()
    at = models.DateTimeField()
    share = models.TextField(null=True)
    code = models.TextField(null=True)
    message = models.TextField(null=True)
    remedy = models.TextField(null=True)

    class Meta:
        db_table = "occurrence"


class Event(models.Model):
    """Something that programs may be told of. Of a share, its school is found later."""

    id = models.TextField(primary_key=True)
    type = models.TextField()
    at = models.DateTimeField()
    share = models.TextField(null=True)
    school = models.TextField(null=True)
    school_class = models.TextField(null=True)
    facts = models.JSONField()
    routed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "event"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["share"],
                condition=Q(type=EventType.SHARE_STARTED.value),
                name="event_started_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="event_by_age"),
            models.Index(
                fields=["at"], condition=Q(routed_at__isnull=True), name="event_new"
            ),
        ]


class Webhook(models.Model):
    """An address that is told of a school's events. Its secrets are sealed."""

    id = models.TextField(primary_key=True)
    school = models.TextField()
    url = models.TextField()
    events = models.TextField()
    secret = models.TextField()
    former_secret = models.TextField(null=True)
    former_until = models.DateTimeField(null=True)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["school", "url"], name="webhook_once"),
        ]


class Posting(models.Model):
    """An event for a webhook. While it is claimed, `due_at` is when it is due again."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, db_index=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, db_index=False)
    state = models.TextField()
    due_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    trouble = models.TextField(null=True)

    class Meta:
        db_table = "posting"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "webhook"], name="posting_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="due"), name="posting_due"),
            models.Index(fields=["webhook", "id"], name="posting_of_webhook"),
        ]
