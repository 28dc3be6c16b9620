"""The tables; private to this room.

They are here for migrations and the admin. The ledger reads and writes them by the
statements in `statements.py`, because every move of it is one conditional statement.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hectograph.domain.delivery import OPEN_STATES


class Account(models.Model):
    """An acting account and the lane that has it."""

    id = models.TextField(primary_key=True)
    epoch = models.BigIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "account"


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

    class Meta:
        db_table = "handout"


class Delivery(models.Model):
    """One recipient's copy of one handout.

    `folder` and a handout's `tree` are joined by slashes, which no part can contain.
    Inode and device are the kernel's unsigned numbers, read as signed.
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

    class Meta:
        db_table = "delivery"
        indexes: ClassVar = [
            models.Index(
                fields=["share", "due_at", "position"],
                condition=Q(state__in=sorted(OPEN_STATES)),
                name="delivery_open",
            ),
        ]
