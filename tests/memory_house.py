"""Hectograph on doubles: no database, no disk, and a worker that is always willing."""

import asyncio
import itertools
import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import cast

from hectograph.app.administering import Administering
from hectograph.app.answering import Answering
from hectograph.app.asking import Asking
from hectograph.app.auditing import Auditing
from hectograph.app.class_repeats import ClassRepeats
from hectograph.app.classes import SchoolClasses
from hectograph.app.cleaning import Cleaning
from hectograph.app.correcting import Correcting
from hectograph.app.deciding import Deciding
from hectograph.app.digesting import Digesting
from hectograph.app.drives import SchoolDrives
from hectograph.app.duplicates import DuplicatePlans
from hectograph.app.estimating import Estimating
from hectograph.app.first_steps import FirstSteps
from hectograph.app.folders import ClassFolders
from hectograph.app.forecasting import Forecasting
from hectograph.app.house import House
from hectograph.app.installation import Installation
from hectograph.app.litter import LitterPlans
from hectograph.app.operating import Operating
from hectograph.app.rebuilding import Rebuilding
from hectograph.app.renaming import Renaming
from hectograph.app.repeating import Repeating
from hectograph.app.searching import Searching
from hectograph.app.sharing import Sharing
from hectograph.app.staff import Staff
from hectograph.app.teaching import Teaching
from hectograph.app.tokens import AccessTokens
from hectograph.app.webhooks import SchoolWebhooks
from hectograph.directories.sample_school import make_school
from hectograph.directories.spreadsheet import read_parents, read_roster
from hectograph.domain.budget import Grant
from hectograph.domain.errors import Misconfigured, UnknownDrive, UnknownRepetition
from hectograph.domain.removal import RemovalState
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.domain.share import ShareState
from hectograph.engine.lane import LaneLimits, Lanes
from hectograph.ports.accounts import Account
from hectograph.ports.history import PastShare
from hectograph.ports.vital_signs import VitalSigns
from hectograph.providers.memory import MemoryDrive, MemoryProvider
from hectograph.store.memory import MemoryLedger
from hectograph.store.memory_outlook import MemoryOutlook
from hectograph.threads import OneThread

from .builders import A_DAY, ACCOUNT, POLICY, Allowed, FakeClock, FakeQueue, no_common

LIMITS = LaneLimits(
    width=4,
    lane_seconds=60,
    beat_seconds=2,
    permit_seconds=10,
    retry=POLICY,
    joins_within=A_DAY,
    linger=timedelta(0),
    park=timedelta(hours=3),
    sweep_after=timedelta(hours=1),
)


@dataclass
class MemoryAccounts:
    """What is remembered of accounts, in dictionaries; the budget never ends."""

    known: dict = field(default_factory=dict)

    def account(self, account):
        return self.known.get(account, Account(id=account, pool=account))

    def list_pool(self, pool):
        return [each for each in self.known.values() if each.pool == pool]

    def list_of_drive(self, pool):
        return [each for each in self.known.values() if each.id.split("/")[0] == pool]

    def keep_pace(self, account, pace):
        self.known[account] = replace(self.account(account), pace=pace)

    def keep_staging(self, account, folder, *, old):
        if self.account(account).staging == old:
            self.known[account] = replace(self.account(account), staging=folder)
        return self.account(account).staging

    def park(self, account, parked):
        self.known[account] = replace(self.account(account), parked=parked)

    def swept(self, account, *, again_at):
        self.known[account] = replace(self.account(account), sweep_at=again_at)

    def expect_sweeps(self, *, worked_since, at):
        for account in self.known:
            self.sweep_at(account, at)

    def sweep_at(self, account, at):
        kept = self.account(account).sweep_at
        if kept is None or kept > at:
            self.known[account] = replace(self.account(account), sweep_at=at)

    def reserve(self, project, *, drive, wanted, plan):
        return Grant(granted=wanted, wait_seconds=0.0)


