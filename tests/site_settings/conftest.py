"""The groups of settings that this gateway has, and what they are compared with."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pytest

from hil.envoy.client import Envoy
from hil.envoy.settings import SettingsGroup
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.waiting import Waiting
from tests.site_settings.exports import WORTH_LIMITING_W, Meters, export_w

Offered = Callable[[str], "SettingsGroup[Any]"]
"""Gives what all of a kind (`PV`, `ENC`) are rated together, in W."""
Rules = Callable[[], Mapping[str, float]]
"""Gives the threshold of each rule, by its name."""


class Shows(Protocol):
    """Waits until a view shows what is wanted."""

    def __call__(self, view: Callable[[], object], wanted: object, *, what: str) -> None: ...


@pytest.fixture
def offered(envoy: Envoy) -> Offered:
    """A group by its name; a firmware or a site without it has nothing to be tested."""
    site = envoy.site_settings
    groups: Mapping[str, SettingsGroup[Any]] = {
        "pcs": site.pcs,
        "der": site.der,
        "gen_config": site.gen_config,
        "gen_mode": site.gen_mode,
        "gen_schedule": site.gen_schedule,
        "tariff": envoy.tariff,
        "dry_contact": site.dry_contact,
        "pv_limit": envoy.secondary_control.pv_limit,
        "set_point": envoy.secondary_control.set_point,
        "third_party_pv": envoy.secondary_control.third_party_pv,
    }

    def group(name: str) -> SettingsGroup[Any]:
        try:
            if not groups[name].document():
                pytest.skip(f"{name}: empty, the site has no generator")
        except NotOffered as absent:
            pytest.skip(f"{name}: {absent}")
        return groups[name]

    return group


@pytest.fixture
def live(envoy: Envoy) -> Meters:
    """Live data's powers."""
    return lambda: envoy.livedata.status().meters


@pytest.fixture
def exported_w(live: Meters) -> float:
    """What the site exports, where that is worth a limit."""
    exported = export_w(live())
    if exported < 2 * WORTH_LIMITING_W:
        pytest.skip(f"the site exports {exported:.0f} W: nothing to limit")
    return exported


@pytest.fixture
def rules(envoy: Envoy) -> Rules:
    """The rules of the control process that are in force, and their thresholds."""

    def listed() -> Mapping[str, float]:
        found = envoy.secondary_control.status().rules
        assert found is not None, "gateway: its control process lists no rules any more"
        return found

    try:
        if envoy.secondary_control.status().rules is None:
            pytest.skip("this firmware's control process lists no rules")
    except NotOffered as absent:
        pytest.skip(f"control process: {absent}")
    return listed


@pytest.fixture
def line_v(envoy: Envoy) -> float:
    """The voltage of the site, all legs together, as a meter has it."""
    try:
        used = [meter.eid for meter in envoy.meters.read().root if meter.is_enabled]
        readings = envoy.meters.readings().by_eid
    except NotOffered as absent:
        pytest.skip(str(absent))
    volts = max((readings[eid].voltage_v for eid in used if eid in readings), default=0)
    if not volts:
        pytest.skip("no meter measures a voltage here")
    return float(volts)


@pytest.fixture
def shows(wait: Waiting, promise: Promise) -> Shows:
    """Waits until another view shows what was written, for as long as the promise allows."""

    def until(view: Callable[[], object], wanted: object, *, what: str) -> None:
        wait.until(
            view,
            lambda seen: seen == wanted,
            what=what,
            measures="time until the settings show",
            within_s=promise["shown_within_s"],
        )

    return until
