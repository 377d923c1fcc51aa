"""A gateway's shell on its serial console: the same commands as over SSH, one after the other.

A terminal mixes what a command prints with its echo, with the prompt and with the kernel, and says
nothing of its exit status. So a command's outputs go to files on the gateway, are printed from there
between marks of ours, and are whole when their MD5 is right; what came broken is printed again. The
command itself is never sent twice. What is typed has the marks in another spelling (`hil""7s`), so
that an echo is no answer.
"""

import hashlib
import re
import shlex
import threading
from contextlib import suppress
from dataclasses import dataclass

from hil.clock import Clock
from hil.consoles.shell_dialect import ShellDialect
from hil.consoles.shell_line import ShellLine, Silent
from hil.consoles.shell_login import Login
from hil.errors import HilError, Unreachable
from hil.evidence.timeline import Timeline
from hil.transports.recorded import RecordedConsole
from hil.transports.shell import Ran, ShellRecord
from hil.vocabulary.secret import Secret

TRIES = 3
"""How often outputs are printed, or a file is handed over, until they are whole."""

STARTED_ANEW_S = 1.0
"""Rig seconds without a byte behind a login: it is one, and no part of an output."""

_MD5 = re.compile(rb"\b([0-9a-f]{32})\b")
_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b"\\%'")


@dataclass(frozen=True, slots=True)
class _Printed:
    status: int
    stdout: bytes
    stderr: bytes


class SerialShell:
    """One gateway's shell; a `hil.transports.shell.Shell`.

    Logs in at the first command, and again when somebody else is found there since. Closed, it logs
    out where it has logged in.
    """

    def __init__(
        self,
        recording: RecordedConsole,
        *,
        user: str,
        password: Secret | None,
        dialect: ShellDialect,
        clock: Clock,
        timeline: Timeline,
        wire: str = "envoy shell",
    ) -> None:
        """Nothing is typed yet."""
        self._clock, self._dialect = clock, dialect
        self._record = ShellRecord(wire, timeline)
        self._line = ShellLine(
            recording, dialect=dialect, clock=clock, timeline=timeline, password=password
        )
        self._login = Login(self._line, user=user, password=password)
        self._turn = threading.RLock()
        self._number = 0
        self._prompt_at = -1
        """The offset behind our last command's prompt: nobody has said a word since."""
        if password is not None:
            timeline.redactor.learn(password)

    @property
    def where(self) -> str:
        """`root on /dev/ttyUSB3 at 115200 baud`."""
        return f"{self._login.user} on {self._line.where}"

    def run(self, command: str, *, stdin: bytes = b"", silent: bool = False) -> Ran:
        """As `Shell.run`."""
        with self._turn:
            self._record.asked(command, stdin, silent=silent)
            started_s = self._clock.now()
            try:
                printed = self._carried_out(command, stdin)
            except HilError as error:
                self._prompt_at = -1
                self._line.turn_ends(given_up=True)
                self._record.trouble(str(error))
                raise
            self._line.turn_ends()
            ran = Ran(
                command,
                printed.status,
                printed.stdout,
                printed.stderr,
                took_s=self._clock.now() - started_s,
            )
            self._record.ended(ran, silent=silent)
            return ran

    def close(self) -> None:
        """Log out where we have logged in. Closing twice is fine."""
        if self._prompt_at >= 0 and self._login.is_ours:
            with suppress(HilError):
                self._line.type("exit", shown="exit")
                self._line.turn_ends()
        self._prompt_at, self._login.is_ours = -1, False

    def _carried_out(self, command: str, stdin: bytes) -> _Printed:
        if self._line.was_interrupted or self._line.received != self._prompt_at:
            self._login.go()
        reads = self._file("i") if stdin else "/dev/null"
        if stdin:
            self._hand_over(stdin, reads)
        run = f"({command})"
        if len(run) + 200 > self._dialect.line_characters:
            self._hand_over(command.encode(), self._file("c"))
            run = f"(. {self._file('c')})"
        into = f"<{reads} >{self._file('o')} 2>{self._file('e')}"
        return self._told(f"{run} {into};", "$?", about=command)

    def _told(self, first: str, status: str, *, about: str) -> _Printed:
        """Type `first`, and what prints the outputs; again only the latter, where they are broken."""
        broken: Broken | None = None
        for _ in range(TRIES):
            self._number += 1
            number, out, err = self._number, self._file("o"), self._file("e")
            mark = f'hil""{number}'
            line = (
                f"{first} echo {mark}s {status}; cat {out}; echo {mark}o; cat {err}; echo {mark}e; "
                f"{self._dialect.checksum} {out} {err}; echo {mark}x"
            )
            begin = self._answered(line.strip(), f"hil{number}x", about=about)
            came = self._line.read(begin)
            try:
                return _taken_apart(came, self._line.without_kernel(came), number)
            except Broken as error:
                broken, first = error, ""
                status = str(error.status) if error.status is not None else status
                if error.status is None:
                    break  # what was typed did not get there whole, and may have been carried out
        raise Unreachable(
            f"{self.where}: {about}: {broken}; heard {self._line.heard(begin)}. It may have been carried out, "
            "and was not sent again. Suspect a line that loses characters, no room for "
            f"{self._dialect.scratch}* on the gateway, or one without {self._dialect.checksum} "
            "(envoy.shell.serial.dialect: scratch, checksum)"
        )

    def _hand_over(self, data: bytes, path: str) -> None:
        """Write a file on the gateway, in pieces that a terminal takes."""
        wanted = hashlib.md5(data, usedforsecurity=False).hexdigest().encode()
        for _ in range(TRIES):
            into = ">"
            for piece in _pieces(data, self._dialect.line_characters - 120):
                self._number += 1
                line = f"printf '{piece}' {into}{path}; echo hil\"\"{self._number}x"
                self._answered(line, f"hil{self._number}x", about=f"writing {path}")
                into = ">>"
            self._number += 1
            line = f'{self._dialect.checksum} {path}; echo hil""{self._number}x'
            begin = self._answered(line, f"hil{self._number}x", about=f"checking {path}")
            if wanted in _MD5.findall(self._line.without_kernel(self._line.read(begin))):
                return
        raise Unreachable(
            f"{self.where}: {len(data)} bytes for {path} did not get there whole in {TRIES} tries, so nothing was "
            f"carried out; heard {self._line.heard(begin)}. Suspect a line that loses characters, no room "
            f"there, or a gateway without {self._dialect.checksum} (envoy.shell.serial.dialect: scratch, "
            "checksum, line_characters)"
        )

    def _answered(self, typed: str, end: str, *, about: str) -> int:
        """Type a line and wait for the mark at its end, and for the prompt behind it; where its
        answer begins.
        """
        dialect = self._dialect
        mark = self._line.type(typed)
        wanted = re.compile(rb"%s\r?\n" % end.encode())
        login = re.compile(dialect.login.pattern.encode(), dialect.login.flags & ~re.UNICODE)

        def ended(data: bytes) -> str | None:
            if wanted.search(self._line.without_kernel(data)):
                return "end"
            return "login" if login.search(self._line.without_kernel(data)) else None

        try:
            found = self._line.until(
                mark,
                ended,
                first_s=dialect.answer_s if dialect.echo else dialect.silent_s,
                silent_s=dialect.silent_s,
                quiet_s=lambda found: STARTED_ANEW_S if found == "login" else 0.0,
            )
        except Silent as silence:
            raise self._silent(about, mark, heard=silence.heard) from silence
        if found == "login":
            raise Unreachable(
                f"{self.where}: {about}: a login came instead of the command's end; suspect a gateway that "
                "has started anew, or somebody who has logged out. It may or may not have been carried "
                "out; it was not sent again"
            )
        self._see_prompt(mark)
        return mark

    def _see_prompt(self, mark: int) -> None:
        """Nothing is typed before the shell waits for it; a prompt nobody knows costs a look."""
        dialect = self._dialect
        prompt = re.compile(dialect.prompt.pattern.encode(), dialect.prompt.flags & ~re.UNICODE)
        self._prompt_at = -1
        with suppress(Silent):
            self._line.until(
                mark,
                lambda data: prompt.search(self._line.without_kernel(data)),
                first_s=0.0,
                silent_s=1.0,
            )
            self._prompt_at = self._line.received

    def _silent(self, about: str, mark: int, *, heard: bool) -> Unreachable:
        if not heard:
            return Unreachable(
                f"{self.where}: {about}: nothing came back in {self._dialect.answer_s:g} s, not even an echo; "
                "suspect a gateway that is going down or has no power, or the cable. It may or may not "
                "have been carried out; it was not sent again"
            )
        return Unreachable(
            f"{self.where}: {about}: neither ended nor said anything for {self._dialect.silent_s:g} s; heard "
            f"{self._line.heard(mark)}; suspect a gateway under load, or a command that waits for something. "
            "It may or may not have been carried out; it was not sent again"
        )

    def _file(self, what: str) -> str:
        return shlex.quote(f"{self._dialect.scratch}.{what}")


