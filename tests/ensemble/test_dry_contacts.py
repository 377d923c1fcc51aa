"""Dry contacts in an island: loads are shed and come back, the rest stays where it is."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("enpower")

LOAD, UNUSED = "NO1", "NO2"
"""Not the normally closed ones: those read open for a while after any write to the settings."""
NEAR_PCT, FAR_PCT = 5, 10
"""How far the ends of a window are from the charge."""
SHED_IN_AN_ISLAND = {
    "grid_action": "apply",
    "micro_grid_action": "shed",
    "mode": "manual",
    "load_name": "bench",
}


@pytest.fixture
def shedding_contacts(envoy: Envoy, charged_site: None) -> Iterator[None]:
    """Two contacts told to shed in an island, one of them with a load; put back afterwards."""
    settings = envoy.site_settings.dry_contact
    with ExitStack() as stack:
        for name, kind in ((LOAD, "LOAD"), (UNUSED, "NONE")):
            stack.enter_context(settings.changed_contact(name, SHED_IN_AN_ISLAND | {"type": kind}))
        yield


@pytest.mark.promise("EN-021")
@pytest.mark.usefixtures("shedding_contacts")
@pytest.mark.parametrize(
    "cause", ["command", pytest.param("outage", marks=pytest.mark.needs("grid_source"))]
)
def test_an_island_sheds_a_load_until_the_grid_is_back_and_nothing_else(
    cause: str,
    mains: "Mains",
    envoy: Envoy,
    reconnect_s: float,
    request: pytest.FixtureRequest,
    promise: Promise,
    wait: Waiting,
) -> None:
    grid = request.getfixturevalue("grid") if cause == "outage" else None

    def becomes(load: str, unused: str, *, within_s: float) -> None:
        wait.until(
            lambda: envoy.ensemble.dry_contacts().states[LOAD],
            lambda state: state == load,
            what=f"{mains.name}: the contact of a load is {load}",
            measures=f"time until the load's contact is {load}",
            within_s=within_s,
        )
        wait.stays(
            lambda: envoy.ensemble.dry_contacts().states,
            lambda states: (states[LOAD], states[UNUSED]) == (load, unused),
            what=f"{mains.name}: the contact of a load stays {load}, one of no use {unused}",
            for_s=promise["for_s"],
        )

    before = envoy.ensemble.dry_contacts().states[UNUSED]
    becomes("closed", before, within_s=promise["settings_within_s"])

    if grid is not None:
        grid.outage()
    else:
        mains.open()
    mains.is_open(within_s=promise["open_within_s"])
    becomes("open", before, within_s=promise["moved_within_s"])

    if grid is not None:
        grid.restore()
    else:
        mains.close()
    mains.is_closed(within_s=reconnect_s + promise["close_within_s"])
    becomes("closed", before, within_s=promise["moved_within_s"])


@pytest.mark.promise("EN-062")
@pytest.mark.usefixtures("islanded_site")
def test_a_contact_that_follows_the_charge_opens_low_closes_high_and_holds_between(
    mains: "Mains", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    settings = envoy.site_settings.dry_contact
    soc = envoy.ensemble.secondary_control().enc_agg_soc
    if not 2 * FAR_PCT <= soc <= 100 - 2 * FAR_PCT:
        pytest.skip(f"charge {soc} %: no window can be set on either side of it")

    def window(low: int, high: int) -> dict[str, object]:
        ends = {"soc_low": float(soc + low), "soc_high": float(soc + high)}
        return settings.contact(LOAD) | {"type": "LOAD", "mode": "soc"} | ends

    def is_held(state: str, where: str) -> None:
        what = f"{mains.name}: with {where} the contact is {state}"
        wait.until(
            lambda: envoy.ensemble.dry_contacts().states[LOAD],
            lambda seen: seen == state,
            what=what,
            measures=f"time until the contact is {state}",
            within_s=promise["moved_within_s"],
        )
        wait.stays(
            lambda: envoy.ensemble.dry_contacts().states[LOAD],
            lambda seen: seen == state,
            what=what,
            for_s=promise["for_s"],
        )

    with settings.changed_contact(LOAD, window(NEAR_PCT, FAR_PCT)):
        is_held("open", "less charge than its window begins with")
        settings.write(window(-FAR_PCT, FAR_PCT))
        is_held("open", "its charge between the ends, after it was low,")
        settings.write(window(-FAR_PCT, -NEAR_PCT))
        is_held("closed", "more charge than its window ends with")
        settings.write(window(-FAR_PCT, FAR_PCT))
        is_held("closed", "its charge between the ends, after it was high,")


@pytest.mark.promise("EN-072")
def test_a_dry_contact_that_is_commanded_moves_and_no_other(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def states() -> dict[str, str]:
        return dict(envoy.ensemble.dry_contacts().states)

    wait.clock.sleep(promise["settle_s"])
    before = states()
    uses = envoy.site_settings.dry_contact.read().by_id
    name = next((name for name in before if uses[name].type == "NONE"), None)
    if name is None:
        pytest.skip("every dry contact switches something of this bench")
    other = "open" if before[name] == "closed" else "closed"

    envoy.ensemble.command_dry_contact(name, other)
    try:
        wait.until(
            states,
            lambda seen: seen == before | {name: other},
            what=f"gateway: {name} is {other}, the others are where they were",
            measures="time to move the contact",
            within_s=promise["moved_within_s"],
        )
    finally:
        envoy.ensemble.command_dry_contact(name, before[name])
    wait.until(
        states,
        lambda seen: seen == before,
        what=f"gateway: {name} is {before[name]} again",
        measures="time to move the contact",
        within_s=promise["moved_within_s"],
    )
