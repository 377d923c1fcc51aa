"""The grid profile's part of a rig's baseline: which one is active, and who has not got it yet."""

from dataclasses import dataclass, field

from hil.envoy.client import Envoy
from hil.rig.facet import Facet
from hil.rig.sleeping import is_dark

PENDING = "prop.not.done"
"""In `device_status` of a device that has not taken over the profile (public captures)."""


@dataclass(frozen=True)
class ActiveProfile(Facet):
    """The active grid profile. To put it back takes an installer's token."""

    envoy: Envoy
    name = "grid profile"

    def read(self) -> object:
        profile = self.envoy.grid_profile.arf()
        return f"{profile.name} {profile.version}"

    def put_back(self, found: object, now: object) -> None:
        name, _, version = str(found).rpartition(" ")
        self.envoy.grid_profile.select(name, version)


@dataclass
class ProfileTakenOver(Facet):
    """Which devices have not taken over the profile: they do so one after the other, in minutes.

    An inverter that sleeps does so in the morning, by itself; until then it is not counted.
    """

    envoy: Envoy
    _till_morning: set[str] = field(default_factory=set)
    name = "grid profile, not taken over by"
    commanded = False

    def read(self) -> object:
        devices = self.envoy.ensemble.inventory().devices
        pending = [device.serial_num for device in devices if PENDING in device.device_status]
        statuses = self.envoy.grid_profile.inverters_status().root
        inverters = {each.serial_num for each in statuses if not each.has_taken_over}
        self._till_morning &= inverters
        if inverters - self._till_morning and is_dark(self.envoy):
            self._till_morning |= inverters
        return sorted(pending) + sorted(inverters - self._till_morning)

    def differs(self, found: object, now: object) -> bool:
        assert isinstance(found, list)
        assert isinstance(now, list)
        return bool(set(now) - set(found))

    def put_back(self, found: object, now: object) -> None:
        pass


def profile_facets(envoy: Envoy) -> list[Facet]:
    """Both, in the order in which they are put back."""
    return [ActiveProfile(envoy), ProfileTakenOver(envoy)]