class Broken(Exception):
    """Outputs that are not whole; `status` of the command, where it is known."""

    def __init__(self, what: str, status: int | None) -> None:
        super().__init__(what)
        self.status = status


def _taken_apart(came: bytes, without_kernel: bytes, number: int) -> _Printed:
    """Status and both outputs; the terminal's line ends and the kernel's words taken out as far as
    that makes the sums right.

    Raises:
        Broken: nothing does.
    """
    broken = Broken("its exit status did not come", None)
    for data in (came, without_kernel):
        for text in (data.replace(b"\r\n", b"\n"), data):
            try:
                return _between_marks(text, number)
            except Broken as error:
                broken = error if error.status is not None else broken
    raise broken


def _between_marks(text: bytes, number: int) -> _Printed:
    mark = b"hil%d" % number
    begun = re.search(rb"%ss (-?\d+)\r?\n" % mark, text)
    if begun is None:
        raise Broken("its exit status did not come", None)
    status = int(begun[1])
    out, _, rest = text[begun.end() :].partition(mark + b"o")
    err, _, rest = rest.lstrip(b"\r").removeprefix(b"\n").partition(mark + b"e")
    sums = _MD5.findall(rest.partition(mark + b"x")[0])
    had = [hashlib.md5(each, usedforsecurity=False).hexdigest().encode() for each in (out, err)]
    if sums != had:
        raise Broken("what it printed did not come whole", status)
    return _Printed(status, out, err)


def _pieces(data: bytes, characters: int) -> list[str]:
    """`data` as formats for the shell's printf, each of so many characters at most."""
    pieces: list[str] = [""]
    for byte in data:
        spelled = chr(byte) if byte in _PLAIN else f"\\{byte:03o}"
        if len(pieces[-1]) + len(spelled) > characters:
            pieces.append("")
        pieces[-1] += spelled
    return pieces
