"""A shell on a device: what any way to one must do, and how what passes is written down."""

import shlex
from dataclasses import dataclass, field
from typing import Any, Protocol

from hil.evidence.timeline import Kind, Timeline
from hil.transports.http_records import body_text, size

SHOWN_CHARACTERS = 20_000
"""Of each output of a command, on the timeline."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended. Its output may hold keys, so printing it does not show that."""

    command: str
    status: int
    """The exit status; 127 where the shell knows no such command, -1 where a signal ended it."""
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    took_s: float
    """Rig seconds."""

    @property
    def said(self) -> str:
        """What it printed, errors last, for a message."""
        return body_text(self.stdout + self.stderr).strip()


class Shell(Protocol):
    """A way to a device's shell. Connects at the first command, and again when it was lost."""

    @property
    def where(self) -> str:
        """What it is reached by, for messages."""

    def run(self, command: str, *, stdin: bytes = b"", silent: bool = False) -> Ran:
        """Run a command line; any exit status is an answer. `silent` keeps what goes in and out
        off the timeline, for whoever notes it himself.

        Raises:
            Unreachable: no connection, or no end of the command was told; it may have been carried out.
            NotAuthorized: user, password or key is refused.
            WrongDevice: another host key than the rig file's; nothing was sent.
        """

    def close(self) -> None:
        """Let go of the connection. Closing twice is fine."""


def line_of(*words: str) -> str:
    """A command line that hands exactly these words over, whatever is in them."""
    return shlex.join(words)


class ShellRecord:
    """Puts what passes a shell on the timeline."""

    def __init__(self, wire: str, timeline: Timeline) -> None:
        self._wire, self._timeline = wire, timeline

    def asked(self, command: str, stdin: bytes, *, silent: bool) -> None:
        """A command is sent."""
        data: dict[str, Any] = {"stdin": _shown(stdin)} if stdin and not silent else {}
        self._timeline.note(self._wire, Kind.SENT, command, **data)

    def ended(self, ran: Ran, *, silent: bool) -> None:
        """A command has ended."""
        outputs = {} if silent else {"stdout": ran.stdout, "stderr": ran.stderr}
        data: dict[str, Any] = {name: _shown(each) for name, each in outputs.items() if each}
        said = f"exit {ran.status}, {size(ran.stdout)} in {ran.took_s:.2f} s"
        self._timeline.note(self._wire, Kind.HEARD, said, **data)

    def trouble(self, message: str) -> str:
        """No answer came; the message without secrets."""
        self._timeline.note(self._wire, Kind.TROUBLE, message)
        return self._timeline.redactor.scrub(message)


def _shown(output: bytes) -> str:
    text = body_text(output)
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]}… ({size(output)})"
