"""What the tests of providers share."""

import pytest
from pytest_socket import socket_allow_hosts


@pytest.fixture
def loopback(socket_enabled):
    """The network, as far as this machine."""
    socket_allow_hosts(["127.0.0.1"])
