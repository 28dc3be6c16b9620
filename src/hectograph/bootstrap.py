"""The one place that knows every concrete class; it wires them, once."""

import asyncio
import logging
import random
import resource
import secrets
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from django.db import connection
from procrastinate.contrib.django import app as django_queue
from procrastinate.contrib.django.utils import connector_params

from hectograph import postgres
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
from hectograph.clock import DatabaseClock
from hectograph.directories.calendar import SchoolCalendar
from hectograph.directories.sample_school import make_school
from hectograph.directories.spreadsheet import read_parents, read_roster, read_rosters
from hectograph.domain.drive import is_google
from hectograph.domain.ids import AccountId, DeliveryKey
from hectograph.domain.reach import Permitted
from hectograph.domain.retry import RetryPolicy
from hectograph.domain.school_class import Destination
from hectograph.domain.school_time import parse_clock
from hectograph.domain.sign_in import parse_domains
from hectograph.engine.lane import LaneLimits, Lanes
from hectograph.engine.postman import Postman
from hectograph.engine.queue import LaneQueue, LaneWorker
from hectograph.engine.timekeeper import Timekeeper
from hectograph.engine.worker import Worker
from hectograph.outgoing.mail import DigestMail
from hectograph.outgoing.webhooks import WebhookSender
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Notes, Permit, Provider
from hectograph.providers.drive_office import GoogleOffice
from hectograph.providers.file_calls import FileCalls
from hectograph.providers.file_system import SCHEME, FileSystem, account_of
from hectograph.providers.google_drives import GoogleDrives, GoogleSettings
from hectograph.secret import Seal, secret_key
from hectograph.settings import Settings
from hectograph.store.accounts import PostgresAccounts
from hectograph.store.classes import PostgresClasses
from hectograph.store.cleanups import PostgresCleanups
from hectograph.store.database import migrate, open_database
from hectograph.store.drives import PostgresDrives
from hectograph.store.history import PostgresHistory
from hectograph.store.ledger import PostgresLedger
from hectograph.store.outlook import PostgresOutlook
from hectograph.store.people.digests import PostgresDigests
from hectograph.store.people.postgres import PostgresPeople
from hectograph.store.people.tokens import PostgresAnswers, PostgresTokens
from hectograph.store.presence import PostgresPresence
from hectograph.store.repetitions import PostgresRepetitions
from hectograph.store.vital_signs import PostgresVitalSigns
from hectograph.store.webhooks import PostgresOutbox, PostgresWebhooks
from hectograph.threads import OneThread
from hectograph.web import LOCALE

Told = Callable[[str], None]

LINGER = timedelta(seconds=5)
"""Shorter than it takes to find that work is due, and to begin another lane."""

PERMIT_SHARE_OF_TAKEOVER = 0.5
"""A permit ends well before another worker may believe its lane dead."""


class Always:
    """The permit of somebody who is not a lane: nobody takes over from them."""

    def check(self) -> None:
        """Never raise."""


class Nowhere:
    """The notes of somebody who is not a lane: they carry no delivery."""

    async def keep(self, key: DeliveryKey, trace: str | None, *, bound: bool) -> None:
        """Never write."""


@contextmanager
def opened(
    settings: Settings,
    *,
    told: Told | None = None,
    calls: FileCalls | None = None,
    over: Callable[[Ledger], Ledger] | None = None,
    django: Mapping[str, Any] | None = None,
) -> Iterator[House]:
    """Find or start the database, bring it up to date, and wire everything to it.

    `told` hears what takes a while; `over` may put something between us and the ledger;
    `django` are the settings of whoever shows pages.
    Raises LedgerUnavailable or Misconfigured.
    """
    configure_logs(settings)
    server = find_server(settings, told=told)
    open_database(server.url, more=_words(settings) if django is None else django)
    migrate(server.url)
    desk = OneThread("ledger")
    try:
        ledger: Ledger = PostgresLedger(queue=LaneQueue(app=django_queue))
        over_it = over(ledger) if over else ledger
        yield _wired(settings, desk, over_it, calls=calls or FileCalls(), told=told)
    finally:
        # Its session holds what shows that this process works.
        desk.close(at_last=lambda: connection.close())  # noqa: PLW0108 - the thread's own


