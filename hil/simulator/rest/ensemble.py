"""`/ivp/ensemble`: the inventory, the relay, and the status that holds everything at once."""

from collections.abc import Callable, Mapping

from hil.simulator import generations
from hil.simulator.generations import Feature, Keys, trimmed
from hil.simulator.grid_profile import TargetState
from hil.simulator.polling import NodeView
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.rest.secondary_control import override_biases, secondary_control
from hil.simulator.rest.submodules import encharge_boards, enpower_boards
from hil.simulator.site import Site
from hil.simulator.site_file import EnchargeTruth, EnpowerTruth, NodeTruth
from hil.vocabulary.devices import BatteryLight
from hil.vocabulary.grid import GridMode, MainsState

_FULL_BARS = 5

UNSAID: Mapping[str, tuple[str, ...]] = {
    "places-unsaid": ("phase", "der_index"),
    "lowest-charge-unsaid": ("VLS_Limit",),
    "third-relay-unsaid": ("der3_state",),
    "old-keys-unsaid": ("operating", "zigbee_dongle_fw_version"),
}
"""By defect: the keys that its firmware leaves out."""


def inventory(site: Site, request: Request) -> Answer:
    """The Encharges, then the Enpower, as far as they are provisioned; `[]` without any."""
    listed = site.network.inventory
    encharges = [
        _encharge(site, encharge, site.network.view(encharge.serial_number))
        for encharge in site.truth.encharges
        if encharge.serial_number in listed
    ]
    enpower = site.truth.enpower
    groups: list[dict[str, object]] = []
    if encharges:
        groups.append({"type": "ENCHARGE", "devices": encharges})
    if enpower is not None and enpower.serial_number in listed:
        device = _enpower(site, enpower, site.network.view(enpower.serial_number))
        groups.append({"type": "ENPOWER", "isMidDevice": True, "devices": [device]})
    return _said(site, groups, generations.INVENTORY)


def status(site: Site, request: Request) -> Answer:
    """Inventory with sub-modules, secondary control and relay in one object.

    Source of the keys: captures of 7.3 to 8.3.5433.
    """
    listed = site.network.inventory
    truth = site.truth
    devices: dict[str, object] = {}
    if truth.enpower is not None and truth.enpower.serial_number in listed:
        devices[truth.enpower.serial_number] = _enpower_status(site, truth.enpower)
    for encharge in truth.encharges:
        if encharge.serial_number in listed:
            devices[encharge.serial_number] = _encharge_status(site, encharge)
    body = {
        "inventory": {"serial_nums": devices},
        "counters": _counters(site),
        "secctrl": secondary_control(site),
        "relay": _relay(site),
        "profile": {"message": "Obsolete API, please use ivp/arf/profile"},
        "fakeit": {"fake_inventory_mode": False},
    }
    return _said(site, body, generations.STATUS)


def _said(site: Site, body: object, keys: Keys) -> Answer:
    """`body` as this firmware says it."""
    never = Feature(until="0.0")
    unsaid = {
        name: never
        for defect, names in UNSAID.items()
        if site.world.has_defect(defect)
        for name in names
    }
    return document(trimmed(body, {**keys, **unsaid}, site.gateway.firmware))


def _counters(site: Site) -> dict[str, int]:
    """How often it was asked what, so that a client can see its own requests arrive."""
    counted = {
        "rest_RelayGet": ("GET", "/ivp/ensemble/relay"),
        "rest_RelayPost": ("POST", "/ivp/ensemble/relay"),
        "rest_StatusGet": ("GET", "/ivp/ensemble/status"),
        "rest_InventoryGet": ("GET", "/ivp/ensemble/inventory"),
        "rest_Power": ("GET", "/ivp/ensemble/power"),
        "rest_SecCtrlGet": ("GET", "/ivp/ensemble/secctrl"),
        "rest_SubmodGet": ("GET", "/ivp/ensemble/submod"),
    }
    return {name: site.rest_hits[asked] for name, asked in counted.items()}


def secctrl(site: Site, request: Request) -> Answer:
    """Secondary control by itself."""
    body = secondary_control(site)
    return _said(site, body, generations.SECONDARY_CONTROL)


def secctrl_post(site: Site, request: Request) -> Answer:
    """Override the biases for a moment."""
    try:
        override_biases(site, object_in(request))
    except ValueError as error:
        return refusal(400, str(error))
    return secctrl(site, request)


def relay_get(site: Site, request: Request) -> Answer:
    """The relay; keeps its last word while the Enpower is away (public capture)."""
    return _said(site, _relay(site), generations.RELAY)


def relay_post(site: Site, request: Request) -> Answer:
    """Command the mains relay; 504 where no Enpower hears it, 200 where no battery does (assumed)."""
    try:
        word = object_in(request).get("mains_admin_state")
        if word not in (MainsState.OPEN, MainsState.CLOSED):
            raise ValueError("mains_admin_state is open or closed")
    except ValueError as error:
        return refusal(400, str(error))
    if not site.relay.command(MainsState(str(word))):
        return refusal(504, "no answer from the Enpower")
    return relay_get(site, request)


