"""Things that tests are about, with everything that does not matter filled in."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from hectograph.domain.delivery import DriveEvidence, FileEvidence, Receipt
from hectograph.domain.errors import LaneWaiting
from hectograph.domain.handout import Handout, digest
from hectograph.domain.ids import AccountId, CleanupId, share_id_from
from hectograph.domain.manner import DEFAULT_PATTERN, Manner
from hectograph.domain.plan import Wish, build_plan
from hectograph.domain.removal import Removal, RemovalKey, RemovalState
from hectograph.domain.retry import RetryPolicy
from hectograph.domain.roster import Recipient
from hectograph.domain.share import PlannedShare
from hectograph.domain.touch import Original, Present

EIGHT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
ACCOUNT = AccountId("fs:/school")
A_DAY = timedelta(days=1)
LONG_AGO = EIGHT - timedelta(days=365)

POLICY = RetryPolicy(
    attempts=3,
    patience=timedelta(0),
    first=timedelta(seconds=1),
    longest=timedelta(seconds=10),
)


@dataclass
class FakeClock:
    """A clock that moves when it is told to; sleeping on it is a short nap."""

    time: datetime = EIGHT

    def now(self):
        return self.time

    def follow(self, now):
        """This clock leads."""

    def elapsed(self):
        return (self.time - EIGHT).total_seconds()

    async def sleep(self, seconds):
        await asyncio.sleep(0.005)

    def advance(self, seconds):
        self.time += timedelta(seconds=seconds)


@dataclass
class FakeQueue:
    """Notes which accounts were woken; one waits already once it was."""

    woken: list[AccountId] = field(default_factory=list)

    def wake(self, account):
        if account in self.woken:
            raise LaneWaiting("One waits already.")
        self.woken.append(account)


async def no_common(common):
    """Nobody here shares a folder."""
    raise NotImplementedError


class Allowed:
    def check(self):
        """Always."""


def a_share_id(number=1):
    return share_id_from(bytes([number % 32, number // 32 % 32, number // 1024] + [7] * 7))


def a_handout(title="Essay.docx", content="essay", tree=()):
    return Handout(title=title, sha256=digest(content), size_bytes=len(content), tree=tree)


def a_wish(*students, account=ACCOUNT, handouts=None, pattern=DEFAULT_PATTERN, **kwargs):
    people = students or ("Ada", "Bob")
    return Wish(
        account=account,
        destination=account.partition(":")[2],
        place="here",
        handouts=tuple(handouts or [a_handout()]),
        recipients=tuple(Recipient(student=name) for name in people),
        manner=Manner(pattern=pattern),
        **kwargs,
    )


def a_plan(
    *students, number=1, asked_at=EIGHT, adopts_since=None, **kwargs
) -> PlannedShare:
    plan = build_plan(
        a_wish(*students, **kwargs),
        share_id=a_share_id(number),
        asked_at=asked_at,
        asked_on=date(2026, 9, 1),
    )
    return replace(plan, adopts_since=adopts_since)


def a_drive_evidence(**kwargs):
    told = {
        "file": "file",
        "version": 7,
        "modified_at": EIGHT,
        "modified_by": "teacher@school.test",
        "revision": "r1",
        "md5": "0" * 32,
    }
    return DriveEvidence(**{**told, **kwargs})


def a_drive_receipt(file="file"):
    evidence = a_drive_evidence(file=file)
    return Receipt(path=f"https://drive.google.com/open?id={file}", evidence=evidence)


def a_file_evidence(**kwargs):
    told = {
        "device": 1,
        "inode": 2**64 - 5,
        "size_bytes": 5,
        "mtime_ns": 7,
        "ctime_ns": 8,
        "sha256": digest("essay"),
    }
    return FileEvidence(**{**told, **kwargs})


def a_receipt(path="/school/Ada/Essay.docx", *, touched=False):
    return Receipt(path=path, evidence=a_file_evidence(), touched=touched)


def an_original(evidence=None, *, folder=("Ada",), name="Essay.docx"):
    return Original(evidence=evidence or a_file_evidence(), folder=folder, name=name)


def as_left(original, **kwargs):
    """The file as it is when nothing happened to it, but for what is named."""
    told = {
        "evidence": original.evidence,
        "folder": original.folder,
        "name": original.name,
    }
    return Present(**{**told, **kwargs})


def a_removal(state=RemovalState.ASKED, *, original=None, position=0, **kwargs):
    original = original or an_original()
    told = {
        "key": RemovalKey(cleanup=CleanupId("c" * 10), position=position),
        "account": ACCOUNT,
        "original": original,
        "path": "/".join(("/school", *original.folder, original.name)),
        "state": state,
        "due_at": EIGHT,
    }
    return Removal(**{**told, **kwargs})


def settle(claim, outcome, *, now=EIGHT, policy=POLICY):
    return claim.delivery.settled(
        outcome, tried_since=claim.tried_since, now=now, policy=policy, jitter=1.0
    )
