"""The gateway's clock, stepped through its shell and put right."""

from dataclasses import dataclass, field

from hil.clock import Clock
from hil.consoles.gateway_shell import GatewayShell

NEAR_S = 5.0
"""A clock that is so near is right: it shows whole seconds, and commands take a while."""


@dataclass
class GatewayTime:
    """Remembers what the gateway's clock was before it was stepped; `clock` is the rig's."""

    shell: GatewayShell
    clock: Clock
    by_s: float | None = None
    """How far it was stepped, until it is put right."""
    _was: tuple[float, float] = field(default=(0.0, 0.0), repr=False)
    """Rig seconds, and what the gateway's clock said then."""

    def step(self, by_s: float) -> None:
        """Set it so far ahead; behind where negative. Of several steps the first is undone."""
        unix = self.shell.unix_time()
        if self.by_s is None:
            self._was = (self.clock.now(), unix)
        self.by_s = by_s
        self.shell.set_clock(int(unix + by_s))

    def put_right(self) -> None:
        """Step it back, unless a time server has done so already."""
        if self.by_s is None:
            return
        at_s, unix = self._was
        due = unix + self.clock.now() - at_s
        if abs(self.shell.unix_time() - due) > NEAR_S:
            self.shell.set_clock(round(due))
        self.by_s = None
