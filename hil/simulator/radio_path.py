"""What lies between a device's antenna and the coordinator's, and what it does to what is sent."""

from hil.simulator.world import World


class RadioPath:
    """The path of one device; `attenuation_db` is the bench's attenuator."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.attenuation_db = 0.0

    @property
    def in_reach(self) -> bool:
        """Whether the two radios hear each other."""
        return self.attenuation_db <= self._world.assumptions.zigbee.link_budget_db

    @property
    def is_double(self) -> bool:
        """Whether a device out of the Zigbee network is heard all the same, by its sub-GHz radio."""
        return self._world.assumptions.zigbee.subghz_keeps_comms

    @property
    def fading(self) -> float:
        """Which part of what is sent is lost on the way: 0 on a good path, 1 out of reach."""
        zigbee = self._world.assumptions.zigbee
        beyond_db = self.attenuation_db - (zigbee.link_budget_db - zigbee.fade_db)
        return min(1.0, max(0.0, beyond_db / zigbee.fade_db))
