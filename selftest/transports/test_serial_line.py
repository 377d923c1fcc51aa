"""SerialLine on a PTY and on network ports: bytes, silence, and lines that go away."""

import fcntl
import os
import re
import select
import socket
import subprocess
import sys
import tty
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from hil.errors import LineLost, NotOnThisLine, Unreachable
from hil.transports.port_holders import holders_of, who_holds
from hil.transports.serial_line import Line, SerialLine
from hil.transports.wires import DriverCounts, ModemLines
from selftest.held_port import held_port
from selftest.ser2net import needs_ser2net, ser2net
from selftest.transports.line_conformance import check_line, check_return
from selftest.transports.relay import Relay
from selftest.transports.replugged import Adapter
from selftest.transports.serial_server import rfc2217_pair, socket_pair
from selftest.transports.simulated_console import (
    pty_end,
    simulated_pty_pair,
    simulated_rfc2217_pair,
    simulated_socket_pair,
    tcp_end,
)

TIOCGEXCL = 0x80045440


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

    def close(self) -> None:
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1


def pair() -> tuple[Line, Line]:
    master, slave = os.openpty()
    tty.setraw(slave)
    return SerialLine(os.ttyname(slave)), Master(master, slave)


class BehindSer2net:
    """A simulated console's device behind a real ser2net, which ends with it."""

    label = "the far end"

    def __init__(self, folder: Path, *, rfc2217: bool) -> None:
        self._device = pty_end()
        self._stack = ExitStack()
        self.port = self._stack.enter_context(
            ser2net(folder, [self._device.port], rfc2217=rfc2217)
        )[0]
        self.read, self.write = self._device.read, self._device.write

    def close(self) -> None:
        self._stack.close()
        self._device.close()


@pytest.mark.parametrize(
    "make",
    [
        pair,
        socket_pair,
        rfc2217_pair,
        simulated_pty_pair,
        simulated_socket_pair,
        simulated_rfc2217_pair,
    ],
)
def test_it_conforms_as_a_line(make: Callable[[], tuple[Line, Line]]) -> None:
    check_line(make)


@needs_ser2net
@pytest.mark.parametrize("rfc2217", [False, True])
def test_it_conforms_over_ser2net(rfc2217: bool, tmp_path: Path) -> None:
    def make() -> tuple[Line, Line]:
        far = BehindSer2net(tmp_path, rfc2217=rfc2217)
        near = SerialLine(far.port)
        # It drops what is said before it has opened the device, which it does after accepting.
        near.write(b"?")
        while far.read() != b"?":
            """It opens the device."""
        return near, far

    check_line(make)


@pytest.mark.parametrize("rfc2217", [False, True])
def test_a_client_of_a_simulated_console_may_come_back_and_only_one_is_served(
    rfc2217: bool,
) -> None:
    far = tcp_end(rfc2217=rfc2217)
    for _ in range(3):
        near = SerialLine(far.port)
        near.write(b"devinfo")
        assert far.read() == b"devinfo"
        with socket.create_connection(("127.0.0.1", int(far.port.rpartition(":")[2]))) as second:
            second.settimeout(10)
            assert second.recv(1) == b"", "a second client is hung up on"
        far.write(b"still here")
        heard = b""
        while len(heard) < 10:
            heard += near.read()
        assert heard == b"still here"
        near.close()
    far.close()


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
    with held_port() as port:
        url = f"{scheme}://127.0.0.1:{port}"
        with pytest.raises(
            Unreachable, match=rf"cannot open {url} .*: nothing listens there .*refused"
        ):
            SerialLine(url)


def test_what_a_kind_of_port_cannot_do_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise NotImplementedError("write_timeout is currently not supported")

    monkeypatch.setattr("hil.transports.wires._Rfc2217.open", refuse)
    with pytest.raises(Unreachable, match=r"cannot open rfc2217://.* currently not supported"):
        SerialLine("rfc2217://127.0.0.1:9")


def test_a_port_that_is_not_there_says_what_to_suspect(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"ttyUSB9 at 9600 baud: no such file; .* unplugged"):
        SerialLine(str(tmp_path / "ttyUSB9"), baud=9600)


def test_a_port_that_is_held_says_how_to_find_the_holder() -> None:
    near, far = pair()
    port = near.label.partition(" ")[0]
    with pytest.raises(
        Unreachable, match=r"another program has it open: held by python.*this run itself"
    ):
        SerialLine(port)
    near.close()
    far.close()


def test_a_line_that_hung_up_names_its_port() -> None:
    near, far = pair()
    far.close()
    with pytest.raises(LineLost, match=r"^/dev/\S+ at 115200 baud: lost while reading"):
        near.read()
    near.close()


