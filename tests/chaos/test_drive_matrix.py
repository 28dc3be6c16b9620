"""Every fault and every crash, at every call of the delivery protocol of Google Drive.

Each scenario is one share on the emulator; the model checker judges how it ended. One that
goes wrong is told as it is played again alone:
`python -m tests.chaos.drive_rig "Scenario(…)"`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from . import drive_matrix as matrix
from .drive_rig import Played, Scenario, Stage, staged

pytestmark = pytest.mark.chaos

FEWEST = 2000


@pytest.fixture(scope="session")
def stage_and_counts() -> Iterator[tuple[Stage, Counter[str]]]:
    enable_socket()
    with staged() as stage:
        yield stage, Counter()


@pytest.fixture(autouse=True)
def _loopback(_no_network: None) -> None:
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "localhost"], allow_unix_socket=True)


@pytest.fixture
def stage(stage_and_counts: tuple[Stage, Counter[str]], _loopback: None) -> Stage:
    return stage_and_counts[0]


Try = Callable[[Iterable[Scenario]], list[Played]]


@pytest.fixture
def play(
    stage: Stage,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> Try:
    """Play scenarios and tell their number; one that ends wrong fails the test."""

    def play_all(scenarios: Iterable[Scenario]) -> list[Played]:
        played = [stage.play(each) for each in scenarios]
        counts = Counter(scenarios=len(played))
        for each in played:
            found = each.findings
            counts.update(twins=found.twins, strays=found.strays, kept=found.kept)
            counts["harmed"] += _is_harmed(each)
        with capsys.disabled():
            told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
            print(f"\n{request.node.name}: {told}", end="")  # noqa: T201
        wrong = [each for each in played if each.findings.violations]
        assert not wrong, "\n".join(
            f"{each.scenario}\n  {each.findings}" for each in wrong[:10]
        )
        return played

    return play_all


def _is_harmed(played: Played) -> bool:
    """Whether anything of what was to go wrong did."""
    return bool(played.crashed or played.struck or played.scenario.eager)


def _cells(
    places: Mapping[str, tuple[matrix.Place, ...]],
) -> list[tuple[str, matrix.Place]]:
    return [(branch, place) for branch in places for place in places[branch]]


def _name(value: object) -> str:
    match value:
        case Scenario():
            parts = [value.branch, value.acting, value.eager, f"{value.lag[1]:g}s"]
            return "-".join(each for each in parts if each) + f"-{value.seed}"
        case (str() as phase, str() as call, int() as skip):
            return f"{phase}-{call}-{skip + 1}"
        case _:
            return str(value)


@pytest.mark.parametrize(("branch", "place"), _cells(matrix.PLACES), ids=_name)
def test_a_fault_costs_nobody_a_copy_and_makes_no_second(play, branch, place):
    played = play(matrix.alone(branch, place))

    assert all(each.struck for each in played)
    # What lists show and answers tell in time is never made a second time, hidden or not.
    assert not any(
        each.findings.strays for each in played if matrix.is_prompt(each.scenario)
    )


@pytest.mark.parametrize(("branch", "place"), _cells(matrix.RESOLVING), ids=_name)
def test_a_fault_at_the_look_for_a_lost_copy_makes_no_second(play, branch, place):
    played = play(matrix.resolving(branch, place))

    assert all(each.struck > 1 for each in played)


@pytest.mark.parametrize("place", matrix.SWEEPING, ids=_name)
def test_a_fault_while_sweeping_leaves_nothing_behind(play, place):
    played = play(matrix.sweeping(place))

    assert all(each.struck > 1 for each in played)
    assert all(each.findings.strays for each in played)


@pytest.mark.parametrize("acting", ["teacher", "couriers"])
@pytest.mark.parametrize("branch", matrix.BRANCHES)
def test_an_account_that_must_rest_costs_nobody_a_copy(play, branch, acting):
    played = play(matrix.resting(branch, acting))

    assert all(each.struck for each in played)


@pytest.mark.parametrize("base", matrix.crash_bases(), ids=_name)
def test_a_crash_at_any_point_costs_nobody_a_copy(play, stage, base):
    played = play(matrix.crashing(stage, base))

    # What was asked ahead and is not needed may be cut off before its answer comes.
    assert sum(not each.crashed for each in played) <= 2
    assert base.lag != matrix.PROMPT or not any(each.findings.strays for each in played)


@pytest.mark.parametrize("branch", matrix.BRANCHES)
def test_a_fault_and_a_crash_together_cost_nobody_a_copy(play, branch):
    play(matrix.pairs_with_a_fault(branch))


@pytest.mark.parametrize("branch", matrix.BRANCHES)
def test_crashes_one_after_the_other_cost_nobody_a_copy(play, branch):
    play(matrix.pairs_of_crashes(branch))


@pytest.mark.parametrize("action", matrix.ACTIONS)
@pytest.mark.parametrize("branch", matrix.BRANCHES)
def test_what_a_student_does_at_once_stays_done(play, branch, action):
    play(matrix.eager(branch, action))


@pytest.mark.parametrize("base", matrix.REVEALED, ids=_name)
def test_a_fault_shows_no_copy_early_and_keeps_none_back(play, base):
    play(matrix.revealing(base))


@pytest.mark.parametrize("base", matrix.REVEALED, ids=_name)
def test_a_crash_shows_no_copy_early_and_keeps_none_back(play, stage, base):
    play(matrix.crashing(stage, base))


def test_direct_copies_have_no_twin_while_lists_lag_less_than_the_look(play):
    played = play(matrix.long_lags(matrix.LONG))

    assert not any(each.findings.twins for each in played)


def test_a_twin_under_longer_lags_is_taken_away_again(play):
    played = play(matrix.long_lags((100.0, 300.0)))

    assert any(each.findings.twins for each in played)
