"""The gateway's own serial console: the kernel's messages, a login, and a shell behind it.

Like the terminal of any small Linux: what is typed is echoed, a password is not; a shell's prompt
follows right behind what a command has printed, and the kernel speaks on it when it likes.
Knows no line and no face: bytes come in by `receive`, and go out by the world's `say`. A command is
run by somebody else (`due`), who says how it `ended`.
"""

import hmac
import time
from dataclasses import dataclass, field
from enum import StrEnum

from hil.simulator.shell.result import Result
from hil.simulator.world import World

ACTOR = "gateway console"
LONGEST_LINE = 4095
"""Bytes: a Linux terminal's line takes no more."""
PIECE_BYTES = 1024
BITS = 10
"""On the wire for a byte: 8N1."""


class Where(StrEnum):
    """What the console waits for."""

    OFF = "off"
    LOGIN = "login"
    PASSWORD = "password"
    CHECKED = "checked"
    """The password is being looked at; nothing is echoed."""
    SHELL = "shell"
    RUNNING = "running"


@dataclass(frozen=True)
class ConsoleUser:
    """Who may log in."""

    name: str
    password: str = field(repr=False)


class SerialConsole:
    """One gateway's. `name` is the console's (its serial number)."""

    def __init__(self, world: World, *, name: str) -> None:
        self._world, self.name = world, name
        self.user: ConsoleUser | None = None
        """None: nobody gets in."""
        self.where = Where.LOGIN
        self.due: str | None = None
        """A command line that waits to be run."""
        self._typed = bytearray()
        self._ahead = bytearray()
        self._given_user = ""
        self._out = b""
        self._timer: int | None = None
        self._boots = 0
        world.add(ACTOR, self)

    @property
    def boots(self) -> int:
        """How often it has started: what was begun before is nobody's any more."""
        return self._boots

    def receive(self, data: bytes) -> None:
        """Take what is typed."""
        if self.where is Where.OFF:
            return
        self._ahead += data
        while self._ahead and self.where in (Where.LOGIN, Where.PASSWORD, Where.SHELL):
            byte = self._ahead.pop(0)
            self._key(byte)
        if self.where is Where.RUNNING and 0x03 in self._ahead and self.due is None:
            del self._ahead[: self._ahead.index(0x03) + 1]

    def power_off(self) -> None:
        """Nothing typed is remembered, nothing more is said."""
        self._world.cancel(self._timer)
        self._timer, self.due, self._out = None, None, b""
        self._typed.clear()
        self._ahead.clear()
        self.where = Where.OFF

    def booted(self) -> None:
        """The kernel and what it starts are up."""
        self._boots += 1
        self._kernel("random: crng init done")
        self._greet("\r\n")

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """Something's time has come."""
        self._timer = None
        match event:
            case "checked":
                self._checked()
            case "print":
                self._print()
            case _:
                raise ValueError(f"the gateway's console knows no event {event!r}")

    def taken(self) -> str:
        """The command line that waits to be run: whoever takes it says how it `ended`."""
        command, self.due = self.due, None
        assert command is not None
        return command

    def ended(self, result: Result, *, boots: int) -> None:
        """The command that was taken in start number `boots` has ended."""
        if boots != self._boots or self.where is not Where.RUNNING:
            return
        printed = result.out + result.err.encode()
        self._out = printed.replace(b"\n", b"\r\n")
        shell = self._world.assumptions.shell
        if (
            self._out
            and self._world.chance(self.name, "kernel message") < shell.kernel_message_prob
        ):
            at = int(self._world.chance(self.name, "place of it") * len(self._out))
            self._out = (
                self._out[:at] + self._kernel_line("usb 1-1: reset").encode() + self._out[at:]
            )
        self._print()

    def _key(self, byte: int) -> None:
        if byte in b"\r\n":
            line, echo = self._typed.decode("utf-8", "replace"), b"\r\n"
            self._typed.clear()
            self._world.say(self.name, echo)
            self._line(line)
        elif byte in (0x03, 0x15):
            is_cut = byte == 0x03 or (bool(self._typed) and self.where is not Where.PASSWORD)
            self._typed.clear()
            if is_cut:
                self._world.say(self.name, b"^C\r\n" if byte == 0x03 else b"\r\n")
                if self.where is Where.SHELL:
                    self._prompt()
                else:
                    self._greet("")
        elif byte in b"\b\x7f":
            if self._typed:
                self._typed.pop()
                self._echo(b"\b \b")
        elif byte >= 0x20 and len(self._typed) < LONGEST_LINE:
            self._typed.append(byte)
            self._echo(bytes([byte]))

    def _echo(self, data: bytes) -> None:
        if self.where is not Where.PASSWORD:
            self._world.say(self.name, data)

    def _line(self, line: str) -> None:
        match self.where:
            case Where.LOGIN if line:
                self._given_user, self.where = line, Where.PASSWORD
                self._say("Password: ")
            case Where.LOGIN:
                self._greet("")
            case Where.PASSWORD:
                self.where = Where.CHECKED
                shell = self._world.assumptions.shell
                is_right = self._is_right(line)
                self._given_user = self._given_user if is_right else ""
                wait_s = shell.login_s if is_right else shell.wrong_password_s
                self._timer = self._world.after(wait_s, ACTOR, "checked")
            case Where.SHELL if line.strip() == "exit":
                self._greet("\r\n")
            case Where.SHELL if line.strip():
                self.where, self.due = Where.RUNNING, line
            case _:
                self._prompt()

    def _is_right(self, password: str) -> bool:
        if self.user is None:
            return False
        given, wanted = (
            f"{self._given_user}:{password}",
            f"{self.user.name}:{self.user.password}",
        )
        return hmac.compare_digest(given.encode(), wanted.encode())

    def _checked(self) -> None:
        if self._given_user:
            self.where = Where.SHELL
            self._prompt()
        else:
            self._say("Login incorrect\r\n")
            self._greet("")
        self.receive(b"")

    def _print(self) -> None:
        """As fast as the line takes it."""
        piece, self._out = self._out[:PIECE_BYTES], self._out[PIECE_BYTES:]
        if piece:
            self._world.say(self.name, piece)
            wire_s = len(piece) * BITS / self._world.assumptions.shell.console_baud
            self._timer = self._world.after(wire_s, ACTOR, "print")
            return
        self.where = Where.SHELL
        self._prompt()
        self.receive(b"")

    def _greet(self, before: str) -> None:
        self.where, self._given_user = Where.LOGIN, ""
        self._say(f"{before}envoy login: ")

    def _prompt(self) -> None:
        clock = time.gmtime(self._world.unix_time)
        self._say(time.strftime(self._world.assumptions.shell.prompt, clock))

    def _kernel(self, text: str) -> None:
        self._say(self._kernel_line(text))

    def _kernel_line(self, text: str) -> str:
        return f"[{self._world.now_s % 1e5:12.6f}] {text}\r\n"

    def _say(self, text: str) -> None:
        self._world.say(self.name, text.encode())
