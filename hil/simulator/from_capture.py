"""A site that looks like a captured one: its devices, charge, powers, profile and place in time.

What no capture tells is made up (`what_captures_lack.yaml`) and said: keys, radio addresses, and the
records of the grid profile unless the capture is of a simulator. Settings: `captured_settings.py`.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hil.errors import RigFileError
from hil.files.closed_yaml import told
from hil.simulator import captured
from hil.simulator.captured import Captured, number
from hil.simulator.captured_powers import powers_of, rating_w
from hil.simulator.captured_settings import begin_as
from hil.simulator.site import Site
from hil.simulator.site_file import ACTED_BY, SiteFile
from hil.vocabulary.identity import is_serial_number

_FIRST_EID, _NEXT_EID = 1_090_519_312, 256
"""Eids are made of kind and number, alike in all captures."""
_PHASES = {"ph-a": 1, "ph-b": 2, "ph-c": 3, 1: 1, 2: 2, 3: 3}
_MADE_UP_RECORDS = ("fpf", "vrt", "frt", "tpm")


@dataclass(frozen=True)
class Beginning:
    """A site as it is to be built, and what is done to it before its first second."""

    truth: SiteFile
    begin: Callable[[Site], list[str]]
    """Brings settings, contacts and relay to where they were; what it could not do."""
    epoch: int | None
    """UNIX seconds of the capture, by the gateway's clock."""
    made_up: list[str] = field(default_factory=list)
    """What the capture does not tell."""


def beginning_of(folder: Path) -> Beginning:
    """The site of a capture.

    Raises:
        RigFileError: it is no capture, or what stands in it makes no site; says what.
    """
    found = Captured(folder)
    lacking: dict[str, Any] = yaml.safe_load(
        files("hil.simulator").joinpath("what_captures_lack.yaml").read_text("utf-8")
    )
    builder = _Builder(found, lacking)
    try:
        truth = SiteFile.model_validate(builder.site())
    except ValidationError as error:
        said = told(error.errors(include_url=False)[0])
        raise RigFileError(f"{folder}: no site can be made of it: {said}") from None
    except (TypeError, ValueError) as error:  # a text where there has to be a number, and so on
        raise RigFileError(
            f"{folder}: no site can be made of it: {error}; `hil check-capture {folder}` says in "
            "which body something is of another kind than it should be"
        ) from error
    time = found.info("time")
    epoch = int(time) if time.isdecimal() else None
    return Beginning(truth, lambda site: begin_as(site, found), epoch, builder.made_up)


