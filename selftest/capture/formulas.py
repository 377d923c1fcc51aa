"""What must be equal within the bodies of one gateway, as public captures have shown it."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.files.capture_folder import read_capture

PATHS = (
    "/ivp/ensemble/inventory",
    "/ivp/ensemble/power",
    "/ivp/ensemble/secctrl",
    "/ivp/ensemble/status",
    "/ivp/livedata/status",
    "/ivp/meters/reports",
    "/production.json?details=1",
    "/api/v1/production",
    "/ivp/pdm/energy",
)
BIASES = ("", "_phaseb", "_phasec")
FLOWS = ("pv", "storage", "grid", "generator")
PHASES = ("a", "b", "c")
RELAY_IS_CLOSED = 1 << 8
SUM_OF_LEGS_W = 0.01
SUM_OF_PHASES_MW = 2
"""The sum of the phases is the total within this, for they are rounded one by one."""


@dataclass(frozen=True)
class Equation:
    """A formula on the numbers of one gateway."""

    name: str
    computed: float
    found: float
    within: float = 0.0

    @property
    def holds(self) -> bool:
        return abs(self.computed - self.found) <= self.within


def bodies_of(folder: Path) -> dict[str, Any]:
    """What JSON a capture has at these paths; a refusal is none."""
    found = {}
    for body in read_capture(folder, PATHS):
        if (
            body.path is not None
            and body.status in (200, None)
            and body.text.startswith(("[", "{"))
        ):
            said = json.loads(body.text)
            if not (isinstance(said, dict) and said.keys() & {"err", "error"}):
                found[body.path] = said
    return found


def equations(bodies: Mapping[str, Any]) -> Iterator[Equation]:
    """Every formula that these bodies have the numbers for."""
    controls = [bodies["/ivp/ensemble/secctrl"]] if "/ivp/ensemble/secctrl" in bodies else []
    if "/ivp/ensemble/status" in bodies:
        controls.append(bodies["/ivp/ensemble/status"]["secctrl"])
    for control in controls:
        yield from _of_secondary_control(control)
    if controls and "/ivp/ensemble/inventory" in bodies:
        yield from _of_batteries(controls[0], _batteries(bodies["/ivp/ensemble/inventory"]))
    yield from _of_relays(bodies.get("/ivp/ensemble/inventory", []))
    if (page := bodies.get("/production.json?details=1")) is not None:
        yield from _of_meters("page", page, "eim", "measurementType", "wNow")
    if (reports := bodies.get("/ivp/meters/reports")) is not None:
        lines = [each["cumulative"] | each for each in reports]
        yield from _of_meters("reports", {"": lines}, None, "reportType", "currW")
    if "/ivp/pdm/energy" in bodies and "/api/v1/production" in bodies:
        totals, energy = bodies["/api/v1/production"], bodies["/ivp/pdm/energy"]
        for key, value in energy["production"]["eim"].items():
            yield Equation(f"pdm {key}", value, totals[key])
    if (live := bodies.get("/ivp/livedata/status")) is not None:
        yield from _of_live_data(live["meters"])
        if controls:
            yield from _of_both(live["meters"], controls[0])
        if "/ivp/ensemble/power" in bodies:
            yield _of_power(live["meters"], bodies["/ivp/ensemble/power"]["devices:"])


def _of_meters(
    where: str, groups: Mapping[str, Any], kind: str | None, name: str, power: str
) -> Iterator[Equation]:
    found = {
        each[name]: each
        for group in groups.values()
        for each in group
        if kind is None or each["type"] == kind
    }
    for measures, meter in found.items():
        legs = sum(line[power] for line in meter["lines"])
        yield Equation(f"{where} {measures} legs", legs, meter[power], within=SUM_OF_LEGS_W)
    if {"production", "net-consumption", "total-consumption"} <= found.keys():
        parts = found["production"][power] + found["net-consumption"][power]
        used = found["total-consumption"][power]
        yield Equation(f"{where} total-consumption", parts, used, within=SUM_OF_LEGS_W)


def _batteries(groups: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Capacity in Wh and charge in percent, of those that can be heard."""
    return [
        (device["encharge_capacity"], device["percentFull"])
        for group in groups
        if group.get("type") == "ENCHARGE"
        for device in group["devices"]
        if device["communicating"]
    ]


