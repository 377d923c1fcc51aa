"""A shell on a serial console: against real shells on real terminals, with what a line does to them."""

import re
from pathlib import Path

import pytest

from hil.consoles.shell_dialect import ShellDialect
from hil.errors import NotAuthorized, Unreachable
from selftest.consoles.real_shell import PASSWORD, gateway

KERNEL = b"[ 1234.567890] usb 1-1: reset high-speed USB device\r\n"


class Interrupting:
    """The kernel speaks after every so many bytes, wherever that is."""

    def __init__(self, every: int) -> None:
        self._every, self._left = every, every

    def __call__(self, data: bytes) -> bytes:
        said = b""
        for byte in data:
            said += bytes([byte])
            self._left -= 1
            if self._left == 0:
                said, self._left = said + KERNEL, self._every
        return said


@pytest.mark.parametrize("shell", ["sh", "bash --norc"])
def test_status_and_both_outputs_come_back_apart_and_as_they_are(
    tmp_path: Path, shell: str
) -> None:
    with gateway(tmp_path, shell=shell) as there:
        ran = there.open_shell().run(
            """printf '{\\n    "a": 1\\r\\n\\000\\377}'; printf 'oh\\n' >&2; (exit 3)"""
        )

    assert (ran.status, ran.stderr) == (3, b"oh\n")
    assert ran.stdout == b'{\n    "a": 1\r\n\x00\xff}'


def test_what_is_read_gets_there_whole_however_it_looks(tmp_path: Path) -> None:
    data = 'it\'s 100 % \\n "x" `y` $HOME é\r\n\t'.encode() * 60 + b"\x00\x01\xfe no end"
    with gateway(tmp_path) as there:
        ran = there.open_shell().run("cat", stdin=data)

    assert (ran.status, ran.stdout) == (0, data)


def test_a_command_longer_than_a_line_goes_over_in_pieces(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(300))
    with gateway(tmp_path) as there:
        assert there.open_shell().run(f"echo {words}").stdout == f"{words}\n".encode()


def test_the_kernel_may_speak_anywhere(tmp_path: Path) -> None:
    with gateway(tmp_path) as there:
        there.says = Interrupting(every=61)
        ran = there.open_shell().run("printf '%s' \"$(seq 1 300)\"")

    assert ran.stdout == "\n".join(map(str, range(1, 301))).encode()


def test_what_came_broken_is_printed_again_and_the_command_not_sent_again(tmp_path: Path) -> None:
    once = [b"one two three"]

    def loses(data: bytes) -> bytes:
        return data.replace(once.pop(), b"one wo three") if once and once[0] in data else data

    with gateway(tmp_path) as there:
        there.says = loses
        ran = there.open_shell().run("echo ran >>count; printf 'one two %s' three")

    assert ran.stdout == b"one two three"
    assert not once, "the line lost nothing"
    assert (tmp_path / "count").read_text() == "ran\n"


def test_a_wrong_password_is_told_tried_once_and_nobody_is_locked_out(tmp_path: Path) -> None:
    with gateway(tmp_path) as there:
        shell = there.open_shell("never-been-right")
        for _ in range(2):
            with pytest.raises(
                NotAuthorized, match="refuses root with the password of the rig file"
            ):
                shell.run("true")
        assert bytes(there.heard).count(b"never-been-right") == 1
        assert "never-been-right" not in there.written()
        assert there.open_shell().run("echo in").stdout == b"in\n"


def test_whoever_stayed_logged_in_half_typed_or_left_something_running_is_no_trouble(
    tmp_path: Path,
) -> None:
    with gateway(tmp_path) as there:
        there.open_shell().run("true")
        typed = len(there.heard)
        somebody = there.open_shell()
        somebody._line.type("rm -rf /tmp/never", ended=False)
        assert there.open_shell().run("echo in").stdout == b"in\n"
        assert b"rm -rf /tmp/never\r" not in there.heard
        somebody._line.type("cat")
        assert there.open_shell().run("echo in").stdout == b"in\n"
        assert PASSWORD.encode() not in there.heard[typed:]


def test_of_a_password_that_is_echoed_no_piece_is_written(tmp_path: Path) -> None:
    with gateway(tmp_path, hides=False) as there:
        there.says = Interrupting(every=5)
        there.open_shell().run("true")
        told = there.written()

    pieces = {PASSWORD[at : at + 3] for at in range(len(PASSWORD) - 2)}
    # What stands in our own words or the kernel's is no piece of it.
    ours = KERNEL.decode() + "Password: login (user) root echo"
    assert [each for each in pieces if each in told and each not in ours] == []
    assert "usb 1-1" in told


def test_closing_logs_out_who_has_logged_in(tmp_path: Path) -> None:
    with gateway(tmp_path) as there:
        first, second = there.open_shell(), there.open_shell()
        first.run("true")
        second.run("true")
        second.close()
        assert there.open_shell().run("echo in").stdout == b"in\n"
        typed = len(there.heard)
        first.close()
        again = there.open_shell()
        again.run("true")
        assert bytes(there.heard[typed:]).startswith(b"exit\r")
        assert PASSWORD.encode() in there.heard[typed:]


def test_a_gateway_that_starts_anew_in_the_middle_is_told(tmp_path: Path) -> None:
    with gateway(tmp_path) as there:
        shell = there.open_shell()
        shell.run("true")
        with pytest.raises(Unreachable, match=r"a login came instead .* not sent again"):
            shell.run("kill -9 $$")
        assert shell.run("echo in").stdout == b"in\n"


def test_a_line_that_says_nothing_is_told_soon(tmp_path: Path) -> None:
    dialect = ShellDialect(answer_s=4.0, scratch=str(tmp_path / "scratch"))
    with gateway(tmp_path, dialect=dialect) as there:
        shell = there.open_shell()
        shell.run("true")
        there.hears = lambda data: b""
        with pytest.raises(Unreachable, match="nothing came back in 4 s, not even an echo"):
            shell.run("true")
        with pytest.raises(Unreachable, match="heard nothing in 8 s; suspect its power"):
            shell.run("true")


def test_an_unknown_prompt_costs_time_and_no_more(tmp_path: Path) -> None:
    dialect = ShellDialect(
        prompt=re.compile(r"never\Z"), answer_s=3.0, scratch=str(tmp_path / "scratch")
    )
    with gateway(tmp_path, dialect=dialect) as there:
        assert there.open_shell().run("echo in").stdout == b"in\n"


def test_without_room_for_what_is_printed_it_says_so(tmp_path: Path) -> None:
    dialect = ShellDialect(scratch="/no/such/folder/x")
    with (
        gateway(tmp_path, dialect=dialect) as there,
        pytest.raises(Unreachable, match="no room for /no/such/folder/x"),
    ):
        there.open_shell().run("true")
