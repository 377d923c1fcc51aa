"""The gateway's wireless network, as `/etc/init.d/wireless` on its shell commands it.

Only what can be seen from the shell: nobody joins it here, and the bench reaches the gateway by wire.
"""

from hil.simulator.world import World

ACTIONS = ("start", "stop", "startAP", "stopAP", "test", "restart", "forget", "load", "unload")
"""Every word that it takes (interface page)."""


class Wireless:
    """Driver, network and access point. What the words but startAP and stopAP do is assumed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.is_loaded, self.is_up = True, True
        self.is_access_point = False
        """Whether the flag file is there: it lives in memory, a restart removes it."""
        self._stops = 0

    def restarted(self) -> None:
        """The gateway has booted."""
        self.is_loaded, self.is_up, self.is_access_point = True, True, False

    def command(self, action: str) -> str | None:
        """Carry out one of `ACTIONS`; what is wrong with that, or None."""
        if action in ("start", "startAP", "restart", "test") and not self.is_loaded:
            return "no wireless device"
        match action:
            case "start" | "restart":
                self.is_up = True
            case "stop":
                self.is_up, self.is_access_point = False, False
            case "startAP":
                self.is_access_point = not self._world.has_defect("access-point-never-starts")
            case "stopAP":
                self._stops += 1
                first = self._stops == 1
                keeps_on = first and self._world.has_defect("access-point-stays-on")
                self.is_access_point = self.is_access_point and keeps_on
            case "load":
                self.is_loaded = True
            case "unload":
                self.is_loaded, self.is_up, self.is_access_point = False, False, False
        return None