class Plugged:
    """A line's far end behind a link, pulled and plugged in again."""

    def __init__(self, folder: Path) -> None:
        self.adapter = Adapter(folder / "by-id-encharge")
        self.far = self._end()

    def _end(self) -> Master:
        return Master(self.adapter.master, -1)

    def again(self) -> Line:
        self.adapter.pull()
        self.adapter.plug()
        return self._end()


def test_a_terminal_behind_a_link_comes_back(tmp_path: Path) -> None:
    plugged = Plugged(tmp_path)
    check_return(SerialLine(plugged.adapter.port), plugged.again)


@pytest.mark.parametrize("rfc2217", [False, True])
def test_a_serial_server_comes_back(rfc2217: bool) -> None:
    far = tcp_end(rfc2217=rfc2217)
    scheme, _, port = far.port.replace("//127.0.0.1:", "").partition(":")
    relay = Relay(int(port))

    def again() -> Line:
        while far.read() != b"before":
            """It gets what is said before the cut."""
        relay.cut(refuse=False)
        return far

    check_return(SerialLine(f"{scheme}://127.0.0.1:{relay.port}"), again)
    relay.close()


def test_break_and_modem_lines_go_both_ways_over_rfc_2217() -> None:
    near, far = rfc2217_pair()
    near.set_dtr(False)
    near.set_rts(False)
    near.send_break(0.01)
    assert near.modem() == ModemLines(cts=True, dsr=True, ri=False, cd=True)
    assert (far.port.dtr, far.port.rts, far.port.breaks) == (False, False, [True, False])
    near.set_dtr(True)
    assert far.port.dtr is True
    near.close()
    far.close()


def test_a_server_that_tells_no_modem_lines_is_said_to() -> None:
    far = tcp_end(rfc2217=True)
    near = SerialLine(far.port)
    near.send_break(0.01)  # it takes one
    with pytest.raises(NotOnThisLine, match=r"rfc2217://.* behind a server that tells no modem"):
        near.modem()
    near.close()
    far.close()


def test_the_drivers_counts_are_read_as_the_kernel_lays_them_out() -> None:
    assert DriverCounts.of(list(range(20))) == DriverCounts(
        framing=6, overrun=7, parity=8, breaks=9, buffer_overrun=10
    )


def test_another_reader_of_the_port_is_a_warning_that_names_it(tmp_path: Path) -> None:
    adapter = Adapter(tmp_path / "by-id-encharge")
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; open(sys.argv[1]).read()", adapter.port],
        start_new_session=True,
    ) as reader:
        device = str(adapter.link.readlink())
        while not holders_of(device).others:
            """It starts."""
        line = SerialLine(adapter.port)
        assert re.search(
            rf"is also open in python.*\(process {reader.pid}, user \S+\): two readers steal",
            str(line.warning),
        )
        line.close()
        adapter.close()  # hangs up on it


def test_a_port_that_another_program_has_locked_names_it(tmp_path: Path) -> None:
    adapter = Adapter(tmp_path / "by-id-encharge")
    locks = "import fcntl,sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); f.read()"
    with subprocess.Popen(
        [sys.executable, "-c", locks, adapter.port], start_new_session=True
    ) as holder:
        while not any(each.locks for each in holders_of(adapter.port).others):
            """It starts."""
        with pytest.raises(
            Unreachable,
            match=rf"held by python.*\(process {holder.pid}, user \S+, which has locked it\)",
        ):
            SerialLine(adapter.port)
        adapter.close()


def test_a_terminal_is_shut_to_others_unless_that_would_outlive_us(tmp_path: Path) -> None:
    def is_shut(line: SerialLine) -> bool:
        told = bytearray(4)
        descriptor = line.fileno()
        assert descriptor is not None
        fcntl.ioctl(descriptor, TIOCGEXCL, told)
        return any(told)

    master, slave = os.openpty()
    port = os.ttyname(slave)
    kept_open = SerialLine(port)
    assert not is_shut(kept_open)
    kept_open.close()
    os.close(slave)
    alone = SerialLine(port)
    assert is_shut(alone)
    alone.close()
    os.close(master)


def test_a_holder_that_may_not_be_seen_is_said_so(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    (proc / "4711").mkdir(parents=True)
    (proc / "4711" / "fd").write_text("not for this user")
    (proc / "sys").mkdir()
    assert who_holds("/dev/ttyUSB3", proc=proc) == (
        "who has it cannot be seen: 1 processes of other users hide their open files from this one; "
        "`sudo fuser -v /dev/ttyUSB3` says which it is"
    )
