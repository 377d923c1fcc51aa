"""What pyenphase reads of a simulated gateway is what the site is, on every generation that it supports."""

from collections.abc import Iterator

import pytest
from pyenphase import Envoy, EnvoyData
from pyenphase.models.home import EnvoyInterfaceInformation

from hil.simulator.battery import NJ_PER_WH
from hil.simulator.process import Running
from hil.simulator.site import Site
from hil.simulator.site_file import Access
from selftest.clients.pyenphase_client import GENERATIONS, credentials, using
from selftest.simulator.access.asking import gateway, let_rig_time_pass

PV_W, LOAD_W = 734, 4_100
"""More than the batteries can carry, so that the grid gives as well."""
NOT_LATER_WH = 3.0
"""What may have flowed since a view was read, some seconds ago."""
LIVED_S = 4_000.0
"""Until every inverter has reported twice of that sun."""


class Read:
    """Once read, and the site that it was read from."""

    def __init__(self, running: Running, firmware: str) -> None:
        self.firmware, self.site = firmware, running.simulation.site
        self.client, self.data, self.interface = using(running, _read, credentials(running))


async def _read(client: Envoy) -> tuple[Envoy, EnvoyData, EnvoyInterfaceInformation | None]:
    interface = await client.interface_settings()  # a slow page, so before what moves
    return client, await client.update(), interface


@pytest.fixture(scope="module", params=GENERATIONS, ids=lambda each: f"{each[0]}-{each[1]}")
def read(request: pytest.FixtureRequest) -> Iterator[Read]:
    firmware, access = request.param
    with gateway(firmware, access, "split-phase-generator") as running:
        running.simulation.site.energy.set_charge(80)
        running.simulation.site.energy.ask(pv_w=PV_W, load_w=LOAD_W)
        let_rig_time_pass(running, LIVED_S)
        yield Read(running, firmware)


def has_ensemble(read: Read) -> bool:
    return not read.firmware.startswith("5.")


def flows_w(site: Site) -> dict[str, float]:
    flows = site.energy.flows
    return {name: getattr(flows, f"{name}_mw") / 1000 for name in ("pv", "storage", "grid")}


def lived_wh(site: Site, flow: str) -> float:
    """What has flowed since the site was built: the account of the physics, no counter of a view."""
    site.energy.live()
    return site.energy.account_nj[f"{flow}_mw"] / NJ_PER_WH


def test_who_it_is(read: Read) -> None:
    gateway = read.site.truth.gateway
    assert read.client.serial_number == gateway.serial_number
    assert read.client.part_number == gateway.part_number
    assert str(read.client.firmware) == read.firmware
    assert read.client.phase_count == 2
    assert read.interface is not None
    assert (read.interface.primary_interface, read.interface.dhcp) == ("eth0", True)


def test_production_and_consumption(read: Read) -> None:
    watts = flows_w(read.site)
    assert (watts["pv"], watts["grid"] > 500) == (PV_W, True)
    made, used, net = (
        read.data.system_production,
        read.data.system_consumption,
        read.data.system_net_consumption,
    )
    assert made is not None
    assert used is not None
    assert net is not None
    assert made.watts_now == PV_W
    assert net.watts_now == round(watts["grid"])
    # As every captured gateway with batteries: what they give or take is not in it.
    assert used.watts_now == round(watts["pv"] + watts["grid"])
    for flow, read_wh in (("pv", made.watt_hours_lifetime), ("grid", net.watt_hours_lifetime)):
        assert read_wh == pytest.approx(lived_wh(read.site, flow), abs=NOT_LATER_WH)
    assert made.watt_hours_today == made.watt_hours_lifetime
    phases = read.data.system_production_phases
    assert phases is not None
    assert sum(each.watts_now for each in phases.values() if each) == PV_W


def test_meters(read: Read) -> None:
    watts, site = flows_w(read.site), read.site
    for kind, flow in (("production", "pv"), ("net-consumption", "grid")):
        meter = read.data.ctmeters[kind]
        assert meter is not None
        assert meter.active_power == round(watts[flow])
        assert meter.energy_delivered - meter.energy_received == pytest.approx(
            lived_wh(site, flow), abs=NOT_LATER_WH
        )
        assert meter.voltage == 2 * site.grid.nominal_v
        assert meter.frequency == site.grid.nominal_hz
        assert site.meters[int(meter.eid)].measures == kind


