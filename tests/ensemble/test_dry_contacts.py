"""Dry contacts in an island: loads are shed and come back, the rest stays where it is."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains, Sun

pytestmark = pytest.mark.needs("enpower")

LOAD, UNUSED = "NO1", "NO2"
"""Not the normally closed ones: those read open for a while after any write to the settings."""
NEAR_PCT, FAR_PCT = 5, 10
"""How far the ends of a window are from the charge."""
FALLS_PCT = 5
"""How far the charge falls, and rises again nearly as far, where it is moved and not the window."""
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


@dataclass
class Follower:
    """A contact beside the charge that it follows: how often it moves, and at which charge."""

    envoy: Envoy
    moves: list[tuple[str, int]] = field(default_factory=list)
    """Where it went, and the charge then."""
    highest_pct: int = 0
    _was: str = "closed"

    def look(self) -> tuple[str, int]:
        """Where it is, and the charge now."""
        state = self.envoy.ensemble.dry_contacts().states[LOAD]
        soc = self.envoy.ensemble.secondary_control().enc_agg_soc
        if state != self._was:
            self.moves.append((state, soc))
        self._was = state
        self.highest_pct = max(self.highest_pct, soc)
        return state, soc


@pytest.mark.promise("EN-062")
@pytest.mark.needs("inverter_power")
@pytest.mark.limit(14_400)
def test_a_contact_moves_once_while_the_charge_falls_and_once_while_it_rises(
    mains: "Mains",
    charged_site: None,
    sun: "Sun",
    envoy: Envoy,
    promise: Promise,
    wait: Waiting,
) -> None:
    wait.clock.sleep(promise["sun_back_within_s"])  # the test before may have moved the relay
    before, control = envoy.livedata.status().meters, envoy.ensemble.secondary_control()
    surplus_w = (before.pv.agg_p_mw - before.load.agg_p_mw) / 1000
    apart_wh = FALLS_PCT / 100 * control.max_energy
    falls_s = 3600 * apart_wh / max(1, before.load.agg_p_mw / 1000)
    rises_s = 3600 * apart_wh / max(1, surplus_w)
    if 1.5 * falls_s > promise["fallen_within_s"] or 1.5 * rises_s > promise["risen_within_s"]:
        pytest.skip(
            f"load {before.load.agg_p_mw / 1000:.0f} W, {surplus_w:.0f} W more sun: the charge does "
            f"not move by {FALLS_PCT} % in time"
        )
    high = control.enc_agg_soc - 2
    low = control.enc_agg_soc - FALLS_PCT
    if low <= (control.vls_limit or 0) + 2:
        pytest.skip(f"charge {control.enc_agg_soc} %: no window can be set below it")
    settings, follower = envoy.site_settings.dry_contact, Follower(envoy)
    use = {"type": "LOAD", "mode": "soc", "soc_low": float(low), "soc_high": float(high)}

    what = f"{mains.name}: a contact that opens at {low} % and closes at {high} %"

    def becomes(state: str, *, within_s: float) -> None:
        wait.until(
            follower.look,
            lambda seen: seen[0] == state,
            what=f"{what} is {state}",
            within_s=within_s,
            every_s=10,
        )

    def sets_too_soon(soc: int) -> bool:
        return soc < follower.highest_pct - 1 and follower.highest_pct < high

    mains.open()
    mains.is_open(within_s=promise["open_within_s"])
    with settings.changed_contact(LOAD, use):
        becomes("closed", within_s=promise["moved_within_s"])
        follower.moves.clear()
        sun.away()
        becomes("open", within_s=promise["fallen_within_s"])
        follower.highest_pct = 0
        sun.back()
        wait.until(
            follower.look,
            lambda seen: seen[0] == "closed" or sets_too_soon(seen[1]),
            what=f"{what} is closed",
            within_s=promise["risen_within_s"],
            every_s=10,
        )
        if follower.look()[0] != "closed" and follower.highest_pct < high:
            pytest.skip(
                f"the sun brought {follower.highest_pct} % of charge, and set: {high} % needed"
            )
        wait.stays(
            follower.look,
            lambda seen: seen[0] == "closed",
            what=f"{mains.name}: above {high} % the contact stays closed",
            for_s=promise["report_s"],
            every_s=10,
        )

    (opened, opened_pct), (closed, closed_pct), *more = follower.moves
    assert (opened, closed, more) == ("open", "closed", []), f"{mains.name}: {follower.moves}"
    apart_pct, late_pct = promise["apart_pct"], promise["apart_pct"] + promise["step_pct"]
    assert low - late_pct <= opened_pct <= low + apart_pct, (
        f"{mains.name}: the contact opened at {opened_pct} %, its low end is {low} %"
    )
    assert high - apart_pct <= closed_pct <= high + late_pct, (
        f"{mains.name}: the contact closed at {closed_pct} %, its high end is {high} %"
    )


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
