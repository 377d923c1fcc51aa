"""What drivers and clocks see of a recorded console, whichever process reads it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from hil.transports.stream import Stream


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

    def write(self, data: bytes) -> None:
        """Send `data` to the device; others may not type until `turn_ends`.

        Raises:
            LineLost: the line is gone.
        """

    def turn_ends(self) -> None:
        """The reply to what was written is complete."""


class RecordedConsoles(Protocol):
    """Every console of a rig."""

    @property
    def recordings(self) -> Mapping[str, RecordedConsole]:
        """By name."""

    def take_marks(
        self,
        now_s: float,
        marks: Sequence[tuple[str, int, float]],
        printed: Mapping[str, int],
    ) -> None:
        """In virtual time: from which offset on what was said when (console, offset, rig seconds),
        and up to which offset that is complete."""
