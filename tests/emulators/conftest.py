"""One emulator for all these tests, emptied before each of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_socket import enable_socket, socket_allow_hosts

from emulators.drive.running import Admin, Running, running
from tests.emulators.api import Api

DOCUMENT = "application/vnd.google-apps.document"
TEACHER = "teacher@school.test"
STUDENT = "student@school.test"
STRANGER = "stranger@elsewhere.test"


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[Running]:
    with running() as drive:
        yield drive


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture(autouse=True)
def loopback(_no_network: None) -> None:
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "localhost"], allow_unix_socket=True)


@pytest.fixture
def drive(emulator_process: Running, loopback: None) -> Running:
    emulator_process.admin.reset(settle_seconds=0)
    return emulator_process


@pytest.fixture
def admin(drive: Running) -> Admin:
    return drive.admin


@pytest.fixture
def api(drive: Running) -> Iterator[Callable[..., Api]]:
    """Makes an Api for an account."""
    with ExitStack() as stack:

        def make(account: str, **more: Any) -> Api:
            one = Api(drive, account, **more)
            stack.callback(one.session.close)
            return one

        yield make


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """A teacher, a student, a document and a picture of the teacher's, the student's folder."""

    teacher: Api
    student: Api
    stranger: Api
    document: str
    picture: str
    folder: str
    staging: str


@pytest.fixture
def school(admin: Admin, api: Callable[..., Api]) -> School:
    admin.user(TEACHER, name="Ada Teacher")
    admin.user(STUDENT, name="Sam Student", kind="student")
    admin.user(STRANGER)
    return School(
        teacher=api(TEACHER),
        student=api(STUDENT),
        stranger=api(STRANGER),
        document=admin.file(TEACHER, "Essay", mimeType=DOCUMENT, content="Write."),
        picture=admin.file(TEACHER, "map.png", mimeType="image/png", content="a map"),
        folder=admin.folder(STUDENT, "Inbox", permissions=[writer(TEACHER)]),
        staging=admin.folder(TEACHER, ".staging"),
    )


def writer(email: str) -> dict[str, str]:
    """A permission."""
    return {"type": "user", "role": "writer", "emailAddress": email}