RELAY_COMMAND = ("POST", "/ivp/ensemble/relay")


def reaches_nobody(site: Site) -> bool:
    """Whether a command for the relay will run into its time-out."""
    return site.relay.is_there and not site.relay.is_reachable


def _relay(site: Site) -> dict[str, object]:
    relay, heard = site.relay, site.relay_report.last
    first, second = site.settings.der.states if relay.is_there else (0, 0)
    if site.rapid_shutdown.is_active:
        first, second = 0, 0
    if relay.is_there and site.world.has_defect("der-states-ignore-settings"):
        first, second = 1, 1
    if heard.oper.is_open and site.world.has_defect("battery-relay-opens-too"):
        first = 1 - first
    return {
        "mains_admin_state": relay.admin,
        "mains_oper_state": heard.oper,
        "srt12_state": "open",
        "srt13_state": "open",
        "der1_state": first,
        "der2_state": second,
        "der3_state": 0,
        "user_commanded_offgrid_vls_offset": (
            site.world.assumptions.relay.user_commanded_offgrid_vls_offset
        ),
        "Enchg_grid_mode": heard.grid_mode,
        # Unknown where there is no system switch (public capture).
        "Solar_grid_mode": heard.grid_mode if relay.is_there else GridMode.UNKNOWN,
    }


def _encharge(site: Site, truth: EnchargeTruth, view: NodeView) -> dict[str, object]:
    battery = site.energy.batteries[truth.serial_number]
    in_fahrenheit = 32 + truth.temperature_c * 9 // 5
    world, known = site.world, site.gateway.knows_temperatures
    in_f = world.has_defect("battery-temperature-in-fahrenheit")
    cell_in_f = world.has_defect("cell-temperature-in-fahrenheit")
    return {
        **_head(site, truth, view),
        "admin_state": 6,
        "admin_state_str": "ENCHG_STATE_READY",
        **_dates(site),
        "img_pnum_running": site.nodes[truth.serial_number].app_firmware,
        "bmu_fw_version": truth.bmu_firmware,
        "bmu_ibl_fw_version": "",
        "communicating": view.communicating,
        "sleep_enabled": False,
        "percentFull": battery.reported_soc_pct,
        "temperature": (in_fahrenheit if in_f else truth.temperature_c) if known else "unknown",
        "maxCellTemp": (in_fahrenheit if cell_in_f else truth.temperature_c)
        if known
        else "unknown",
        # Not a grid indicator: captures read grid-tied in an island too.
        "reported_enc_grid_state": GridMode.GRID_TIED,
        **_signal(site, view),
        "led_status": _led(
            0 if site.world.has_defect("light-shows-the-charge-only") else battery.reported_mw,
            battery.reported_soc_pct,
        ),
        "dc_switch_off": False,
        "encharge_rev": truth.revision,
        "encharge_capacity": truth.capacity_wh,
        **_place(site, truth),
    }


def _enpower(site: Site, truth: EnpowerTruth, view: NodeView) -> dict[str, object]:
    heard = site.relay_report.last
    admin_state, admin_state_str, state_id = heard.admin_state
    if site.world.has_defect("state-number-of-another-word"):
        admin_state = 21
    # The Enpower's own mode knows no generator (public capture).
    is_fed = heard.grid_mode is GridMode.GENERATOR
    return {
        **_head(site, truth, view),
        "admin_state": admin_state,
        "admin_state_str": admin_state_str,
        **_dates(site),
        "img_pnum_running": site.nodes[truth.serial_number].app_firmware,
        "communicating": view.communicating,
        "temperature": (
            (truth.temperature_f - 32) * 5 // 9
            if site.world.has_defect("switch-temperature-in-celsius")
            else truth.temperature_f
        ),
        **_signal(site, view),
        "mains_admin_state": site.relay.admin,
        "mains_oper_state": heard.oper,
        "Enpwr_grid_mode": GridMode.ON_GRID if is_fed else heard.grid_mode,
        "Enchg_grid_mode": heard.grid_mode,
        "Enpwr_relay_state_bm": heard.state_bitmask,
        "Enpwr_curr_state_id": state_id,
    }


def _head(site: Site, truth: NodeTruth, view: NodeView) -> dict[str, object]:
    is_well = view.communicating or site.world.has_defect("lost-reads-well")
    well = "envoy.global.ok" if is_well else "envoy.cond_flags.obs_strs.failure"
    target = site.profile.targets[truth.serial_number]
    done = "prop.done" if target.state is TargetState.APPLIED else "prop.not.done"
    return {
        "part_num": truth.part_number,
        "serial_num": truth.serial_number,
        "installed": _commissioned_unix(site),
        "device_status": [well, done],
        "last_rpt_date": view.last_report_unix,
        "operating": view.communicating,
        "zigbee_dongle_fw_version": truth.radio_firmware,
    }


