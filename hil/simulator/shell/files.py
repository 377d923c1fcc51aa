"""The files on the simulated gateway that somebody has a use for."""

import json
import re
from collections.abc import Callable, Mapping

from hil.simulator.rest import zigbee
from hil.simulator.rest.messages import Request
from hil.simulator.site import Site
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.identity import Firmware

WIRELESS = "/etc/init.d/wireless"
UPDATE = "/usr/sbin/update_firmware"
"""Programs. How a real gateway is given firmware is public nowhere: name and manner of this one are
made up.
"""

IMAGES = "/var/opt/images"
_IMAGE = re.compile(rf"{IMAGES}/envoy-(\d+(?:\.\d+)+)\.img")


def image_at(site: Site, path: str) -> Firmware | None:
    """The firmware in a file; None where there is no such image."""
    named = _IMAGE.fullmatch(path)
    version = Firmware.parse(named[1]) if named else None
    return version if version in _images(site) else None


def _images(site: Site) -> tuple[Firmware, ...]:
    """What lies on its disk: what it came with, and another where the site has one."""
    other = site.truth.gateway.other_firmware
    return () if other is None else (site.truth.gateway.firmware, other)


def _versions(site: Site) -> bytes:
    """What runs on the gateway and on each of its devices, a line each (layout assumed)."""
    firmware = str(site.gateway.firmware)
    if site.world.has_defect("update-not-in-the-versions-file"):
        firmware = str(site.truth.gateway.firmware)
    if site.world.has_defect("versions-file-is-old"):
        firmware = f"{firmware.partition('.')[0]}.0.0"
    lines = [f"envoy {site.truth.gateway.serial_number} D{firmware}"]
    for serial_number, node in site.nodes.items():
        called = DeviceType(node.truth.device_type).name.lower()
        lines.append(f"{called} {serial_number} {node.app_firmware}")
    return ("\n".join(lines) + "\n").encode()


def _agent_file(site: Site) -> bytes | None:
    """Written by the seal; the REST interface hands it out as it is."""
    if site.provisioning.agent_file is None:
        stays = site.world.has_defect("agent-file-stays-on-disk")
        return b'{"devices": []}' if stays else None
    return zigbee.get_commission(site, Request("GET", "/ivp/zb/commission")).body


def _relaxed_parameters(site: Site) -> bytes | None:
    stored = site.settings.relaxed_parameters
    if stored is None:
        stays = site.world.has_defect("relaxed-file-stays-on-disk")
        return b"{}" if stays else None
    return json.dumps(stored, indent=4, ensure_ascii=False).encode()


def _access_point_flag(site: Site) -> bytes | None:
    return b"" if site.wireless.is_access_point else None


FILES: Mapping[str, Callable[[Site], bytes | None]] = {
    "/etc/emu_versions.txt": _versions,
    "/var/opt/agf/zigbee_agent_cfg.json": _agent_file,
    "/var/opt/agf/mm_profile.json": _relaxed_parameters,
    "/var/run/wifi/EnvoyAP": _access_point_flag,
    WIRELESS: lambda site: b"#!/bin/sh\n",
    UPDATE: lambda site: b"#!/bin/sh\n",
}
"""What each holds; None while it is not there."""


def read(site: Site, path: str) -> bytes | None:
    """What a file holds; None where there is none."""
    if (image := image_at(site, path)) is not None:
        return f"simulated image of D{image}\n".encode()
    held = FILES.get(path)
    return held(site) if held else None


def names_under(site: Site, folder: str) -> list[str] | None:
    """What a folder lists; None where there is no such folder."""
    inside = folder.rstrip("/") + "/"
    every = [*FILES, *(f"{IMAGES}/envoy-{image}.img" for image in _images(site))]
    paths = [path for path in every if path.startswith(inside)]
    if not paths:
        return None
    there = {
        rest.partition("/")[0]
        for path in paths
        if "/" in (rest := path.removeprefix(inside)) or read(site, path) is not None
    }
    return sorted(there)