@dataclass
class MemoryCleanups:
    """Lists of removals in a dictionary, without recalls, lanes or an audit log."""

    known: dict = field(default_factory=dict)
    removals: dict = field(default_factory=dict)
    recorded: list = field(default_factory=list)
    decisions: list = field(default_factory=list)

    def note(self, decision):
        self.decisions.append(decision)

    def note_folders(self, account, number, *, now):
        self.folders = number

    def list_decisions(self, share):
        return [each for each in self.decisions if each.key.share == share]

    def add(self, cleanup, removals):
        self.known[cleanup.id] = cleanup
        self.removals |= {each.key: each for each in removals}

    def cleanup(self, cleanup):
        return self.known[cleanup], [
            each for key, each in self.removals.items() if key.cleanup == cleanup
        ]

    def list_due(self, lane, *, limit, now):
        due = [
            each
            for each in self.removals.values()
            if each.account == lane.account and each.due_at and each.due_at <= now
        ]
        due.sort(key=lambda each: (each.due_at, each.key.cleanup, each.key.position))
        return due[:limit]

    def record(self, lane, before, after, *, now):
        for was, each in zip(before, after, strict=True):
            if self.removals[each.key].state is was.state:
                self.removals[each.key] = each
                self.recorded.append((was, each))

    def apply(self, cleanup, *, by, now):
        return self._change("asked", {RemovalState.PROPOSED}, cleanup=cleanup, now=now)

    def undo(self, cleanup, *, by, now):
        undone = {RemovalState.ASKED, RemovalState.REMOVED, RemovalState.REPLACED}
        return self._change("returning", undone, cleanup=cleanup, now=now)

    def ask_again(self, cleanup, *, now):
        """What `recall` does when an undo is under way; how many are asked for again."""
        returning = [
            key
            for key, each in self.removals.items()
            if key.cleanup == cleanup and each.state is RemovalState.RETURNING
        ]
        for key in returning:
            asked = replace(self.removals[key], state=RemovalState.ASKED, due_at=now)
            self.removals[key] = replace(asked, attempts=0, reason=None)
        return len(returning)

    def list_accounts(self, scope):
        return [ACCOUNT]

    def list_shares(self, scope):
        return frozenset([scope.share]) if scope.share else None

    def list_cleanups(self, *, limit):
        return list(self.known.values())[-limit:]

    def recall(self, share, *, cleanup, by, now):
        raise NotImplementedError

    def correct(self, share, plan, *, cleanup, by, now):
        raise NotImplementedError

    def find_recall(self, share):
        return None

    def find_last_recall(self, share):
        return None

    def audit(self, *, subject, limit, school=None, before=None):
        return []

    def _change(self, move, states, *, cleanup, now):
        changed = [
            each
            for each in self.removals.values()
            if each.key.cleanup == cleanup and each.state in states
        ]
        for each in changed:
            moved = getattr(each, move)(now=now)
            self.removals[each.key] = replace(moved, reason=None)
        return len(changed)


@dataclass
class MemoryDrives:
    """Drives and folders in dictionaries."""

    known: dict = field(default_factory=dict)
    folders: dict = field(default_factory=dict)

    def put(self, drive):
        self.known[drive.name] = drive

    def drive(self, name):
        if name not in self.known:
            raise UnknownDrive(f"There is no drive {name}.")
        return self.known[name]

    def list_drives(self):
        return [self.known[name] for name in sorted(self.known)]

    def list_folders(self, drive, *, school_class):
        return {
            key: folder
            for key, folder in self.folders.items()
            if (key.drive, key.school_class) == (drive, school_class)
        }

    def keep_folder(self, key, folder, *, old):
        if self.folders.get(key) == old:
            self.folders[key] = folder
        return self.folders[key]


class NoRepetitions:
    """Nothing repeats here."""

    def repetition(self, repetition):
        raise UnknownRepetition(f"There is no repetition {repetition}.")

    def list_repetitions(self, *, limit, classes=None):
        return []

    def list_outcomes(self, repetition, *, limit):
        return []

    def claim_due(self, *, limit, now, again_at):
        return []

    def add(self, repetition):
        raise NotImplementedError

    def change(self, repetition, change):
        raise NotImplementedError

    def note(self, repetition, outcomes):
        raise NotImplementedError

    def follow(self, claimed, outcomes, *, following):
        raise NotImplementedError


@dataclass
class MemoryHistory:
    """What a ledger in memory knows of earlier days."""

    ledger: MemoryLedger

    def list_begun(self, *, start, end):
        known = (each.share for each in self.ledger.list_shares(limit=10**9))
        begun = [
            each
            for each in known
            if start <= each.waits_since < end and each.state is not ShareState.CANCELLED
        ]
        begun.sort(key=lambda each: (each.waits_since, each.id))
        return [PastShare(share=each, is_plain=True) for each in begun]


class NoOffice:
    """There is no storage service here to be looked after."""

    def read_key(self, path):
        raise Misconfigured(f"There is no {path}.")

    def open(self, drive, email):
        raise Misconfigured("There is no service.")


@dataclass
class FakePresence:
    about: bool = False

    def attend(self):
        self.about = True

    def try_stand_in(self):
        return True

    def is_worker_about(self):
        return self.about