def _signal(site: Site, view: NodeView) -> dict[str, object]:
    """Bars; a device that communicates without being in the Zigbee network does so by its other radio."""
    if site.world.has_defect("signal-outlives-the-link"):
        return {"comm_level_sub_ghz": _FULL_BARS, "comm_level_2_4_ghz": _FULL_BARS}
    full = 100 if site.world.has_defect("signal-counts-percent") else _FULL_BARS
    bars = full if view.communicating else 0
    other_bars = full if site.world.has_defect("other-signal-outlives-the-link") else bars
    is_double = site.nodes[view.serial_number].path.is_double
    zigbee_bars = 0 if is_double and not view.joined else bars
    return {"comm_level_sub_ghz": other_bars, "comm_level_2_4_ghz": zigbee_bars}


def _dates(site: Site) -> dict[str, object]:
    # Identical to `installed` in every capture.
    return {"created_date": _commissioned_unix(site), "img_load_date": _commissioned_unix(site)}


def _commissioned_unix(site: Site) -> int:
    # A gateway that restarts writes these dates anew, for every device (two public captures).
    booted = site.gateway.booted_unix
    return site.commissioned_unix if booted is None else booted


def _place(site: Site, truth: EnchargeTruth) -> dict[str, object]:
    """Where the battery was said to be when it was provisioned; else where it is."""
    record = site.provisioning.records.get(truth.serial_number)
    phase = (record and record.phase) or truth.phase
    installed = (record and record.der_index) or truth.der_index
    der_index = installed
    if site.truth.wiring.phases == "split-phase" and site.relay.is_there:
        der_index = site.settings.der.battery_index(installed)
    return {"phase": f"ph-{'abc'[phase - 1]}", "der_index": der_index}


def _led(storage_mw: int, soc_pct: int) -> int:
    """`led_status`: 12 charging, 13 discharging, idle by level. Source: inferred from captures."""
    if storage_mw:
        return BatteryLight.CHARGING if storage_mw < 0 else BatteryLight.DISCHARGING
    return next(
        led for led, from_pct in ((14, 85), (15, 50), (16, 20), (17, 0)) if soc_pct >= from_pct
    )


def _enpower_status(site: Site, truth: EnpowerTruth) -> dict[str, object]:
    admin_state, admin_state_str, _ = site.relay_report.last.admin_state
    boards = enpower_boards(truth, site.nodes[truth.serial_number].app_firmware)
    return {
        "device_type": truth.device_type,
        "com_interface_str": "ZigBee",
        "device_id": truth.serial_number,
        "admin_state": admin_state,
        "admin_state_str": admin_state_str,
        "msg_retry_count": site.network.view(truth.serial_number).retries,
        "part_number": truth.part_number,
        "assembly_number": "880-00376-r30",
        **_radio(truth),
        "app_fw_version": site.nodes[truth.serial_number].app_firmware,
        "ibl_fw_version": "1.3.413",
        "swift_asic_fw_version": "",
        "bmu_fw_version": "",
        "submodule_count": len(boards),
        "submodules": boards,
    }


def _encharge_status(site: Site, truth: EnchargeTruth) -> dict[str, object]:
    boards = encharge_boards(truth, site.nodes[truth.serial_number].app_firmware)
    is_otherwise = site.world.has_defect("status-names-another-state")
    return {
        "device_type": truth.device_type,
        "com_interface_str": "ZigBee",
        "device_id": truth.serial_number,
        "admin_state": 43 if is_otherwise else 6,
        "admin_state_str": "ENS_DEVICE_STATE_READY" if is_otherwise else "ENCHG_STATE_READY",
        "reported_grid_mode": site.relay.grid_mode,
        **_place(site, truth),
        **_phase_of_the_status(site, truth),
        "encharge_revision": truth.revision,
        "encharge_capacity": truth.capacity_wh,
        "encharge_rated_power": truth.rated_power_w,
        "reported_enc_grid_state": GridMode.GRID_TIED,
        "msg_retry_count": site.network.view(truth.serial_number).retries,
        "part_number": truth.part_number,
        "assembly_number": "892-00021-r10",
        **_radio(truth),
        "app_fw_version": site.nodes[truth.serial_number].app_firmware,
        "ibl_fw_version": "1.3.400",
        "swift_asic_fw_version": "001.002.1.7.1",
        "bmu_fw_version": truth.bmu_firmware,
        "submodule_count": len(boards),
        "submodules": boards,
    }


def _radio(truth: NodeTruth) -> dict[str, str]:
    return {"zb_fw_version": truth.radio_firmware, "zb_bootloader_vers": truth.radio_bootloader}


def _phase_of_the_status(site: Site, truth: EnchargeTruth) -> dict[str, object]:
    """A number before firmware 8, where the inventory has no phase at all (public captures)."""
    if generations.PHASE_IS_A_WORD.of(site.gateway.firmware):
        return {}
    record = site.provisioning.records.get(truth.serial_number)
    return {"phase": (record and record.phase) or truth.phase}


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/ensemble/inventory"): inventory,
    ("GET", "/ivp/ensemble/status"): status,
    ("GET", "/ivp/ensemble/secctrl"): secctrl,
    ("POST", "/ivp/ensemble/secctrl"): secctrl_post,
    ("GET", "/ivp/ensemble/relay"): relay_get,
    RELAY_COMMAND: relay_post,
}