def _words(settings: Settings) -> Mapping[str, Any]:
    """What a process without pages needs to write mails in every language."""
    return {"LOCALE_PATHS": [*filter(None, (settings.locales,)), LOCALE]}


def find_server(settings: Settings, *, told: Told | None = None) -> postgres.Server:
    """The database server: the one that was named, or the embedded one, started."""
    if settings.database_url is not None:
        return postgres.check_url(settings.database_url.get_secret_value())
    return postgres.ensure_running(settings.data_dir, told=told)


def school_calendar(settings: Settings) -> SchoolCalendar:
    """The calendar of closed days; nothing is read yet."""
    return SchoolCalendar(
        path=settings.calendar, week=settings.school_week(), zone=settings.zone()
    )


def check_calendar(settings: Settings) -> None:
    """Read the calendar once. Raises CalendarRefused."""
    today = DatabaseClock().now().astimezone(settings.zone()).date()
    school_calendar(settings).days(today=today)


def configure_logs(settings: Settings) -> None:
    """Send logs to stderr: lines for a person at a terminal, JSON otherwise."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    renderer = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # A database that is away is raised here as well; a bug in a lane is told only there.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    logging.getLogger("procrastinate.worker.worker").setLevel(logging.CRITICAL)
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


def raise_descriptor_limit() -> None:
    """Let the process open as many files as it may: a lane holds some hundreds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _wired(
    settings: Settings,
    desk: OneThread,
    ledger: Ledger,
    *,
    calls: FileCalls,
    told: Told | None,
) -> House:
    raise_descriptor_limit()
    clock = DatabaseClock()
    clock.follow(ledger.now())
    connection.close()  # this thread's; from here on the desk's is used
    stopping = asyncio.Event()
    joins_within = timedelta(hours=settings.join_hours)

    accounts = PostgresAccounts()
    cleanups = PostgresCleanups(queue=LaneQueue(app=django_queue))
    drives = PostgresDrives()
    google = GoogleDrives(
        drives=drives,
        accounts=accounts,
        desk=desk,
        clock=clock,
        settings=GoogleSettings(
            api_root=settings.google_api_root,
            joins_within=joins_within,
            sweep_after=timedelta(seconds=settings.sweep_seconds),
        ),
    )

    office = GoogleOffice(
        root_of=google.root_of,
        accounts=accounts,
        desk=desk,
        permit=Always(),
    )
    # Seeded by the system, once: it is asked for every delivery.
    jitter = random.Random(secrets.randbits(64)).random  # noqa: S311

    async def open_drive(account: AccountId, permit: Permit, notes: Notes) -> Provider:
        if is_google(account):
            return await google.open(account, permit, notes)
        root = Path(account.removeprefix(f"{SCHEME}:"))
        return FileSystem(root, permit=permit, calls=calls)

    async def open_freely(account: AccountId) -> Provider:
        if is_google(account):
            return await google.look(account, Always(), Nowhere())
        return await open_drive(account, Always(), Nowhere())

    presence = PostgresPresence()
    estimating = Estimating(
        outlook=PostgresOutlook(), presence=presence, desk=desk, clock=clock
    )
    lanes = Lanes(
        ledger=ledger,
        cleanups=cleanups,
        accounts=accounts,
        desk=desk,
        clock=clock,
        open_drive=open_drive,
        limits=_limits(settings, joins_within),
        jitter=jitter,
        random_bytes=secrets.token_bytes,
        stopping=stopping.is_set,
    )

    def build() -> tuple[LaneWorker, Timekeeper, Postman]:
        worker = LaneWorker(
            drain=lanes.drain, parameters=connector_params(), lanes=settings.worker_lanes
        )
        timekeeper = Timekeeper(
            ledger=ledger,
            accounts=accounts,
            desk=desk,
            clock=clock,
            queue=worker,
            takeover=timedelta(seconds=settings.takeover_seconds),
            grace=timedelta(seconds=settings.beat_seconds),
            patrol_seconds=settings.patrol_seconds,
            sweep_hour=settings.sweep_hour,
            zone=settings.zone(),
            ask_due=repeating.ask_due,
            foresight=estimating,
        )
        postman = Postman(
            outbox=PostgresOutbox(),
            sender=WebhookSender(permitted=permitted),
            desk=desk,
            clock=clock,
            find_secret=webhook_seal.find,
            jitter=jitter,
            mail_due=digesting.send_due,
            pause_seconds=settings.patrol_seconds,
        )
        return worker, timekeeper, postman

    async def reopen() -> None:
        await asyncio.to_thread(find_server, settings, told=told)

    worker = Worker(build=build, reopen=reopen, clock=clock)

    async def work(stop: asyncio.Event) -> None:
        async with google.kept_open():
            await worker.run(stop)

    folders = ClassFolders(
        drives=drives,
        office=office,
        desk=desk,
        clock=clock,
        read_roster=read_roster,
        jitter=jitter,
    )
    calendar = school_calendar(settings)
    sharing = Sharing(
        ledger=ledger,
        estimating=estimating,
        desk=desk,
        clock=clock,
        open_drive=open_freely,
        make_common=folders.make_common,
        random_bytes=secrets.token_bytes,
        joins_within=joins_within,
        school=settings.school_time(),
        calendar=lambda today: calendar.days(today=today),
    )

    school_drives = SchoolDrives(drives=drives, desk=desk)
    asking = Asking(drives=school_drives, read_roster=read_roster, account_of=account_of)
    permitted = Permitted.parse(settings.webhook_hosts)
    webhook_seal, stop_seal = _seal(settings, "webhooks"), _seal(settings, "digest")
    digesting = Digesting(
        digests=PostgresDigests(),
        mailer=_mailer(settings),
        desk=desk,
        clock=clock,
        school=settings.school_time(),
        school_days=sharing.school_days,
        at=parse_clock(settings.digest_at),
        seal=stop_seal.close,
        find_sealed=stop_seal.find,
    )

    people = PostgresPeople()
    classes = SchoolClasses(
        classes=PostgresClasses(),
        people=people,
        desk=desk,
        clock=clock,
        read_rosters=read_rosters,
        check_destination=_destination_check(school_drives, open_freely),
        random_bytes=secrets.token_bytes,
    )
    teaching = Teaching(classes=classes, asking=asking, sharing=sharing)
    repeating = Repeating(
        repetitions=PostgresRepetitions(),
        asking=asking,
        sharing=sharing,
        teaching=teaching,
        desk=desk,
        clock=clock,
        random_bytes=secrets.token_bytes,
    )
    administering = Administering(
        drives=drives, accounts=accounts, office=office, desk=desk, clock=clock
    )
    operating = Operating(
        ledger=ledger,
        estimating=estimating,
        desk=desk,
        clock=clock,
        takeover=timedelta(seconds=settings.takeover_seconds),
    )

    return House(
        desk=desk,
        staff=Staff(
            people=people,
            desk=desk,
            clock=clock,
            new_token=secrets.token_urlsafe,
            school=settings.school,
            domains=parse_domains(settings.sign_in_domains or ""),
        ),
        tokens=AccessTokens(
            tokens=PostgresTokens(), desk=desk, clock=clock, new_token=secrets.token_urlsafe
        ),
        answering=Answering(answers=PostgresAnswers(), desk=desk, clock=clock),
        classes=classes,
        teaching=teaching,
        class_repeats=ClassRepeats(teaching=teaching, repeating=repeating),
        searching=Searching(classes=classes, drives=school_drives, office=office),
        auditing=Auditing(cleanups=cleanups, desk=desk),
        installation=Installation(administering=administering, operating=operating),
        first_steps=FirstSteps(
            classes=classes,
            make_school=make_school,
            folder=settings.data_dir / "sample-school",
        ),
        webhooks=SchoolWebhooks(
            webhooks=PostgresWebhooks(),
            desk=desk,
            clock=clock,
            seal=webhook_seal.close,
            permitted=permitted,
            random_bytes=secrets.token_bytes,
        ),
        digesting=digesting,
        vital_signs=PostgresVitalSigns(),
        presence=presence,
        work=work,
        reopen=reopen,
        make_school=make_school,
        account_of=account_of,
        asking=asking,
        repeating=repeating,
        drives=school_drives,
        administering=administering,
        folders=folders,
        sharing=sharing,
        correcting=Correcting(
            ledger=ledger,
            cleanups=cleanups,
            desk=desk,
            clock=clock,
            open_drive=open_freely,
            renaming=Renaming(
                cleanups=cleanups, desk=desk, clock=clock, open_drive=open_freely
            ),
            random_bytes=secrets.token_bytes,
        ),
        deciding=Deciding(
            ledger=ledger,
            cleanups=cleanups,
            desk=desk,
            clock=clock,
            open_drive=open_freely,
            sharing=sharing,
            account_of=account_of,
            random_bytes=secrets.token_bytes,
        ),
        cleaning=Cleaning(
            ledger=ledger,
            cleanups=cleanups,
            desk=desk,
            clock=clock,
            open_drive=open_freely,
            random_bytes=secrets.token_bytes,
            sweep_after=timedelta(seconds=settings.sweep_seconds),
        ),
        duplicates=DuplicatePlans(
            ledger=ledger,
            cleanups=cleanups,
            desk=desk,
            clock=clock,
            open_drive=open_freely,
            random_bytes=secrets.token_bytes,
        ),
        litter=LitterPlans(
            cleanups=cleanups,
            desk=desk,
            clock=clock,
            open_drive=open_freely,
            read_parents=read_parents,
            random_bytes=secrets.token_bytes,
            zone=settings.zone(),
        ),
        estimating=estimating,
        operating=operating,
        forecasting=Forecasting(
            history=PostgresHistory(),
            drives=drives,
            accounts=accounts,
            desk=desk,
            clock=clock,
            school=settings.school_time(),
            lanes_each=settings.worker_lanes,
        ),
        rebuilding=Rebuilding(ledger=ledger, desk=desk, open_drive=open_freely),
        stopping=stopping,
    )


