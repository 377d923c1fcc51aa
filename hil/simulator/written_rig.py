"""The rig file of a running simulator: what a bench engineer would write for this site.

Written here in the simulator's own words (rigs/README.md is the contract), never through the code
that reads rig files.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from hil.simulator.attenuator import MOST_DB
from hil.simulator.power_switch import HOSTNAME, RAPID_SHUTDOWN
from hil.simulator.rest.control_settings import HIGH_BACKUP_SOC
from hil.simulator.site_file import EnchargeTruth, EnpowerTruth, SiteFile

_SAFE_WITHIN_S, _SAFE_PER_DEVICE_S = 900.0, 60.0
"""Rig seconds to put the rig back: what a rig file has by itself, and what a device may take to be
given its grid profile again, one after the other."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """Where the bench's own instruments are: docs/wires/instruments.md."""

    power_switch_url: str
    outlets: Mapping[str, int]
    """Port by what hangs on it: a serial number, or the loop of the rapid shutdown."""
    ac_source: str
    attenuator: str
    channels: Mapping[str, int]
    """Number by the serial number of the device whose antenna hangs there."""
    weak_db: float
    """With so much 30 % of what is sent is lost."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs to be let in; nothing: everybody is."""

    certificate_sha256: str | None = None
    digest: tuple[str, str] | None = field(default=None, repr=False)
    """User and password."""
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By role. The first one is the rig's."""
    ended_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WrittenShell:
    """How to get on the gateway's shell: over SSH, and on its serial console."""

    address: str
    user: str
    password: str = field(repr=False)
    host_key: str
    """The fingerprint."""
    port: str
    """Its console's device file or URL."""


def write_rig(
    path: Path,
    truth: SiteFile,
    *,
    url: str,
    ports: Mapping[str, str],
    clock: Mapping[str, object],
    credentials: Credentials,
    shell: WrittenShell,
    without_lan: bool = False,
    serial_shell: bool = False,
    instruments: Instruments | None = None,
) -> None:
    """Write `path`, and link keys, tokens and passwords as files of their own in `<stem>.keys/`
    beside it.

    `ports` is the device file or URL of each console by serial number; with `serial_shell` the gateway's
    shell is reached on its console. The rig file appears at once and
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
            "auth": "none" if without_lan else _auth(credentials, secret),
            "high_backup_soc_path": HIGH_BACKUP_SOC,
            **({} if without_lan else _other_tokens(credentials, secret)),
            **(
                {"certificate_sha256": credentials.certificate_sha256}
                if credentials.certificate_sha256 and not without_lan
                else {}
            ),
            "shell": _shell(shell, secret, is_serial=serial_shell),
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
        "debug_endpoints": True,
        **({"firmware_update": truth.images.model_dump()} if truth.images else {}),
        **_gateway_update(truth),
        "clock": dict(clock),
    }
    devices = len(truth.nodes) + len(truth.inverters)
    if devices * _SAFE_PER_DEVICE_S > _SAFE_WITHIN_S:
        document["safe_within_s"] = devices * _SAFE_PER_DEVICE_S
    if instruments is not None:
        document["instruments"] = {
            "power_switch": {
                "url": instruments.power_switch_url,
                "outlets": {
                    serial: {"hostname": HOSTNAME, "port": port}
                    for serial, port in instruments.outlets.items()
                    if serial != RAPID_SHUTDOWN
                },
                **(
                    {
                        "rapid_shutdown": {
                            "hostname": HOSTNAME,
                            "port": instruments.outlets[RAPID_SHUTDOWN],
                        }
                    }
                    if RAPID_SHUTDOWN in instruments.outlets
                    else {}
                ),
            },
            "ac_source": {
                "address": instruments.ac_source,
                "nominal_v": truth.grid.nominal_v,
                "nominal_hz": truth.grid.nominal_hz,
            },
            "attenuator": {
                "address": instruments.attenuator,
                "channels": dict(instruments.channels),
                "in_reach_db": 0.0,
                "weak_db": instruments.weak_db,
                "out_of_reach_db": MOST_DB,
            },
        }
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    unfinished.replace(path)


def _gateway_update(truth: SiteFile) -> dict[str, object]:
    """The words of the simulated shell, that put in what lies on the gateway's disk."""
    other = truth.gateway.other_firmware
    if other is None:
        return {}

    def command(version: object) -> str:
        return f"/usr/sbin/update_firmware /var/opt/images/envoy-{version}.img"

    return {
        "gateway_update": {
            "firmware": str(other),
            "install": command(other),
            "put_back": command(truth.gateway.firmware),
        }
    }


def _shell(
    shell: WrittenShell, secret: Callable[[str, str], dict[str, str]], *, is_serial: bool
) -> object:
    password = secret("shell.password", shell.password)
    if is_serial:
        console = {"port": shell.port, "baud": 115200}
        return {"serial": {"console": console, "user": shell.user, "password": password}}
    return {
        "ssh": {
            "address": shell.address,
            "user": shell.user,
            "password": password,
            "host_key": shell.host_key,
        }
    }


def _auth(credentials: Credentials, secret: Callable[[str, str], dict[str, str]]) -> object:
    if credentials.digest is not None:
        user, password = credentials.digest
        return {"digest": {"user": user, "password": secret(f"{user}.password", password)}}
    for role, token in credentials.tokens.items():
        return {"bearer": secret(f"{role}.token", token)}
    return "none"


def _other_tokens(
    credentials: Credentials, secret: Callable[[str, str], dict[str, str]]
) -> dict[str, object]:
    """For tests that show them to be refused."""
    named = {"weaker": credentials.tokens.get("owner"), "ended": credentials.ended_token}
    written = {name: secret(f"{name}.token", token) for name, token in named.items() if token}
    return {"other_tokens": written} if written else {}