class _Builder:
    """Makes the document of a site file."""

    def __init__(self, found: Captured, lacking: Mapping[str, Any]) -> None:
        self._found, self._lacking = found, lacking
        self._agents = {
            str(each.get("serial_num")): each
            for each in found.objects(captured.AGENT_FILE, "devices")
        }
        self._taken: set[str] = set()
        self.made_up: list[str] = []

    def site(self) -> dict[str, Any]:
        found = self._found
        phases = self._phases()
        encharges = [self._encharge(each) for each in found.devices("ENCHARGE")]
        enpowers = [self._enpower(each) for each in found.devices("ENPOWER")]
        self._say_what_is_made_up(phases)
        return {
            "name": found.folder.name,
            "description": f"as it was captured in {found.folder.name}",
            "wiring": {"phases": phases, "ensemble": self._ensemble(encharges)},
            "gateway": self._gateway(),
            "enpower": enpowers[0] if enpowers else None,
            "encharges": encharges,
            "inverters": self._inverters(),
            "generator": self._generator(),
            "profile": self._profile(phases),
            "previous_profile": self._profile(phases, named=False) | self._lacking["previous"],
            "energy": powers_of(found),
            "grid": self._lacking["grid"][phases],
        }

    def _gateway(self) -> dict[str, Any]:
        found = self._found
        serial = found.info("device/sn")
        version = re.search(r"\d+(?:\.\d+)+", found.info("device/software"))
        agent = found.mapping(captured.AGENT_FILE)
        return {
            "serial_number": _serial(serial),
            "part_number": found.info("device/pn"),
            "firmware": version[0] if version else "",
            "pan_id": _upper(agent.get("pan_id")) or _digest(serial, 4),
            "extended_pan_id": _upper(agent.get("extended_pan_id")) or _digest(serial, 16),
            "channel": agent.get("channel", 20),
        }

    def _node(self, device: Mapping[str, Any], kind: str) -> dict[str, Any]:
        serial = str(device["serial_num"])
        firmware = self._lacking["firmware"]
        agent = self._agents.get(serial, {})
        return {
            "serial_number": self._own(serial),
            "part_number": str(device.get("part_num", "")),
            "app_firmware": str(device.get("img_pnum_running", firmware[kind])),
            "radio_firmware": str(
                device.get("zigbee_dongle_fw_version")
                or device.get("zb_fw_version")
                or firmware["radio"]
            ),
            "radio_bootloader": str(
                device.get("zb_bootloader_vers") or firmware["radio_bootloader"]
            ),
            "mac": _upper(agent.get("mac_addr")) or f"0013A200{_digest(serial, 8)}",
            "link_key": _digest(f"key of {serial}", 32),
        }

    def _own(self, serial: str) -> str:
        """Its serial number; another one where somebody has given two devices the same."""
        own = _serial(serial)
        while own in self._taken:
            own = _serial(f"beside {own}")
        self._taken.add(own)
        return own

    def _enpower(self, device: Mapping[str, Any]) -> dict[str, Any]:
        return self._node(device, "enpower") | _whole("temperature_f", device.get("temperature"))

    def _encharge(self, device: Mapping[str, Any]) -> dict[str, Any]:
        capacity = int(number(device.get("encharge_capacity")))
        rated = self._lacking["rated_power_w"].get(capacity, capacity // 4)
        return {
            **self._node(device, "encharge"),
            "bmu_firmware": str(device.get("bmu_fw_version", self._lacking["firmware"]["bmu"])),
            "revision": int(number(device.get("encharge_rev"), 1)),
            "capacity_wh": capacity,
            "rated_power_w": device.get("encharge_rated_power") or rated,
            "soc_pct": number(device.get("percentFull")),
            "phase": _PHASES.get(device.get("phase", 1), 1),
            "der_index": device.get("der_index", 1),
            **_whole("temperature_c", device.get("temperature")),
        }

    def _inverters(self) -> list[dict[str, Any]]:
        found = self._found
        serials = [
            str(each[key])
            for path, key in (
                (captured.INVERTERS_STATUS, "serial_num"),
                (captured.OLD_INVERTERS_STATUS, "serial_num"),
                (captured.INVERTERS, "serialNumber"),
            )
            for each in found.objects(path)
            if key in each
        ]
        eids, serials = found.eids, list(dict.fromkeys(serials))
        return [
            {
                "serial_number": self._own(serial),
                "eid": eids.get(serial, _FIRST_EID + number * _NEXT_EID),
                "rated_power_w": rating_w(found, inverters=len(serials)),
            }
            for number, serial in enumerate(serials)
        ]

    def _phases(self) -> str:
        """By live data, else by the meters, else by where the batteries are."""
        live = self._found.mapping(captured.LIVE_DATA, "meters")
        if "phase_count" in live:
            return "three-phase" if live["phase_count"] == 3 else "split-phase"
        meters = self._found.objects(captured.METERS)
        is_three = any(each.get("phaseCount") == 3 for each in meters) or any(
            device.get("phase") in ("ph-b", "ph-c", "ph-all", 2, 3)
            for device in self._found.devices("ENCHARGE")
        )
        return "three-phase" if is_three else "split-phase"

    def _ensemble(self, encharges: list[dict[str, Any]]) -> str:
        """2.0 has its batteries behind another relay than the first (the interface page)."""
        return "1.5" if all(each["der_index"] == 1 for each in encharges) else "2.0"

    def _profile(self, phases: str, *, named: bool = True) -> dict[str, Any]:
        found, made_up = self._found, self._lacking["profiles"][phases]
        if not named:
            return dict(made_up)
        told = found.mapping(captured.PROFILE)
        records = found.mapping(captured.PROFILE_RECORDS, "profile")
        profile = {
            **made_up,
            **{key: told[key] for key in ("name", "id", "version", "item_count") if key in told},
            **{key: records[key] for key in _MADE_UP_RECORDS if key in records},
        }
        for key in ACTED_BY:
            if key not in profile["tpm"]:
                profile["tpm"] = {**profile["tpm"], key: made_up["tpm"][key]}
                self.made_up.append(f"{key} of the grid profile: its record tpm is without")
        return profile

    def _generator(self) -> dict[str, Any] | None:
        config = self._found.mapping(captured.GEN_CONFIG)
        if "max_cont_gen_amps" not in config:
            return None
        window = self._found.mapping(captured.GEN_SCHEDULE, "default_soc")
        return {
            "max_cont_gen_amps": float(config["max_cont_gen_amps"]),
            "min_gen_loading_perc": int(config.get("min_gen_loading_perc", 0)),
            "max_gen_efficiency_perc": int(config.get("max_gen_efficiency_perc", 100)),
            "name_plate_rating_kw": float(config.get("name_plate_rating_wat", 0.0)),
            "start_method": str(config.get("start_method", "Auto")).capitalize(),
            "warm_up_mins": int(config.get("warm_up_mins", 0)),
            "cool_down_mins": int(config.get("cool_down_mins", 0)),
            "model": str(config.get("model", "")),
            "manufacturer": str(config.get("manufacturer", "")),
            "start_soc_pct": int(window.get("start_soc", 30)),
            "stop_soc_pct": int(window.get("stop_soc", 70)),
        }

    def _say_what_is_made_up(self, phases: str) -> None:
        found = self._found
        self.made_up.append("link keys: no capture has them")
        if not found.has(captured.AGENT_FILE):
            self.made_up.append("radio addresses, PAN and channel: the agent's file is not there")
        if not found.has(captured.PROFILE):
            self.made_up.append(f"grid profile: none is named; one for a {phases} site is taken")
        elif not set(_MADE_UP_RECORDS) <= found.mapping(captured.PROFILE_RECORDS, "profile").keys():
            self.made_up.append("records of the grid profile: only its name is known")
        if found.generator_runs and not found.has(captured.GEN_MODE):
            self.made_up.append("mode of the generator: it runs, so it is taken to be commanded on")
        if not found.has(captured.INVENTORY):
            self.made_up.append("no battery and no system switch: there is no inventory")
        for group in found.objects(captured.INVENTORY):
            if (kind := group.get("type", "")) not in ("ENCHARGE", "ENPOWER", ""):
                self.made_up.append(f"{kind}: the simulator has no such device, it is left out")


def _serial(text: str) -> str:
    """The serial number; of one that somebody has made unrecognisable, twelve digits that stay."""
    if is_serial_number(text):
        return text
    return f"98{int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**10:010}"


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits].upper()


def _upper(value: object) -> str:
    """Hexadecimal digits in upper case, as site files have them; empty for anything else."""
    text = str(value or "").upper()
    return text if re.fullmatch(r"[0-9A-F]+", text) else ""


def _whole(name: str, value: object) -> dict[str, int]:
    """A temperature, where it is one: gateways say "unknown" after a restart."""
    return {name: value} if isinstance(value, int) else {}
