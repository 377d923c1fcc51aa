"""Worlds of the ensemble tests: the site on the grid, as an island, and with its Enpower lost."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple

import pytest

from hil.consoles.encharge import Encharge
from hil.consoles.enpower import Enpower
from hil.envoy.client import Envoy
from hil.envoy.livedata import LiveMeters
from hil.equipment.ac_source import AcSource
from hil.equipment.power_switch import PowerSwitch
from hil.errors import NotOffered, Refused, Unavailable, Unreachable
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.vocabulary.grid import GridMode, LiveMainsState, MainsPair, MainsState
from hil.waiting import Waiting

WORLD_WITHIN_S = 150
"""For the site to become an island in step, or to be back on the grid, before and after a test."""


LOST_WITHIN_S = 600
"""For the gateway to show a device that is out as lost, before a test."""

FULL_PCT = 95
"""From here on a battery takes little more."""


Window = Callable[[int, int], None]
"""Sets where the generator's window begins and ends, in percent from the charge now."""


class Modes(NamedTuple):
    """The grid modes of the batteries and of the inverters."""

    encharge: str
    solar: str


@dataclass(frozen=True)
class Sun:
    """What a test can do about the sun: cut every inverter that hangs on the power switch off."""

    power_switch: PowerSwitch
    inverters: tuple[str, ...]
    """Their serial numbers."""

    def away(self) -> None:
        for serial_number in self.inverters:
            self.power_switch.off(serial_number)

    def back(self) -> None:
        for serial_number in self.inverters:
            if self.power_switch.is_off(serial_number):
                self.power_switch.on(serial_number)


@dataclass(frozen=True)
class Mains:
    """The mains relay, as the gateway commands and shows it. `name` is the Enpower's."""

    name: str
    envoy: Envoy
    wait: Waiting

    def open(self) -> None:
        """Command the site off the grid."""
        self.envoy.ensemble.open_relay()

    def tries_to_open(self) -> bool:
        """Command the site off the grid where something is in the way; whether that is taken.

        How it is refused, with an error, not at all or in time, nobody has described.
        """
        try:
            self.open()
        except (Refused, Unavailable, Unreachable):
            return False
        return True

    def close(self) -> None:
        """Command the site back onto the grid."""
        self.envoy.ensemble.close_relay()

    def pair(self) -> MainsPair:
        relay = self.envoy.ensemble.relay()
        return MainsPair(str(relay.mains_admin_state), str(relay.mains_oper_state))

    def modes(self) -> Modes:
        relay = self.envoy.ensemble.relay()
        return Modes(str(relay.enchg_grid_mode), str(relay.solar_grid_mode))

    def takes_the_command(self, state: MainsState, *, within_s: float) -> None:
        """Wait until the gateway shows the command."""
        self.wait.until(
            self.pair,
            lambda pair: pair.commanded == state,
            what=f"{self.name}: the command to be {state} is taken",
            measures="time to take the command",
            within_s=within_s,
        )

    def is_open(self, *, within_s: float) -> None:
        """Wait until the relay has opened, in step with the grid or not."""
        self.wait.until(
            self.pair,
            lambda pair: MainsState(pair.actual).is_open,
            what=f"{self.name}: the mains relay opens",
            measures="time to open",
            within_s=within_s,
            every_s=0.5,
        )

    def is_closed(self, *, within_s: float) -> None:
        """Wait until the relay has closed."""
        self.wait.until(
            self.pair,
            lambda pair: pair.actual == MainsState.CLOSED,
            what=f"{self.name}: the mains relay closes",
            measures="time to close",
            within_s=within_s,
        )

    def becomes(self, wanted: MainsPair, *, within_s: float) -> None:
        """Wait until the relay is commanded and is so."""
        self.wait.until(
            self.pair,
            lambda pair: pair == wanted,
            what=f"{self.name}: the mains relay is {wanted}",
            measures=f"time to be {wanted}",
            within_s=within_s,
        )

    def stays(self, pair: MainsPair, *, for_s: float) -> None:
        """See that nothing moves."""
        self.wait.stays(
            self.pair,
            lambda seen: seen == pair,
            what=f"{self.name}: the mains relay stays {pair}",
            for_s=for_s,
            every_s=2,
        )

    def stays_closed(self, *, for_s: float) -> None:
        """See that the relay does not open, whatever it was commanded."""
        self.wait.stays(
            self.pair,
            lambda pair: pair.actual == MainsState.CLOSED,
            what=f"{self.name}: the mains relay stays closed",
            for_s=for_s,
            every_s=2,
        )

    def shows_open_in_live_data(self, *, within_s: float) -> LiveMeters:
        """Wait until live data shows the relay open, and see that nothing flows through it."""
        meters = self.wait.until(
            lambda: self.envoy.livedata.status().meters,
            lambda meters: meters.main_relay_state != LiveMainsState.CLOSED,
            what=f"{self.name}: live data shows the relay open",
            measures="time until live data agrees",
            within_s=within_s,
            show=lambda meters: f"main_relay_state {meters.main_relay_state}",
        )
        assert (meters.grid.agg_p_mw, meters.grid.agg_s_mva) == (0, 0), (
            f"{self.name}: power through an open relay"
        )
        return meters

    def runs(self, mode: GridMode, *, within_s: float) -> None:
        """Wait until batteries and inverters are in `mode`."""
        self.wait.until(
            self.modes,
            lambda modes: modes == (mode, mode),
            what=f"{self.name}: batteries and inverters run {mode}",
            measures=f"time to run {mode}",
            within_s=within_s,
        )


