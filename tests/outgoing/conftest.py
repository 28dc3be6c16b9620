"""What leaves the house, over real sockets."""

import pytest
from pytest_socket import socket_allow_hosts


@pytest.fixture(autouse=True)
def _loopback(socket_enabled):
    socket_allow_hosts(["127.0.0.1"])
