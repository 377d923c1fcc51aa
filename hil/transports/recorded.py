"""What drivers and clocks see of a recorded console, whichever process reads it."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from hil.transports.line_faults import LineFault
from hil.transports.stream import Stream

Mark = tuple[str, int, float]
"""Console, offset, rig seconds: from there on, what it says was said then."""


class LineControl(StrEnum):
    """What can be done to a serial line beside sending bytes, where the line has it."""

    BREAK = "break"
    """Hold it in break, for so many wall seconds."""
    DTR = "dtr"
    RTS = "rts"
    """Raise (1) or drop (0) an output."""
    MODEM = "modem"
    """Read the inputs."""


class RecordedConsole(Protocol):
    """One console that is being recorded."""

    @property
    def stream(self) -> Stream: ...

    @property
    def label(self) -> str:
        """Where its line is, for messages: `/dev/ttyUSB3 at 115200 baud`."""

    @property
    def written(self) -> int:
        """Bytes sent on this line since it was opened."""

    @property
    def counted_from(self) -> int:
        """The offset where the present connection began, for a simulator's clock."""

    @property
    def written_before(self) -> int:
        """What had been written then."""

    @property
    def not_sent(self) -> str | None:
        """Why what was written last did not go out, where that was not known at once."""

    @property
    def fault(self) -> str | None:
        """What is wrong with the line because a test wants it so; None while it is sound."""

    delay_s: float
    """Rig seconds that a command is held up before it is typed, by a fault of the line."""

    def await_line(self) -> None:
        """Wait for a line that is being opened again, up to 2 wall seconds.

        Raises:
            LineLost: it is away.
        """

    def write(self, data: bytes, *, is_secret: bool = False) -> None:
        """Send `data` to the device; others may not type until `turn_ends`. Of what `is_secret` no
        piece is told until then, whoever echoes it.

        Raises:
            LineLost: the line is gone.
        """

    def turn_ends(self, *, given_up: bool = False) -> None:
        """The reply to what was written is complete; `given_up`: nobody waits for it any more, and
        what was not sent yet shall not be.
        """

    def control(self, what: LineControl, value: float = 0) -> Mapping[str, bool]:
        """Do something to the line; for MODEM, how `cts`, `dsr`, `ri` and `cd` stand.

        Raises:
            NotOnThisLine: it has nothing of the kind.
            LineLost: it is away.
        """


class RecordedConsoles(Protocol):
    """Every console of a rig."""

    handshake: Callable[[], None]
    """Called where a line that is open again is needed now, in virtual time."""

    @property
    def recordings(self) -> Mapping[str, RecordedConsole]:
        """By name."""

    def set_fault(self, name: str, fault: LineFault | None) -> None:
        """From here on the line of that console is bad; None: it is sound again.

        Raises:
            SuiteError: it has a fault already.
        """

    def reopened(self) -> list[str]:
        """The consoles whose line is open again, and that are not read yet (virtual time)."""

    def returned(self, name: str) -> None:
        """Read a line on that was opened again; what was said meanwhile is missing."""

    def take_marks(self, now_s: float, marks: Sequence[Mark], printed: Mapping[str, int]) -> None:
        """In virtual time: when what was said was said, and up to which offset that is complete."""


def take_marks(
    recordings: Mapping[str, RecordedConsole],
    marks: Sequence[Mark],
    printed: Mapping[str, int],
    *,
    next_order: Callable[[], int],
) -> None:
    """Stamp the streams with what the simulator tells."""
    for name, offset, at_s in marks:
        stream = recordings[name].stream
        if stream.trouble is None or offset < stream.received:
            stream.stamp(offset, at_s, order=next_order())
    for name, count in printed.items():
        stream = recordings[name].stream
        stream.stamped_up_to(min(count, stream.received))