@pytest.fixture
def mains(enpower: Enpower, envoy: Envoy, wait: Waiting) -> Mains:
    """The mains relay."""
    return Mains(enpower.name, envoy, wait)


@pytest.fixture
def site_on_grid(mains: Mains) -> Iterator[None]:
    """A site that runs on the grid; whatever a test does to the relay, it is closed afterwards."""
    yield
    if mains.pair().commanded != MainsState.CLOSED:
        mains.close()
    mains.is_closed(within_s=WORLD_WITHIN_S)
    mains.runs(GridMode.ON_GRID, within_s=WORLD_WITHIN_S)


@pytest.fixture
def rated_w(envoy: Envoy) -> int:
    """What all batteries that communicate can give for good."""
    listed = envoy.ensemble.status().inventory.serial_nums
    return sum(
        getattr(listed[each.serial_num], "encharge_rated_power", 0)
        for each in envoy.ensemble.inventory().encharges
        if each.communicating
    )


@pytest.fixture
def sun(rig: Rig, power_switch: PowerSwitch) -> Iterator[Sun]:
    """The sun, which a test may take away; the inverters have AC again afterwards."""
    held = [each.serial_number for each in rig.inverters]
    sun = Sun(power_switch, tuple(each for each in held if each in power_switch.outlets))
    yield sun
    sun.back()


@pytest.fixture
def charged_site(envoy: Envoy, site_on_grid: None) -> None:
    """A site on the grid whose batteries have charge enough to be commanded off it."""
    control = envoy.ensemble.secondary_control()
    lowest = control.vls_limit or 0
    if control.enc_agg_soc <= lowest:
        pytest.skip(f"charge {control.enc_agg_soc} %, an island needs more than {lowest} %")


@pytest.fixture
def too_much_sun(
    site_on_grid: None, rated_w: int, envoy: Envoy, wait: Waiting, promise: Promise
) -> LiveMeters:
    """A site on the grid whose batteries are full and whose sun is more than it needs: its powers.

    An island of it has to turn the sun down before the sun is given up as not coming back.
    """
    wait.clock.sleep(promise["sun_back_within_s"])  # the test before may have moved the relay
    before = envoy.livedata.status().meters
    if before.soc < FULL_PCT or before.pv.agg_p_mw <= 1.5 * before.load.agg_p_mw:
        pytest.skip(
            f"charge {before.soc} %, sun {before.pv.agg_p_mw / 1000:.0f} W: nothing to curtail"
        )
    surplus_w = (before.pv.agg_p_mw - before.load.agg_p_mw) / 1000
    control = envoy.ensemble.secondary_control()
    room_wh = control.max_energy * (100 - control.enc_agg_soc) / 100
    if surplus_w <= rated_w and room_wh > surplus_w * promise["sun_back_within_s"] / 3600:
        pytest.skip(f"the batteries have room for {room_wh:.0f} Wh: they take all of the sun")
    return before


@pytest.fixture
def islanded_site(mains: Mains, charged_site: None) -> None:
    """A site that was commanded off the grid and runs as an island, in step with it."""
    mains.open()
    mains.becomes(MainsPair(MainsState.OPEN, MainsState.OPEN_SYNCHRONIZED), within_s=WORLD_WITHIN_S)


