"""A plugin for a run of the product suite: between two tests it has somebody cut the consoles."""

import os
import socket

import pytest

WHO = "HIL_SELFTEST_CUTS_AT"
"""Where the one who cuts listens, HOST:PORT. Each line is one cut; the answer comes when it is done."""


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish(nodeid: str) -> None:
    host, _, port = os.environ[WHO].rpartition(":")
    with socket.create_connection((host, int(port))) as whoever:
        whoever.sendall(f"{nodeid}\n".encode())
        assert whoever.recv(16) == b"cut\n"
