"""The gateway's own clock: right as long as it hears a time server, off after somebody has set it.

What a real gateway does with the dates that it has given out before is public nowhere. Assumed: it
counts time by itself, and shows what has been by its clock as it is now.
"""

from collections.abc import Callable

from hil.simulator.world import World

ACTOR = "gateway clock"


class GatewayClock:
    """`off_s` is how far it is ahead of the true time; behind where negative."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._timer: int | None = None
        self.off_s = 0.0
        self.on_set: Callable[[], None] = _nobody
        """Called when somebody has set it; for a defect."""
        world.add(ACTOR, self)

    @property
    def unix_time(self) -> float:
        """What it says now."""
        return self.at(self._world.now_s)

    def at(self, rig_s: float) -> float:
        """What it says, as it is now, of that moment."""
        return self._world.epoch + rig_s + self.off_s

    def shown(self, unix_time: float) -> int:
        """What it says, as it is now, of a moment that is known by the true time."""
        return int(unix_time + self.off_s)

    def set(self, unix_time: float) -> None:
        """Somebody sets it; the next look at a time server corrects that."""
        self._world.cancel(self._timer)
        self.off_s = unix_time - self._world.unix_time
        look_s = self._world.assumptions.gateway.time_server_s
        self._timer = self._world.after(look_s, ACTOR, "time server")
        self.on_set()
        self._world.touch()

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A time server has answered."""
        self._timer, self.off_s = None, 0.0
        self._world.touch()


def _nobody() -> None:
    pass