def key_of(settings: Settings) -> str:
    """The installation's key."""
    named = settings.secret_key
    return secret_key(
        named.get_secret_value() if named else None, data_dir=settings.data_dir
    )


def _seal(settings: Settings, purpose: str) -> Seal:
    return Seal(key=lambda: key_of(settings), purpose=purpose)


def _mailer(settings: Settings) -> DigestMail | None:
    server = settings.mail_server()
    if server is None:
        return None
    return DigestMail(
        server=server,
        sender=settings.mail_from or "",
        root=settings.public_url or "",
        language=settings.language,
    )


def _destination_check(
    drives: SchoolDrives, open_drive: Callable[[AccountId], Awaitable[Provider]]
) -> Callable[[Destination], Awaitable[None]]:
    async def check(place: Destination) -> None:
        if place.drive is not None:
            await drives.drive(place.drive)
        if place.directory is not None:
            provider = await open_drive(account_of(Path(place.directory)))
            await provider.check()

    return check


def _limits(settings: Settings, joins_within: timedelta) -> LaneLimits:
    return LaneLimits(
        width=settings.lane_width,
        lane_seconds=settings.lane_seconds,
        beat_seconds=settings.beat_seconds,
        permit_seconds=settings.takeover_seconds * PERMIT_SHARE_OF_TAKEOVER,
        retry=RetryPolicy(
            attempts=settings.retry_attempts,
            patience=timedelta(seconds=settings.retry_patience_seconds),
            first=timedelta(seconds=settings.retry_first_seconds),
            longest=timedelta(seconds=settings.retry_longest_seconds),
        ),
        joins_within=joins_within,
        linger=LINGER,
        park=timedelta(hours=settings.park_hours),
        sweep_after=timedelta(seconds=settings.sweep_seconds),
    )