@pytest.fixture(params=["closed", "open"])
def settled_site(request: pytest.FixtureRequest) -> str:
    """A site on the grid, then one that is an island; how its relay is commanded."""
    request.getfixturevalue("site_on_grid" if request.param == "closed" else "islanded_site")
    return str(request.param)


@pytest.fixture
def reconnect_s(envoy: Envoy) -> float:
    """The reconnect delay of the active grid profile, in seconds."""
    return envoy.grid_profile.active().profile.tpm.reconnect_s


@pytest.fixture
def grid(
    ac_source: AcSource, mains: Mains, reconnect_s: float, site_on_grid: None
) -> Iterator[AcSource]:
    """The grid, which a test may take away; it and the relay are back afterwards."""
    yield ac_source
    ac_source.restore()
    mains.is_closed(within_s=reconnect_s + WORLD_WITHIN_S)
    mains.runs(GridMode.ON_GRID, within_s=WORLD_WITHIN_S)


@pytest.fixture
def lost_encharges(
    rig: Rig, encharges: tuple[Encharge, ...], wait: Waiting, site_on_grid: None
) -> Iterator[None]:
    """Every battery out of the network and shown as lost; they are let back in afterwards."""
    for encharge in encharges:
        encharge.drop_from_network()
    wait.until(
        lambda: [
            each.serial_num
            for each in rig.envoy.ensemble.inventory().encharges
            if each.communicating
        ],
        lambda heard: not heard,
        what="no battery communicates",
        within_s=LOST_WITHIN_S,
        every_s=5,
    )
    yield
    rig.envoy.ensemble.close_relay()
    names = [encharge.name for encharge in encharges]
    rig.baseline.restore(only=(*names, "provisioned devices", "communicating", "mains relay"))


@pytest.fixture
def awaited_encharge(
    rig: Rig, encharges: tuple[Encharge, ...], charged_site: None
) -> Iterator[Encharge]:
    """A battery that was registered anew on an open site and does not come; it is let in afterwards."""
    *_, last = encharges
    zigbee = rig.envoy.zigbee
    last.drop_from_network()
    zigbee.reopen()
    rig.delete([last])
    item = rig.provision_items[last.serial_number]
    zigbee.provision([item])
    yield last
    rig.envoy.ensemble.close_relay()
    zigbee.provision([item])  # its key may have expired
    rig.baseline.restore(only=(f"{last.name}: radio",))
    rig.baseline.restore(
        only=("provisioned devices", "commissioning seal", "communicating", "mains relay")
    )


@pytest.fixture
def lossy_enpower(rig: Rig, enpower: Enpower, site_on_grid: None) -> Iterator[Enpower]:
    """An Enpower that the test may force out of the network; it is let back in afterwards."""
    yield enpower
    rig.baseline.restore(only=(enpower.name, "provisioned devices", "communicating"))


@pytest.fixture
def lost_enpower(envoy: Envoy, wait: Waiting, lossy_enpower: Enpower) -> Enpower:
    """An Enpower that is out of the network and that the gateway shows as lost."""
    lossy_enpower.drop_from_network()
    wait.until(
        lambda: envoy.ensemble.inventory().device(lossy_enpower.serial_number).communicating,
        lambda communicating: not communicating,
        what=f"{lossy_enpower.name}: lost",
        measures="time to be shown as lost",
        within_s=LOST_WITHIN_S,
        every_s=5,
    )
    return lossy_enpower


@pytest.fixture
def without_generator(envoy: Envoy) -> Iterator[None]:
    """A generator, which starts for an island in the dark, is commanded off."""
    mode = envoy.site_settings.gen_mode
    try:
        is_there = mode.document().get("gen_cmd", "off") != "off"
    except NotOffered:
        is_there = False
    with mode.changed({"gen_cmd": "off"}) if is_there else nullcontext():
        yield


@pytest.fixture
def window(envoy: Envoy) -> Iterator[Window]:
    """The window of charge in which the generator runs; put back afterwards."""
    schedule = envoy.site_settings.gen_schedule
    before = schedule.document()
    if not before:
        pytest.skip("the site has no generator")
    soc = envoy.ensemble.secondary_control().enc_agg_soc

    def from_now(start: int, stop: int) -> None:
        ends = {"start_soc": min(98, max(1, soc + start)), "stop_soc": min(99, max(2, soc + stop))}
        schedule.write(before | {"default_soc": ends})

    yield from_now
    schedule.put_back(before)
