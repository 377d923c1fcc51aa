"""What a bad cable does to what a device says: bytes missing, bytes garbled, the line cut.

It sits where the line is read, in the keeper, so that the recording and the test see the same. Which
bytes are hit is counted, never drawn: a run that is repeated meets the same.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

LEAST_APART_BYTES = 16
"""Between two hits. Of a key that is said meanwhile enough is left whole to be recognised, and
masked."""

FLIPPED = 0x55
"""The bits of a garbled byte that are turned over: every second one."""


class Harm(StrEnum):
    """What becomes of the bytes that are hit."""

    LOSES = "loses bytes"
    GARBLES = "garbles bytes"
    CUTS = "is cut"


@dataclass(frozen=True, slots=True)
class LineFault:
    """A bad line: `run` bytes in a row are hit after each `every`, the first after `after` bytes.

    Without `every` it hits once. A cut comes after `after` bytes, and lasts.
    """

    harm: Harm
    after: int = 0
    run: int = 1
    every: int | None = None

    def __post_init__(self) -> None:
        if self.after < 0 or self.run < 1:
            raise ValueError(f"after {self.after} and run {self.run}: from 0 and from 1 on")
        if self.every is not None and self.every - self.run < LEAST_APART_BYTES:
            raise ValueError(
                f"{self.run} of {self.every} bytes: at least {LEAST_APART_BYTES} have to be left between "
                "two hits, else a key that is said there could not be recognised and masked"
            )

    def __str__(self) -> str:
        if self.harm is Harm.CUTS:
            return f"{self.harm} after {self.after} more bytes" if self.after else str(self.harm)
        often = f"{self.run} in every {self.every}" if self.every else f"{self.run}, once"
        return f"{self.harm}: {often}" + (f", after {self.after}" if self.after else "")

    def as_document(self) -> dict[str, object]:
        """For a frame of the keeper's socket."""
        return {**asdict(self), "harm": self.harm.value}

    @classmethod
    def of_document(cls, document: dict[str, object]) -> "LineFault":
        """From such a frame. Raises ValueError, KeyError or TypeError where it is none."""
        numbers = {name: document[name] for name in ("after", "run", "every")}
        for name, value in numbers.items():
            if not isinstance(value, int) and not (name == "every" and value is None):
                raise TypeError(f"{name} is a number of bytes, not {value!r}")
        return cls(Harm(str(document["harm"])), **numbers)  # type: ignore[arg-type]

    def is_hit(self, number: int) -> bool:
        """Whether the byte with this number, from 0 since the fault began, is hit."""
        since = number - self.after
        if since < 0:
            return False
        if self.harm is Harm.CUTS:
            return True
        return (since if self.every is None else since % self.every) < self.run


class BadLine:
    """A line with one fault, from its beginning on."""

    def __init__(self, fault: LineFault) -> None:
        self.fault = fault
        self.said = 0
        """Bytes that the device has said since."""
        self.hit = 0
        """Bytes of these that were lost or garbled."""

    def __str__(self) -> str:
        return f"{self.fault}; {self.hit} of {self.said} bytes were hit"

    def pieces(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """What comes through of the next bytes, in order, and how many are missing after each piece.

        What comes behind a cut is not counted as missing: the line is away then.
        """
        through, missing = bytearray(), 0
        for byte in data:
            hit = self.fault.is_hit(self.said)
            self.said += 1
            self.hit += hit
            if hit and self.fault.harm is not Harm.GARBLES:
                missing += self.fault.harm is Harm.LOSES
                continue
            if missing:
                yield bytes(through), missing
                through, missing = bytearray(), 0
            through.append(byte ^ FLIPPED if hit else byte)
        yield bytes(through), missing

    @property
    def is_through(self) -> bool:
        """Whether the bytes before a cut have come, so that it is due."""
        return self.fault.harm is Harm.CUTS and self.said >= self.fault.after