def test_inverters(read: Read) -> None:
    inverters = read.site.energy._inverters.by_serial_number
    assert set(read.data.inverters) == set(inverters)
    for serial, inverter in inverters.items():
        seen = read.data.inverters[serial]
        assert seen.last_report_watts == inverter.power_mw // 1000 == PV_W // 4
        assert seen.max_report_watts == 225  # of the sun before
        assert 0 <= read.site.world.unix_time - seen.last_report_date <= 900
        if seen.lifetime_energy is not None:  # from 8.2.4 on
            since_wh = (read.site.world.unix_time - seen.last_report_date) * PV_W / 4 / 3600
            made_wh = inverter.produced_nj / NJ_PER_WH - since_wh
            assert seen.lifetime_energy == pytest.approx(made_wh, abs=1.5)


def test_batteries(read: Read) -> None:
    if not has_ensemble(read):
        assert read.data.encharge_inventory is None
        return
    batteries, truths = read.site.energy.batteries, read.site.truth.encharges
    assert read.data.encharge_inventory is not None
    assert read.data.encharge_power is not None
    assert read.data.encharge_aggregate is not None
    assert set(read.data.encharge_inventory) == set(batteries)
    for truth in truths:
        battery, seen = (
            batteries[truth.serial_number],
            read.data.encharge_inventory[truth.serial_number],
        )
        power = read.data.encharge_power[truth.serial_number]
        assert seen.encharge_capacity == truth.capacity_wh
        assert seen.firmware_version == truth.app_firmware
        assert seen.communicating
        assert seen.percent_full == power.soc == battery.reported_soc_pct
        # Cut to whole percent, and five minutes old at most.
        assert battery.soc_pct - 1 <= seen.percent_full <= battery.soc_pct + 5
        assert power.real_power_mw == battery.power_mw // 1000 * 1000 > 0
    aggregate = read.data.encharge_aggregate
    charge_wh = sum(each.capacity_wh * each.reported_soc_pct for each in batteries.values()) // 100
    assert aggregate.available_energy == charge_wh
    assert aggregate.max_available_capacity == sum(each.capacity_wh for each in truths)
    assert aggregate.configured_reserve_state_of_charge == read.site.energy.reserve_pct


def test_the_system_switch_and_its_contacts(read: Read) -> None:
    if not has_ensemble(read):
        assert read.data.enpower is None
        return
    truth, site = read.site.truth.enpower, read.site
    assert truth is not None
    assert read.data.enpower is not None
    assert read.data.enpower.serial_number == truth.serial_number
    assert read.data.enpower.mains_oper_state == read.data.enpower.mains_admin_state == "closed"
    assert not site.relay.is_open
    assert {name: each.status for name, each in read.data.dry_contact_status.items()} == dict(
        site.contacts.states
    )
    for name, use in site.settings.contacts.items():
        seen = read.data.dry_contact_settings[name]
        assert (seen.type, seen.mode, seen.soc_low) == (use.type, use.mode, use.soc_low)


def test_generator_and_tariff(read: Read) -> None:
    settings = read.site.settings
    if has_ensemble(read):
        assert read.data.generator_config is not None
        assert read.data.generator_mode is not None
        assert settings.gen_config is not None
        assert settings.gen_mode is not None
        assert read.data.generator_config.model == settings.gen_config.model
        assert read.data.generator_mode.gen_cmd == settings.gen_mode.gen_cmd
    assert read.data.tariff is not None
    storage = read.data.tariff.storage_settings
    if read.firmware[0] in "56":
        assert storage is None
        return
    assert storage is not None
    assert storage.mode == settings.tariff.storage_settings.mode
    assert storage.reserved_soc == settings.tariff.storage_settings.reserved_soc


def test_a_three_phase_site_is_read_phase_by_phase() -> None:
    with gateway("8.3.5433", Access.TOKEN, "three-phase-emea") as running:
        running.simulation.site.energy.ask(pv_w=PV_W, load_w=LOAD_W)
        let_rig_time_pass(running, 60.0)
        read = Read(running, "8.3.5433")
    assert (read.client.phase_count, read.client.active_phase_count) == (3, 3)
    grid = read.data.system_net_consumption_phases
    assert grid is not None
    seen_w = [each.watts_now for each in grid.values() if each is not None]
    assert len(seen_w) == 3
    assert sum(seen_w) == pytest.approx(flows_w(read.site)["grid"], abs=2)
