"""The simulated bodies have the shapes of real ones: same keys, same JSON types, device by device.

Real bodies hold real serial numbers and stay outside the project; HIL_REAL_DUMPS names the folder.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Request
from hil.simulator.rest.router import answer
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site

SITES = Path(__file__).parents[2] / "sites"
TRUTH = load_site(SITES / "split-phase.yaml")
WITH_GENERATOR = load_site(SITES / "split-phase-generator.yaml")
SERIAL = re.compile(r"\d{12}")

SIMULATED = "8.2.127_with_generator_running"
"""The capture of the firmware that is simulated: two Zigbee devices, generator running."""

IDLE_GENERATOR = "8.3.5169_with_generator"
"""The one capture with a generator's command."""

CASES = (
    # endpoint, capture, part of it
    ("/ivp/ensemble/inventory", f"{SIMULATED}/ivp_ensemble_inventory", None),
    ("/ivp/ensemble/status", f"{SIMULATED}/ivp_ensemble_status", None),
    ("/ivp/ensemble/secctrl", f"{SIMULATED}/ivp_ensemble_secctrl", None),
    # No capture of the endpoint itself is of this generation; its object is part of the status.
    ("/ivp/ensemble/relay", f"{SIMULATED}/ivp_ensemble_status", "relay"),
    ("/ivp/ss/pel_settings", f"{SIMULATED}/ivp_ss_pel_settings", None),
    ("/ivp/ensemble/power", f"{SIMULATED}/ivp_ensemble_power", None),
    ("/ivp/ensemble/dry_contacts", f"{SIMULATED}/ivp_ensemble_dry_contacts", None),
    ("/ivp/ensemble/generator", f"{SIMULATED}/ivp_ensemble_generator", None),
    ("/ivp/ss/gen_config", f"{SIMULATED}/ivp_ss_gen_config", None),
    ("/ivp/ss/gen_schedule", f"{SIMULATED}/ivp_ss_gen_schedule", None),
    ("/ivp/ss/gen_mode", f"{IDLE_GENERATOR}/ivp_ss_gen_mode", None),
    ("/ivp/ss/dry_contact_settings", f"{SIMULATED}/ivp_ss_dry_contact_settings", None),
    ("/ivp/meters", f"{SIMULATED}/ivp_meters", None),
    ("/ivp/meters/readings", f"{SIMULATED}/ivp_meters_readings", None),
    ("/ivp/meters/reports", f"{IDLE_GENERATOR}/ivp_meters_reports", None),
    ("/ivp/meters/gridReading", f"{IDLE_GENERATOR}/ivp_meters_gridReading", None),
    ("/ivp/meters/pvReading", f"{IDLE_GENERATOR}/ivp_meters_pvReading", None),
    ("/production", "7.3.517_system_2/production", None),
    ("/api/v1/production", f"{SIMULATED}/api_v1_production", None),
    ("/api/v1/production/inverters", f"{SIMULATED}/api_v1_production_inverters", None),
    ("/inventory", f"{IDLE_GENERATOR}/inventory", None),
    ("/admin/lib/tariff", f"{SIMULATED}/admin_lib_tariff", None),
    ("/ivp/arf/profile", "seed/ivp_arf_profile", None),
    ("/ivp/ensemble/devices", "seed/ivp_ensemble_devices", None),
)

EXPLAINED: dict[tuple[str, str], str] = {}
"""(Endpoint, difference) → why it has to be. Empty: nothing has to."""


def shape(value: object, path: str = "") -> Iterator[str]:
    """Every leaf as `path: type`; serial numbers and list places by the kind of what is there."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            name = f"<type {inner['device_type']}>" if SERIAL.fullmatch(key) else key
            yield from shape(inner, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for inner in value:
            kind = inner.get("type", "") if isinstance(inner, dict) else ""
            yield from shape(inner, f"{path}[{kind}]")
    else:
        yield f"{path}: {type(value).__name__}"


def real(name: str) -> str:
    folder = os.environ.get("HIL_REAL_DUMPS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HIL_REAL_DUMPS names no folder of real response bodies")
    return (Path(folder) / name).read_text(encoding="utf-8")


def simulated(path: str) -> str:
    truth = WITH_GENERATOR if path.startswith("/ivp/ss/gen_") else TRUTH
    reply = answer(build_site(truth, epoch=DEFAULT_EPOCH), Request("GET", path))
    assert reply.status == 200
    return reply.body.decode()


@pytest.mark.parametrize(("path", "capture", "part"), CASES, ids=[case[0] for case in CASES])
def test_a_body_has_the_keys_and_types_of_the_real_one(
    path: str, capture: str, part: str | None
) -> None:
    body = json.loads(real(capture))
    expected = set(shape(body if part is None else body[part]))
    found = set(shape(json.loads(simulated(path))))
    assert len(found) > 1
    different = {f"missing {leaf}" for leaf in expected - found}
    different |= {f"too much {leaf}" for leaf in found - expected}
    assert sorted(different - {leaf for where, leaf in EXPLAINED if where == path}) == []


@pytest.mark.parametrize(("path", "capture", "part"), CASES, ids=[case[0] for case in CASES])
def test_keys_come_in_the_order_of_the_real_ones(path: str, capture: str, part: str | None) -> None:
    body = json.loads(real(capture))
    expected = list(dict.fromkeys(shape(body if part is None else body[part])))
    found = list(dict.fromkeys(shape(json.loads(simulated(path)))))
    common = set(expected) & set(found)
    assert [leaf for leaf in found if leaf in common] == [x for x in expected if x in common]


def test_an_idle_generator_shows_as_the_real_one_does() -> None:
    """Same state, mode and presence; and its default window, although a period is always on."""
    body = json.loads(real(f"{IDLE_GENERATOR}/ivp_ensemble_generator"))
    window = json.loads(real(f"{IDLE_GENERATOR}/ivp_ss_gen_schedule"))["default_soc"]
    assert body | window == body, "the capture itself shows the default window"
    site = build_site(WITH_GENERATOR)
    found = json.loads(answer(site, Request("GET", "/ivp/ensemble/generator")).body)
    assert site.settings.gen_schedule is not None
    assert found == body | site.settings.gen_schedule.default_soc.model_dump()


def test_info_is_the_real_page_line_by_line_but_for_the_values() -> None:
    def form(text: str) -> list[str]:
        return re.sub(r">[^<\n]+<", ">…<", text).split("\n")

    assert form(simulated("/info")) == form(real(f"{SIMULATED}/info"))


def test_json_is_printed_as_the_real_one() -> None:
    """Indented by 4, and nothing after the last brace: the length that was declared says so."""
    captured = real(f"{SIMULATED}/ivp_ensemble_status")
    headers = json.loads(real(f"{SIMULATED}/_http.json"))["ivp_ensemble_status"]["headers"]
    assert len(captured.rstrip()) == int(headers["content-length"])
    text = simulated("/ivp/ensemble/status")
    assert text.splitlines()[:3] == ["{", '    "inventory": {', '        "serial_nums": {']
    assert text.splitlines()[:3] == captured.splitlines()[:3]
    assert text.endswith("\n}")


def test_no_real_serial_number_is_in_the_simulated_site() -> None:
    numbers = set(SERIAL.findall(real(f"{SIMULATED}/ivp_ensemble_status")))
    assert not numbers & set(SERIAL.findall(simulated("/ivp/ensemble/status")))
