"""SerialLine on a PTY and on network ports: bytes, silence, and lines that go away."""

import os
import select
import socket
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.errors import LineLost, Unreachable
from hil.transports.serial_line import Line, SerialLine
from selftest.transports.line_conformance import check_line
from selftest.transports.serial_server import rfc2217_pair, socket_pair


class Master:
    """The far end of a PTY, as a Line of its own."""

    def __init__(self, master: int, slave: int) -> None:
        self._master, self._slave = master, slave

    @property
    def label(self) -> str:
        return "the far end"

    def read(self) -> bytes:
        ready, _, _ = select.select([self._master], [], [], 0.2)
        return os.read(self._master, 4096) if ready else b""

    def write(self, data: bytes) -> None:
        os.write(self._master, data)

    def cancel(self) -> None:
        pass

    def close(self) -> None:
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1


def pair() -> tuple[Line, Line]:
    master, slave = os.openpty()
    tty.setraw(slave)
    return SerialLine(os.ttyname(slave)), Master(master, slave)


def test_it_conforms_as_a_line() -> None:
    check_line(pair)


@pytest.mark.parametrize("pair", [socket_pair, rfc2217_pair])
def test_it_conforms_over_the_network(pair: Callable[[], tuple[Line, Line]]) -> None:
    check_line(pair)


def test_an_rfc2217_port_is_negotiated_once() -> None:
    near, far = rfc2217_pair()
    assert near.read() == b""
    far.write(b"x")
    near.write(b"y")
    while not (heard := far.read()):
        """It answers what was negotiated before."""
    assert (heard, near.read(), far.port.bauds) == (b"y", b"x", [57600])
    near.close()
    far.close()


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
def test_a_network_port_where_nobody_listens_says_so(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    url = f"{scheme}://127.0.0.1:{port}"
    with pytest.raises(
        Unreachable, match=rf"cannot open {url} .*: nothing listens there .*refused"
    ):
        SerialLine(url)


def test_what_a_kind_of_port_cannot_do_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise NotImplementedError("write_timeout is currently not supported")

    monkeypatch.setattr("serial.serial_for_url", refuse)
    with pytest.raises(Unreachable, match=r"cannot open rfc2217://.* currently not supported"):
        SerialLine("rfc2217://127.0.0.1:9")


def test_a_port_that_is_not_there_says_what_to_suspect(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"ttyUSB9 at 9600 baud: no such file; .* unplugged"):
        SerialLine(str(tmp_path / "ttyUSB9"), baud=9600)


def test_a_port_that_is_held_says_how_to_find_the_holder() -> None:
    near, far = pair()
    port = near.label.partition(" ")[0]
    with pytest.raises(Unreachable, match=f"another program has it open; `fuser {port}`"):
        SerialLine(port)
    near.close()
    far.close()


def test_a_line_that_hung_up_names_its_port() -> None:
    near, far = pair()
    far.close()
    with pytest.raises(LineLost, match=r"^/dev/\S+ at 115200 baud: lost while reading"):
        near.read()
    near.close()
