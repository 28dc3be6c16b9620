"""Faults × kills × lag on every call of the Drive protocol: exactly one copy each.

Some thousands of scenarios, each a class on the emulator; `drive_rig.py` says what is real
in them. A failing one is printed as it stands, to be repeated alone.
"""

import asyncio
import itertools
import random
from collections.abc import Iterator

import pytest
from pytest_socket import enable_socket

from emulators.drive.running import running

from .drive_rig import DriveRig, Kill, Life, Scenario

pytestmark = pytest.mark.chaos

KINDS = ("drop", "cut", "500", "502", "502html", "503", "504", "403", "403user", "429", "slow")
MOMENTS = ("before", "after")
LAGS = (0.0, 2.0)
# Each call of the protocol, and how many of its kind come before the one that is meant.
SITES = {
    "numbered": (
        *(("files.copy", skip) for skip in (0, 1)),
        ("files.get", 0),
        ("files.generateIds", 0),
        ("files.list", 0),
    ),
    "staged": (
        *(("files.copy", skip) for skip in (0, 1)),
        *(("files.update", skip) for skip in (0, 1)),
        *(("files.get", skip) for skip in (0, 1, 2, 3, 4)),
        *(("files.generateIds", skip) for skip in (0, 1)),
        ("files.create", 0),
        ("files.list", 0),
    ),
    "direct": (
        *(("files.copy", skip) for skip in (0, 1)),
        ("files.get", 0),
        ("files.list", 0),
    ),
}
BRANCHES = tuple(SITES)
DEEDS = ("open", "edit", "rename", "move", "comment")
SEEDS = (1, 2)
# How often each is called or committed in a life without troubles; held by a test below.
COUNTS = {
    "numbered": {
        "files.get": 1, "files.generateIds": 1, "files.list": 1, "files.copy": 2,
        "claim": 2, "record": 1,
    },
    "staged": {
        "files.get": 5, "files.generateIds": 2, "files.list": 1, "files.create": 1,
        "files.copy": 2, "files.update": 2, "claim": 2, "note": 2, "record": 1,
    },
    "direct": {
        "files.get": 1, "files.generateIds": 1, "files.list": 1, "files.copy": 2,
        "claim": 2, "record": 1,
    },
}  # fmt: skip


def faults_of(branch: str, kind: str) -> Iterator[Scenario]:
    """This fault at every call, before and after its effect, once and twice."""
    sites = itertools.product(SITES[branch], MOMENTS, (1, 2), LAGS)
    for (call, skip), when, times, lag in sites:
        fault = {"call": call, "kind": kind, "when": when, "times": times, "skip": skip}
        fault |= {"seconds": 0.01} if kind == "slow" else {}
        yield Scenario(branch=branch, faults=(fault,), lag=lag)


def kills_of(branch: str) -> Iterator[Scenario]:
    """A kill before and after every call and every commit."""
    for kill, lag, seed in itertools.product(all_kills(branch), LAGS, SEEDS):
        yield Scenario(branch=branch, kills=(kill,), lag=lag, seed=seed)


def all_kills(branch: str) -> list[Kill]:
    return [
        Kill(what, number, after)
        for what, count in COUNTS[branch].items()
        for number in range(1, count + 1)
        for after in (False, True)
    ]


def mixtures_of(branch: str, seed: int) -> Iterator[Scenario]:
    """Two kills, and two faults, drawn."""
    draw = random.Random(f"{branch}{seed}")
    for number in range(60):
        kinds = [(*draw.choice(SITES[branch]), draw.choice(KINDS[:-1])) for _ in range(2)]
        yield Scenario(
            branch=branch,
            faults=tuple(
                {
                    "call": call,
                    "kind": kind,
                    "when": draw.choice(MOMENTS),
                    "times": draw.choice((1, 2)),
                    "skip": skip,
                }
                for call, skip, kind in kinds
            ),
            kills=tuple(draw.sample(all_kills(branch), draw.choice((1, 2)))),
            lag=draw.choice((*LAGS, 20.0)),
            students=draw.choice(("", "", *DEEDS)),
            seed=1000 * seed + number,
            class_size=draw.choice((1, 2, 4)),
        )


def students_of(branch: str) -> Iterator[Scenario]:
    """Students who are at it the moment a copy shows, while answers get lost."""
    publishes = "files.update" if branch == "staged" else "files.copy"
    for deed, kind, when, lag in itertools.product(
        DEEDS, ("drop", "503", "403"), MOMENTS, LAGS
    ):
        fault = {"call": publishes, "kind": kind, "when": when, "times": 2}
        yield Scenario(branch=branch, faults=(fault,), students=deed, lag=lag)


GROUPS = {
    **{
        f"{branch}-{kind}": tuple(faults_of(branch, kind))
        for branch in BRANCHES
        for kind in KINDS
    },
    **{f"{branch}-kills": tuple(kills_of(branch)) for branch in BRANCHES},
    **{f"{branch}-students": tuple(students_of(branch)) for branch in BRANCHES},
    **{
        f"{branch}-mixtures-{seed}": tuple(mixtures_of(branch, seed))
        for branch in BRANCHES
        for seed in (1, 2, 3)
    },
}


@pytest.fixture(scope="module")
def emulator():
    enable_socket()
    with running() as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _loopback():
    enable_socket()


@pytest.mark.parametrize("group", GROUPS)
def test_everyone_has_exactly_one(emulator, group):
    wrong = {}
    for scenario in GROUPS[group]:
        rig = DriveRig(emulator, scenario)
        asyncio.run(rig.run())
        if faults := rig.faults_found():
            wrong[str(scenario)] = faults

    assert wrong == {}


def test_there_are_some_thousands_of_them():
    assert len({str(each) for group in GROUPS.values() for each in group}) >= 2000


@pytest.mark.parametrize("branch", BRANCHES)
def test_kills_are_tried_at_every_call_and_commit(emulator, branch):
    lives: list[Life] = []

    class Watched(DriveRig):
        async def _live(self, life):
            lives.append(life)
            await super()._live(life)

    asyncio.run(Watched(emulator, Scenario(branch=branch)).run())

    (life,) = lives
    assert {what: life.counts[what] for what in COUNTS[branch]} == COUNTS[branch]
    assert set(life.counts) == set(COUNTS[branch])