@dataclass
class MemoryHouse:
    """The pieces that a test looks at; `opened` gives the House made of them."""

    clock: FakeClock = field(default_factory=FakeClock)
    queue: FakeQueue = field(default_factory=FakeQueue)
    drive: MemoryDrive = field(default_factory=MemoryDrive)
    presence: FakePresence = field(default_factory=FakePresence)
    limits: LaneLimits = LIMITS
    works: bool = True
    stop_at_once: bool = False

    def __post_init__(self):
        self.ledger = MemoryLedger(queue=self.queue, clock=self.clock)
        self.accounts = MemoryAccounts()
        self.outlook = MemoryOutlook(ledger=self.ledger, accounts=self.accounts)
        self.cleanups = MemoryCleanups()
        self.drives = MemoryDrives()
        self.jobs = itertools.count(1)

    @contextmanager
    def opened(self, told=None):
        desk = OneThread("ledger")
        stopping = asyncio.Event()
        if self.stop_at_once:
            stopping.set()
        lanes = self.lanes(desk, stopping.is_set)

        async def work(stop):
            while not (stop.is_set() or stopping.is_set()):
                if self.works:
                    await lanes.drain(ACCOUNT, next(self.jobs))
                    self.clock.advance(5)
                await asyncio.sleep(0.01)

        async def reopen():
            """It is always there."""

        async def open_drive(account):
            return MemoryProvider(self.drive, Allowed())

        drives = MemoryDrives()
        estimating = Estimating(
            outlook=self.outlook, presence=self.presence, desk=desk, clock=self.clock
        )
        drives = self.drives
        sharing = Sharing(
            ledger=self.ledger,
            estimating=estimating,
            desk=desk,
            clock=self.clock,
            open_drive=open_drive,
            make_common=no_common,
            random_bytes=os.urandom,
            joins_within=A_DAY,
            school=SchoolTime(zone=UTC, night=Night.parse("20:00-07:30")),
            calendar=lambda today: SchoolDays(),
        )
        school_drives = SchoolDrives(drives=drives, desk=desk)
        asking = Asking(
            drives=school_drives, read_roster=read_roster, account_of=lambda path: ACCOUNT
        )
        yield House(
            drives=school_drives,
            asking=asking,
            repeating=Repeating(
                repetitions=NoRepetitions(),
                asking=asking,
                sharing=sharing,
                teaching=cast(Teaching, None),
                desk=desk,
                clock=self.clock,
                random_bytes=os.urandom,
            ),
            administering=Administering(
                drives=drives,
                accounts=self.accounts,
                office=NoOffice(),
                desk=desk,
                clock=self.clock,
            ),
            folders=ClassFolders(
                drives=drives,
                office=NoOffice(),
                desk=desk,
                clock=self.clock,
                read_roster=read_roster,
                jitter=lambda: 1.0,
            ),
            sharing=sharing,
            deciding=Deciding(
                ledger=self.ledger,
                cleanups=self.cleanups,
                desk=desk,
                clock=self.clock,
                open_drive=open_drive,
                sharing=sharing,
                account_of=lambda path: ACCOUNT,
                random_bytes=os.urandom,
            ),
            staff=cast(Staff, None),
            tokens=cast(AccessTokens, None),
            answering=cast(Answering, None),
            classes=cast(SchoolClasses, None),
            teaching=cast(Teaching, None),
            class_repeats=cast(ClassRepeats, None),
            searching=cast(Searching, None),
            auditing=cast(Auditing, None),
            installation=cast(Installation, None),
            first_steps=cast(FirstSteps, None),
            webhooks=cast(SchoolWebhooks, None),
            digesting=cast(Digesting, None),
            vital_signs=cast(VitalSigns, None),
            make_school=make_school,
            correcting=Correcting(
                ledger=self.ledger,
                cleanups=self.cleanups,
                desk=desk,
                clock=self.clock,
                open_drive=open_drive,
                renaming=Renaming(
                    cleanups=self.cleanups,
                    desk=desk,
                    clock=self.clock,
                    open_drive=open_drive,
                ),
                random_bytes=os.urandom,
            ),
            cleaning=Cleaning(
                ledger=self.ledger,
                cleanups=self.cleanups,
                desk=desk,
                clock=self.clock,
                open_drive=open_drive,
                random_bytes=os.urandom,
                sweep_after=self.limits.sweep_after,
            ),
            duplicates=DuplicatePlans(
                ledger=self.ledger,
                cleanups=self.cleanups,
                desk=desk,
                clock=self.clock,
                open_drive=open_drive,
                random_bytes=os.urandom,
            ),
            litter=LitterPlans(
                cleanups=self.cleanups,
                desk=desk,
                clock=self.clock,
                open_drive=open_drive,
                read_parents=read_parents,
                random_bytes=os.urandom,
                zone=self.clock.now().tzinfo,
            ),
            estimating=estimating,
            operating=Operating(
                ledger=self.ledger,
                estimating=estimating,
                desk=desk,
                clock=self.clock,
                takeover=A_DAY,
            ),
            forecasting=Forecasting(
                history=MemoryHistory(self.ledger),
                drives=drives,
                accounts=self.accounts,
                desk=desk,
                clock=self.clock,
                school=sharing.school,
                lanes_each=32,
            ),
            rebuilding=Rebuilding(ledger=self.ledger, desk=desk, open_drive=open_drive),
            presence=self.presence,
            desk=desk,
            work=work,
            reopen=reopen,
            account_of=lambda path: ACCOUNT,
            stopping=stopping,
        )
        desk.close()

    def lanes(self, desk, stopping, provider=MemoryProvider):
        async def open_drive(account, permit, notes):
            return provider(self.drive, permit)

        return Lanes(
            ledger=self.ledger,
            cleanups=self.cleanups,
            accounts=self.accounts,
            desk=desk,
            clock=self.clock,
            open_drive=open_drive,
            limits=self.limits,
            jitter=lambda: 1.0,
            random_bytes=os.urandom,
            stopping=stopping,
        )
