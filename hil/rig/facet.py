"""One thing about a rig that a test can leave behind: compared, and put back."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from hil.errors import Unintelligible


@dataclass(frozen=True, slots=True)
class Garbled:
    """What stands where nobody can read how it is, but can put it back all the same."""

    why: str

    def __str__(self) -> str:
        return f"unintelligible ({self.why})"


class Facet(ABC):
    """One thing about the rig that is compared and put back."""

    commanded: ClassVar[bool] = True
    """Whether only a command of ours can change it; devices change the rest by themselves."""
    gives_power: ClassVar[bool] = False
    """Whether others cannot even be read until it is put back."""
    is_hazard: ClassVar[bool] = False
    """Whether it decides what stands under voltage: a rig that is made safe sees to it first."""

    is_remembered: ClassVar[bool] = False
    """Whether nobody can ask how it is, so that it is what this process has done itself."""

    is_put_back_unread: ClassVar[bool] = False
    """Whether it can be put back though what the device says of it cannot be understood."""

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    def started_within_s(self) -> float:
        """Rig seconds that what gives power may take until others can be read."""
        return 0.0

    @property
    def takes_s(self) -> float:
        """Rig seconds beyond the rig's `safe_within_s` that putting it back may take by itself."""
        return 0.0

    @property
    def wanted(self) -> object | None:
        """How it has to be for any test to begin; None where it is taken as found."""
        return None

    @abstractmethod
    def read(self) -> object:
        """How it is now; comparable, and readable in a message."""

    def differs(self, found: object, now: object) -> bool:
        """Whether it has to be put back."""
        return now != found

    def look(self) -> object:
        """As `read`, once it is known how it has to be: `Garbled` where that can be put back unread."""
        try:
            return self.read()
        except Unintelligible as garbled:
            if not self.is_put_back_unread:
                raise
            return Garbled(str(garbled).partition("\n")[0])

    def is_off(self, found: object, now: object) -> bool:
        """Whether what `look` saw has to be put back."""
        return isinstance(now, Garbled) or self.differs(found, now)

    @abstractmethod
    def put_back(self, found: object, now: object) -> None:
        """Make it as it was `found`; may return before it has taken effect."""
