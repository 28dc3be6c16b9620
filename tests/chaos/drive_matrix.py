"""The matrix: which harm the delivery protocol of Google Drive is put to, and where."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from emulators.drive.faults import KINDS as EMULATED

from .drive_rig import Crash, Fault, Scenario, Stage

BRANCHES = ("numbered", "staged", "direct")
PROMPT, LAGGING, LONG = (0.0, 0.0), (0.5, 3.0), (5.0, 30.0)
KINDS = (*sorted(EMULATED - {"kill"}), "late")
ACTIONS = ("open", "edit", "rename", "move", "trash", "comment")

# Phase, call, and how many of its name come before the one that is meant.
Place = tuple[str, str, int]
PLACES: dict[str, tuple[Place, ...]] = {
    "numbered": (
        ("request", "files.get", 0),
        ("request", "files.generateIds", 0),
        ("request", "files.list", 0),
        ("work", "files.copy", 0),
        ("work", "files.copy", 1),
    ),
    "staged": (
        ("request", "files.get", 0),
        ("request", "files.list", 0),
        ("work", "files.generateIds", 0),
        ("work", "files.create", 0),
        ("work", "files.copy", 0),
        ("work", "files.copy", 1),
        ("work", "files.get", 0),
        ("work", "files.get", 2),
        ("work", "files.update", 0),
        ("work", "files.update", 1),
        ("sweep", "files.list", 0),
    ),
    "direct": (
        ("work", "files.copy", 0),
        ("work", "files.copy", 1),
        ("sweep", "files.list", 0),
    ),
}
RESOLVING = {
    "numbered": (("work", "files.get", 0),),
    "staged": (("work", "files.list", 0),),
    "direct": (("work", "files.list", 0),),
}
"""What is called only after an answer to the copy was lost."""
SWEEPING: tuple[Place, ...] = (
    ("sweep", "files.list", 0),
    ("sweep", "files.get", 0),
    ("sweep", "files.get", 1),
    ("sweep", "files.update", 0),
)
"""What is called only where something was left over."""
WRITES: dict[str, tuple[Place, ...]] = {
    "numbered": (("work", "files.copy", 0),),
    "staged": (("work", "files.copy", 0), ("work", "files.update", 0)),
    "direct": (("work", "files.copy", 0),),
}
LOST_COPIES = Fault(call="files.copy", kind="drop", times=2)
PAIRS = 250
"""Of two kinds of harm at once there are too many to try all: so many of each kind."""


def faults_at(place: Place) -> Iterator[Fault]:
    """Each kind of fault at a place: before and after the effect, once and twice."""
    phase, call, skip = place
    for kind, when, times in product(KINDS, ("before", "after"), (1, 2)):
        if (kind, when) != ("late", "before"):
            yield Fault(
                phase=phase, call=call, skip=skip, kind=kind, when=when, times=times
            )


def is_prompt(scenario: Scenario) -> bool:
    """Whether lists do not lag, and no call arrives after others were sent."""
    late = {"late", "slow"} & {each.kind for each in scenario.faults}
    return scenario.lag == PROMPT and not late


def alone(branch: str, place: Place) -> Iterator[Scenario]:
    """A fault at one place, with prompt lists and with lagging ones."""
    for seed, (fault, lag) in enumerate(product(faults_at(place), (PROMPT, LAGGING)), 1):
        yield Scenario(branch=branch, seed=seed, lag=lag, faults=(fault,))


def resolving(branch: str, place: Place) -> Iterator[Scenario]:
    """A fault at the look that comes after a lost answer."""
    for each in alone(branch, place):
        yield replace(each, faults=(LOST_COPIES, *each.faults))


def sweeping(place: Place) -> Iterator[Scenario]:
    """A fault while something that was left over is swept."""
    for seed, fault in enumerate(faults_at(place), 1):
        yield Scenario(
            branch="staged", seed=seed, lag=(3.0, 3.0), faults=(LOST_COPIES, fault)
        )


def resting(branch: str, acting: str) -> Iterator[Scenario]:
    """An account that is sent to rest at any call, with or without its effect."""
    places = [each for each in PLACES[branch] if each[0] == "work"]
    sites = product(places, ("before", "after"), (1, 2), (PROMPT, LAGGING))
    for seed, ((_, call, skip), when, times, lag) in enumerate(sites, start=1):
        fault = Fault(call=call, kind="day", when=when, times=times, skip=skip)
        yield Scenario(branch=branch, acting=acting, seed=seed, lag=lag, faults=(fault,))


def crashing(stage: Stage, base: Scenario) -> Iterator[Scenario]:
    """A crash before and after each point that the scenario has without one."""
    for point in range(1, len(stage.play(base).points[0]) + 1):
        for after in (False, True):
            yield replace(base, crashes=(Crash(point=point, after=after),))


def pairs_with_a_fault(branch: str) -> Iterator[Scenario]:
    """A fault anywhere and a crash anywhere, drawn."""
    draw = random.Random(f"fault and crash {branch}")
    for seed in range(1, PAIRS + 1):
        place = draw.choice([*PLACES[branch], *RESOLVING[branch]])
        fault = draw.choice(list(faults_at(place)))
        crash = Crash(point=draw.randint(1, 30), after=draw.random() < 0.5)
        lag = draw.choice((PROMPT, LAGGING))
        yield Scenario(branch=branch, seed=seed, lag=lag, faults=(fault,), crashes=(crash,))


def pairs_of_crashes(branch: str) -> Iterator[Scenario]:
    """Two crashes, or three, drawn."""
    draw = random.Random(f"crashes {branch}")
    for seed in range(1, PAIRS + 1):
        crashes = tuple(
            Crash(point=draw.randint(1, 16), after=draw.random() < 0.5)
            for _ in range(draw.choice((2, 2, 3)))
        )
        lag = draw.choice((PROMPT, LAGGING))
        yield Scenario(branch=branch, seed=seed, lag=lag, crashes=crashes)


def eager_base(branch: str, action: str) -> Scenario:
    """Students who act at once. In My Drive only an owner has a trash."""
    return Scenario(branch=branch, eager=action, in_shared_drive=action == "trash")


def eager(branch: str, action: str) -> Iterator[Scenario]:
    """Students who act at once, under faults of each call that writes."""
    base = eager_base(branch, action)
    yield base
    seed = 1
    for place in WRITES[branch]:
        for fault, lag in product(faults_at(place), (PROMPT, LAGGING)):
            # A move that comes half a minute late finds the student's own doing done.
            if fault.times == 1 and not (
                fault.kind == "late" and fault.call == "files.update"
            ):
                seed += 1
                yield replace(base, seed=seed, lag=lag, faults=(fault,))


def crash_bases() -> Sequence[Scenario]:
    """What every crash point of is tried."""
    usual = [
        Scenario(branch=branch, lag=lag, seed=seed)
        for branch, lag, seed in product(BRANCHES, (PROMPT, LAGGING), (1, 2, 3))
    ]
    others = [
        Scenario(branch="numbered", acting="couriers", lag=LAGGING, students=4),
        Scenario(branch="staged", acting="couriers", lag=LAGGING, students=4),
        Scenario(branch="numbered", acting="recipient", lag=LAGGING),
        Scenario(branch="direct", acting="recipient", lag=LAGGING),
        Scenario(branch="staged", lag=LAGGING, in_shared_drive=True),
        Scenario(branch="direct", lag=LONG),
    ]
    restless = [
        replace(eager_base(branch, action), lag=LAGGING, seed=seed)
        for (branch, action), seed in zip(
            product(BRANCHES, ACTIONS), range(1, 100), strict=False
        )
    ]
    return [*usual, *others, *restless]


REVEALED = [
    Scenario(branch=branch, reveals=True, lag=lag)
    for branch, lag in product(BRANCHES, (PROMPT, LAGGING))
]
"""Copies that are made beforehand and shown together."""


def revealing(base: Scenario) -> Iterator[Scenario]:
    """Each fault at each call with which copies are made hidden, and shown."""
    seed = 0
    for place in PLACES["staged" if base.branch == "numbered" else base.branch]:
        for fault in faults_at(place):
            seed += 1
            if place[0] != "request":
                yield replace(base, seed=seed, faults=(fault,))


def long_lags(lag: tuple[float, float]) -> Iterator[Scenario]:
    """Direct copies in doubt while lists lag for long."""
    seed = 0
    for fault in faults_at(("work", "files.copy", 0)):
        seed += 1
        yield Scenario(branch="direct", seed=seed, lag=lag, faults=(fault,))
    for point, after in product(range(7, 13), (False, True)):
        for _ in range(2):
            seed += 1
            crash = Crash(point=point, after=after)
            yield Scenario(branch="direct", seed=seed, lag=lag, crashes=(crash,))
