"""The rig file of a running simulator: what a bench engineer would write for this site.

Written here in the simulator's own words (rigs/README.md is the contract), never through the code
that reads rig files.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from hil.simulator.power_switch import HOSTNAME
from hil.simulator.site_file import EnchargeTruth, EnpowerTruth, SiteFile


@dataclass(frozen=True, slots=True)
class Instruments:
    """Where the bench's own instruments are: docs/wires/instruments.md."""

    power_switch_url: str
    outlets: Mapping[str, int]
    """Port by the serial number of what hangs on it."""
    ac_source: str


@dataclass(frozen=True, slots=True)
class WrittenShell:
    """How to get on the gateway's shell."""

    address: str
    user: str
    password: str = field(repr=False)
    host_key: str
    """The fingerprint."""


def write_rig(
    path: Path,
    truth: SiteFile,
    *,
    url: str,
    ports: Mapping[str, str],
    clock: Mapping[str, object],
    shell: WrittenShell,
    without_lan: bool = False,
    instruments: Instruments | None = None,
) -> None:
    """Write `path`, and link keys and passwords as files of their own in `<stem>.keys/` beside it.

    `ports` is the device file or URL of each console by serial number. The rig file appears at once and
    complete, so a waiting program may look for it.
    """
    keys = path.parent / f"{path.stem}.keys"
    keys.mkdir(parents=True, exist_ok=True)
    keys.chmod(0o700)

    def secret(name: str, value: str) -> dict[str, str]:
        file = keys / name
        file.touch(mode=0o600)
        file.chmod(0o600)  # also one that was there
        file.write_text(value, encoding="ascii")
        return {"file": f"{keys.name}/{name}"}

    def device(node: EnpowerTruth | EnchargeTruth) -> dict[str, object]:
        return {
            "serial_number": node.serial_number,
            "console": {"port": ports[node.serial_number], "baud": 115200},
            "zigbee_mac": node.mac,
            "link_key": secret(node.serial_number, node.link_key),
        }

    document: dict[str, object] = {
        "name": path.stem,
        "description": f"simulated: {truth.description}",
        "envoy": {
            "url": "shell" if without_lan else url,
            "serial_number": truth.gateway.serial_number,
            "auth": "none",
            "shell": {
                "ssh": {
                    "address": shell.address,
                    "user": shell.user,
                    "password": secret("shell.password", shell.password),
                    "host_key": shell.host_key,
                }
            },
            "clock_within_s": None,
        },
        "site": {"phases": truth.wiring.phases, "ensemble": truth.wiring.ensemble},
        **({"enpower": device(truth.enpower)} if truth.enpower else {}),
        "encharges": [
            device(encharge) | {"phase": encharge.phase, "der_index": encharge.der_index}
            for encharge in truth.encharges
        ],
        "inverters": [
            {"serial_number": inverter.serial_number, "eid": inverter.eid}
            for inverter in truth.inverters
        ],
        "expected": {
            "firmware": str(truth.gateway.firmware),
            "grid_profile": {"name": truth.profile.name, "version": truth.profile.version},
        },
        "second_grid_profile": {
            "name": truth.previous_profile.name,
            "version": truth.previous_profile.version,
        },
        **({"firmware_update": truth.images.model_dump()} if truth.images else {}),
        "clock": dict(clock),
    }
    if instruments is not None:
        document["instruments"] = {
            "power_switch": {
                "url": instruments.power_switch_url,
                "outlets": {
                    serial: {"hostname": HOSTNAME, "port": port}
                    for serial, port in instruments.outlets.items()
                },
            },
            "ac_source": {
                "address": instruments.ac_source,
                "nominal_v": truth.grid.nominal_v,
                "nominal_hz": truth.grid.nominal_hz,
            },
        }
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    unfinished.replace(path)
