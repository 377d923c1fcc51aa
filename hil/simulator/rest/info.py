"""`/info`: what the gateway is, as XML, for anybody."""

from collections.abc import Callable, Mapping
from html import escape

from hil.simulator import generations
from hil.simulator.rest.messages import Answer, Request
from hil.simulator.site import Site
from hil.vocabulary.identity import Firmware

# Name, part number, version, build. Made up but for the names, which are those of 8.2.127.
_PACKAGES = (
    ("rootfs", "500-00001-r01", "02.00.00", "1301"),
    ("kernel", "500-00011-r02", "04.04.301", "0a1b2c"),
    ("boot", "590-00019-r01", "02.00.01", "1b2c3d"),
    ("app", "500-00002-r01", "", "2c3d4e"),
    ("devimg", "500-00004-r01", "01.02.501", "3d4e5f"),
    ("geo", "500-00008-r01", "02.01.30", "4e5f60"),
    ("backbone", "500-00010-r01", "07.00.31", "5f6071"),
    ("meter", "500-00013-r01", "03.02.11", "607182"),
    ("agf", "500-00012-r01", "02.02.02", "718293"),
    ("essimg", "500-00020-r01", "31.14.02", "8293a4"),
    ("security", "500-00016-r01", "02.00.01", "93a4b5"),
    ("pkgsec", "500-00021-r01", "01.00.01", "a4b5c6"),
    ("ffuimg", "500-00022-r01", "01.00.05", "b5c6d7"),
    ("full", "500-00001-r01", "02.00.00", "1301"),
    ("patch", "500-00016-r01", "01.00.00", "9"),
)
_ESS = ("essimg", "security", "pkgsec", "ffuimg")
BUILD_TIME = 1_680_000_000


def info(site: Site, request: Request) -> Answer:
    """Quotes, order and indentation as the site's firmware prints them (captured)."""
    gateway, firmware = site.truth.gateway, site.gateway.firmware
    is_sorted = generations.INFO_IS_SORTED.of(firmware)
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<envoy_info>",
        f"  <time>{int(site.gateway.clock.unix_time)}</time>",
        "  <device>",
        f"    <sn>{gateway.serial_number}</sn>",
        f"    <pn>{escape(gateway.part_number)}</pn>",
        f"    <software>D{firmware}</software>",
        "    <euaid>4c0001</euaid>",
        "    <seqnum>0</seqnum>",
        "    <apiver>1</apiver>",
        "    <imeter>true</imeter>",
        "  </device>",
    ]
    if generations.WEB_TOKENS.of(firmware):
        lines.append("  <web-tokens>true</web-tokens>")
    lines += [
        *_packages(firmware, is_sorted),
        *_build(firmware),
        "</envoy_info>",
        "",
    ]
    text = "\n".join(lines)
    if generations.DOUBLE_QUOTES_IN_INFO.of(firmware):
        text = text.replace("'", '"')
    if is_sorted:
        text = text.replace("  ", "\t")
    return Answer(200, text.encode(), None if is_sorted else "text/xml")


def _packages(firmware: Firmware, is_sorted: bool) -> list[str]:
    version = ".".join(f"{number:02d}" for number in firmware.numbers)
    has_ess = generations.ESS_PACKAGES.of(firmware)
    lines = []
    for name, part_number, package_version, build in sorted(_PACKAGES) if is_sorted else _PACKAGES:
        if has_ess or name not in _ESS:
            lines += [
                f"  <package name='{name}'>",
                f"    <pn>{part_number}</pn>",
                f"    <version>{package_version or version}</version>",
                f"    <build>{build}</build>",
                "  </package>",
            ]
    return lines


def _build(firmware: Firmware) -> list[str]:
    release = [
        "    <release_ver>02.00.4001</release_ver>",
        "    <release_stage>700-GA</release_stage>",
    ]
    return [
        "  <build_info>",
        "    <build_id>made-up-envoy_uber-pkg_master:pkg-simulated</build_id>",
        f"    <build_time_gmt>{BUILD_TIME}</build_time_gmt>",
        *(release if generations.RELEASE_IN_INFO.of(firmware) else []),
        "  </build_info>",
    ]


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/info"): info,
    ("GET", "/info.xml"): info,
}