def _of_relays(groups: list[dict[str, Any]]) -> Iterator[Equation]:
    for group in groups:
        for device in group["devices"] if group.get("type") == "ENPOWER" else ():
            closed = device["mains_oper_state"] == "closed"
            found = bool(device["Enpwr_relay_state_bm"] & RELAY_IS_CLOSED)
            yield Equation("Enpwr_relay_state_bm", closed, found)


def _of_secondary_control(said: Mapping[str, Any]) -> Iterator[Equation]:
    for bias in BIASES:
        hertz = said[f"freq_bias_hz{bias}"]
        radians = math.trunc(2 * math.pi * hertz * 256)
        yield Equation(f"freq_bias_hz_q8{bias}", radians, said[f"freq_bias_hz_q8{bias}"])
        volts = math.trunc(said[f"voltage_bias_v{bias}"] * 32)
        yield Equation(f"voltage_bias_v_q5{bias}", volts, said[f"voltage_bias_v_q5{bias}"])
    capacity_wh = said.get("Max_energy", said["Enc_max_available_capacity"])
    kept_wh = capacity_wh * said["configured_backup_soc"] // 100
    yield Equation("ENC_agg_backup_energy", kept_wh, said["ENC_agg_backup_energy"])


def _of_batteries(said: Mapping[str, Any], found: list[tuple[int, int]]) -> Iterator[Equation]:
    percent_wh = sum(capacity * soc for capacity, soc in found)
    capacity_wh = sum(capacity for capacity, _ in found)
    yield Equation("ENC_agg_avail_energy", percent_wh // 100, said["ENC_agg_avail_energy"])
    soc = percent_wh // capacity_wh if capacity_wh else 0
    yield Equation("ENC_agg_soc", soc, said["ENC_agg_soc"])
    yield Equation("Enc_max_available_capacity", capacity_wh, said["Enc_max_available_capacity"])
    if not said["ACB_agg_energy"]:
        yield Equation("Max_energy", capacity_wh, said["Max_energy"])
        yield Equation("agg_soc", said["ENC_agg_soc"], said["agg_soc"])


def _of_live_data(meters: Mapping[str, Any]) -> Iterator[Equation]:
    load = meters["load"]
    for key in ("agg_p_mw", "agg_s_mva", *(f"agg_p_ph_{phase}_mw" for phase in PHASES)):
        if key in load:
            yield Equation(f"load.{key}", sum(meters[flow][key] for flow in FLOWS), load[key])
    for flow in (*FLOWS, "load"):
        if "agg_p_ph_a_mw" in meters[flow]:
            phases = sum(meters[flow][f"agg_p_ph_{phase}_mw"] for phase in PHASES)
            yield Equation(
                f"{flow}.agg_p_mw", phases, meters[flow]["agg_p_mw"], within=SUM_OF_PHASES_MW
            )


def _of_both(meters: Mapping[str, Any], control: Mapping[str, Any]) -> Iterator[Equation]:
    yield Equation("livedata soc", control["agg_soc"], meters["soc"])
    yield Equation("livedata backup_soc", control["configured_backup_soc"], meters["backup_soc"])
    if "enc_agg_soc" in meters:
        yield Equation("livedata enc_agg_soc", control["ENC_agg_soc"], meters["enc_agg_soc"])
        energy = control["ENC_agg_avail_energy"]
        yield Equation("livedata enc_agg_energy", energy, meters["enc_agg_energy"])


def _of_power(meters: Mapping[str, Any], devices: list[dict[str, Any]]) -> Equation:
    storage = meters["storage"]["agg_p_mw"]
    total = sum(device["real_power_mw"] for device in devices)
    return Equation("ensemble/power", total, storage, within=max(0.02 * abs(storage), 100_000))
