"""How far apart the first and the last of a class see what is revealed to them together.

On the emulator, in virtual time: an account writes three times a second, and thirty at once.
"""

from collections.abc import Iterator

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from .drive_rig import COURIERS, Scenario, Stage, staged

pytestmark = pytest.mark.chaos

RATE, BURST = 3.0, 30.0


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    enable_socket()
    with staged() as stage:
        yield stage


@pytest.fixture(autouse=True)
def _loopback(_no_network: None) -> None:
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "localhost"], allow_unix_socket=True)


@pytest.mark.parametrize("branch", ["staged", "numbered"])
@pytest.mark.parametrize(
    ("acting", "accounts"), [("teacher", 1), ("couriers", len(COURIERS))]
)
@pytest.mark.parametrize("students", [30, 300])
def test_a_reveal_takes_what_the_service_takes(
    stage, capsys, branch, acting, accounts, students
):
    scenario = Scenario(
        branch=branch,
        acting=acting,
        students=students,
        reveals=True,
        writes=(RATE, BURST),
    )

    played = stage.play(scenario)

    assert not played.findings.violations
    assert len(played.shown) == students
    late, spread = played.shown[0], played.shown[-1] - played.shown[0]
    limit = max(0.0, students - accounts * BURST) / (accounts * RATE)
    with capsys.disabled():
        told = f"{spread:.1f} s between first and last, limit {limit:.1f} s"
        who = f"{students} {branch}, {accounts} accounts"
        print(f"\n{who}: {told}, first after {late:.1f} s", end="")  # noqa: T201 - asked for
    assert 0 <= late < 5
    assert spread <= 1.15 * limit + 5
