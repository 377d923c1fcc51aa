"""Bugs of the product that are known and tracked: known-bugs.yaml, one entry for each bug."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from hil.errors import RigFileError
from hil.files.closed_yaml import Closed, did_you_mean, read_closed
from hil.files.forms import FirmwareText, PromiseId
from hil.vocabulary.identity import Firmware

FILE = "known-bugs.yaml"
"""At the root of the checkout."""


class FirmwareRange(Closed):
    """Gateway firmware from `since` (that one too) until `until` (that one not); one may lack."""

    since: FirmwareText | None = None
    until: FirmwareText | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.since is None and self.until is None:
            raise ValueError("write since, until or both, nothing is here")
        if self.since and self.until and Firmware.parse(self.since) >= Firmware.parse(self.until):
            raise ValueError(f"no firmware lies from {self.since} until before {self.until}")
        return self

    def __contains__(self, firmware: Firmware) -> bool:
        if self.since is not None and firmware < Firmware.parse(self.since):
            return False
        return self.until is None or firmware < Firmware.parse(self.until)


class KnownBug(Closed):
    """One bug: the promise it breaks, on which firmware, and who works on it."""

    promise: PromiseId
    firmware: FirmwareRange
    tracker: Annotated[str, Field(min_length=1)]
    """An issue's name or its URL."""
    summary: Annotated[str, Field(min_length=1)]
    expires: date
    """The last day (UTC) on which it excuses a failure."""
    tests: tuple[str, ...] = Field(default=(), strict=False)
    """Names of tests, with `*`; none: every test of the promise."""

    def concerns(self, promise: str | None, test: str, firmware: Firmware | None) -> bool:
        """Whether a failure of `test`, named without its parameters, may be this bug."""
        return (
            self.promise == promise
            and firmware is not None
            and firmware in self.firmware
            and (not self.tests or any(fnmatchcase(test, pattern) for pattern in self.tests))
        )


class _File(Closed):
    known_bugs: tuple[KnownBug, ...] = Field(strict=False)


@dataclass(frozen=True)
class KnownBugs:
    """Every known bug, and the day on which they are looked at."""

    bugs: tuple[KnownBug, ...]
    today: date

    def of(
        self, promise: str | None, test: str, firmware: Firmware | None
    ) -> tuple[KnownBug | None, KnownBug | None]:
        """The bug that excuses a failure, and one that would if it had not expired."""
        found = [bug for bug in self.bugs if bug.concerns(promise, test, firmware)]
        known = next((bug for bug in found if not self.has_expired(bug)), None)
        expired = next((bug for bug in found if self.has_expired(bug)), None)
        return known, expired

    def has_expired(self, bug: KnownBug) -> bool:
        """Whether the last day of `bug` is over."""
        return self.today > bug.expires


def load_known_bugs(path: Path, *, promises: Collection[str], today: date) -> KnownBugs:
    """Every known bug, in the order of the file; none where there is no file.

    Raises:
        RigFileError: it breaks the schema, or names a promise that is not in `promises`.
    """
    if not path.exists():
        return KnownBugs((), today)
    bugs = read_closed(path, _File, kind="known bugs").known_bugs
    for index, bug in enumerate(bugs):
        if bug.promise not in promises:
            raise RigFileError(
                f"{path}: known_bugs[{index}].promise: no promise {bug.promise!r} in "
                f"docs/promises.yaml; {did_you_mean(bug.promise, promises)}"
            )
    return KnownBugs(bugs, today)
