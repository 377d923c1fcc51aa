"""The mains relay, opened and closed by command."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from hil.consoles.encharge import Encharge
from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.vocabulary.grid import GridMode, LiveMainsState, MainsPair, MainsState
from hil.waiting import Waiting

if TYPE_CHECKING:
    from tests.ensemble.conftest import Mains

pytestmark = pytest.mark.needs("enpower")

OPENING = [
    MainsPair("closed", "closed"),
    MainsPair("open", "closed"),
    MainsPair("open", "open synchronizing"),
    MainsPair("open", "open synchronized"),
]
CLOSING = [
    MainsPair("open", "open synchronized"),
    MainsPair("closed", "open synchronized"),
    MainsPair("closed", "closed"),
]


def in_order(seen: list[MainsPair], allowed: list[MainsPair]) -> bool:
    """Whether nothing but allowed states was seen, in their order, from the first to the last.

    One that passed between two looks may be missing.
    """
    expected = [pair for pair in allowed if pair in seen]
    return seen == expected and {allowed[0], allowed[-1]} <= set(seen)


@pytest.mark.promise("EN-001")
@pytest.mark.paced
@pytest.mark.usefixtures("charged_site")
def test_commanded_open_the_relay_opens_into_an_island_in_step(
    mains: "Mains", promise: Promise
) -> None:
    mains.open()

    mains.takes_the_command(MainsState.OPEN, within_s=promise["admin_within_s"])
    mains.is_open(within_s=promise["open_within_s"])
    mains.becomes(OPENING[-1], within_s=promise["in_step_within_s"])


@pytest.mark.promise("EN-002")
@pytest.mark.usefixtures("charged_site")
def test_the_relay_passes_through_allowed_states_in_their_order(
    mains: "Mains", promise: Promise, wait: Waiting
) -> None:
    def passed_through(
        command: Callable[[], None], last: MainsPair, *, within_s: float
    ) -> list[MainsPair]:
        seen: list[MainsPair] = [mains.pair()]

        def follow() -> MainsPair:
            if (pair := mains.pair()) != seen[-1]:
                seen.append(pair)
            return pair

        command()
        wait.until(
            follow,
            lambda pair: pair == last,
            what=f"{mains.name}: the mains relay gets to {last}",
            measures=f"time to get to {last}",
            within_s=within_s,
        )
        return seen

    opening = passed_through(mains.open, OPENING[-1], within_s=promise["open_within_s"])
    assert in_order(opening, OPENING), f"{mains.name}: {opening}"

    closing = passed_through(mains.close, CLOSING[-1], within_s=promise["close_within_s"])
    assert in_order(closing, CLOSING), f"{mains.name}: {closing}"


@pytest.mark.promise("EN-003")
@pytest.mark.paced
@pytest.mark.usefixtures("islanded_site")
def test_commanded_closed_the_relay_closes_and_the_modes_return(
    mains: "Mains", promise: Promise
) -> None:
    mains.close()

    mains.takes_the_command(MainsState.CLOSED, within_s=promise["admin_within_s"])
    mains.is_closed(within_s=promise["close_within_s"])
    mains.runs(GridMode.ON_GRID, within_s=promise["modes_within_s"])


@pytest.mark.promise("EN-004")
def test_a_command_for_the_present_state_changes_nothing(
    settled_site: str, mains: "Mains", promise: Promise
) -> None:
    before = mains.pair()

    if settled_site == "closed":
        mains.close()
    else:
        mains.open()

    mains.stays(before, for_s=promise["for_s"])


@dataclass
class Follower:
    """Looks at the relay in both views of it, and remembers where its contactor was."""

    mains: "Mains"
    envoy: Envoy
    relay_view: list[bool] = field(default_factory=list)
    """Open or not, look by look."""
    live_data: list[bool] = field(default_factory=list)

    def look(self) -> MainsPair:
        pair = self.mains.pair()
        self.relay_view.append(MainsState(pair.actual).is_open)
        shown = self.envoy.livedata.status().meters.main_relay_state
        self.live_data.append(shown != LiveMainsState.CLOSED)
        return pair

    @property
    def moves(self) -> int:
        """How often the contactor moved, as the view says that saw more of it."""
        return max(
            sum(before != after for before, after in pairwise(positions))
            for positions in (self.relay_view, self.live_data)
        )


@pytest.mark.promise("EN-005")
@pytest.mark.parametrize("last", ["closed", "open"])
@pytest.mark.usefixtures("charged_site")
def test_opposite_commands_end_in_the_last_one_without_chatter(
    last: str, mains: "Mains", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    followed = Follower(mains, envoy)
    followed.look()

    mains.open()
    wait.clock.sleep(1)
    mains.close()
    if last == "open":
        wait.clock.sleep(1)
        mains.open()

    end = (CLOSING if last == "closed" else OPENING)[-1]
    wait.until(
        followed.look,
        lambda pair: pair == end,
        what=f"{mains.name}: the mains relay ends {last}",
        measures="time to settle",
        within_s=promise["settled_within_s"],
        every_s=0.5,
    )
    wait.stays(
        followed.look,
        lambda pair: pair == end,
        what=f"{mains.name}: the mains relay stays {last}",
        for_s=promise["for_s"],
        every_s=0.5,
    )
    needed = 1 if last == "open" else 0
    assert followed.moves == needed, (
        f"{mains.name}: to end {last} its contactor moved {followed.moves} times, not {needed}"
    )


@pytest.mark.promise("EN-006")
@pytest.mark.usefixtures("charged_site")
def test_live_data_and_modes_agree_with_the_relay(
    mains: "Mains", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    mains.open()
    mains.is_open(within_s=promise["open_within_s"])

    meters = mains.shows_open_in_live_data(within_s=promise["agree_within_s"])
    assert meters.load.agg_p_mw == meters.pv.agg_p_mw + meters.storage.agg_p_mw, (
        f"{mains.name}: in an island load = pv + storage"
    )
    mains.runs(GridMode.OFF_GRID, within_s=promise["modes_within_s"])
    wait.until(
        lambda: envoy.ensemble.inventory().enpowers[0].mains_relay_is_closed,
        lambda closed: not closed,
        what=f"{mains.name}: bit 8 of its relays shows in the inventory that it is open",
        measures="time until the inventory agrees",
        within_s=promise["inventory_within_s"],
    )


@pytest.mark.promise("EN-073")
@pytest.mark.usefixtures("charged_site")
def test_the_relays_of_the_batteries_stay_while_the_mains_relay_moves(
    mains: "Mains", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    def relays() -> tuple[int | None, ...]:
        relay = envoy.ensemble.relay()
        return relay.der1_state, relay.der2_state, relay.der3_state

    def stay(when: str) -> None:
        wait.stays(
            relays,
            lambda seen: seen == before,
            what=f"{mains.name}: the relays of the batteries stay {before}, {when}",
            for_s=promise["for_s"],
            every_s=2,
        )

    before = relays()
    mains.open()
    stay("the mains relay commanded open")
    mains.is_open(within_s=promise["open_within_s"])
    mains.close()
    stay("the mains relay commanded closed")
    mains.is_closed(within_s=promise["close_within_s"])


@pytest.mark.promise("EN-065")
def test_the_sun_is_back_soon_after_the_relay_has_moved(
    mains: "Mains",
    charged_site: None,
    rated_w: int,
    envoy: Envoy,
    promise: Promise,
    wait: Waiting,
) -> None:
    def meters_w() -> tuple[float, float]:
        meters = envoy.livedata.status().meters
        return meters.pv.agg_p_mw / 1000, meters.load.agg_p_mw / 1000

    wait.clock.sleep(promise["back_within_s"])  # the test before may have moved the relay
    settled_s = wait.clock.now() + promise["settled_within_s"]
    sun_w, load_w = wait.until(  # and a sun that is not back in time is no night
        meters_w,
        lambda seen: seen[0] >= 2 * promise["least_w"] or wait.clock.now() >= settled_s,
        what=f"{mains.name}: the sun is there before the relay moves, or has had its time",
        within_s=promise["settled_within_s"],
        every_s=5,
    )
    if load_w > rated_w:
        pytest.skip(f"the house draws {load_w:.0f} W, which no island carries without the sun")
    # An island with full batteries has use for no more than its load.
    enough_w = min(sun_w, load_w) / 2
    if enough_w < promise["least_w"]:
        pytest.skip(f"the sun gives {sun_w:.0f} W, the house draws {load_w:.0f} W")

    def is_back(when: str) -> None:
        wait.until(
            meters_w,
            lambda seen: seen[0] >= enough_w,
            what=f"{mains.name}: the sun is back after the relay has {when}",
            measures=f"time until the sun is back, {when}",
            within_s=promise["back_within_s"],
        )

    mains.open()
    mains.is_open(within_s=promise["open_within_s"])
    is_back("opened")
    mains.close()
    mains.is_closed(within_s=promise["close_within_s"])
    is_back("closed")


@pytest.mark.promise("EN-090")
def test_before_it_opens_the_sun_is_turned_down_and_the_batteries_are_charged(
    mains: "Mains",
    charged_site: None,
    rated_w: int,
    envoy: Envoy,
    promise: Promise,
    wait: Waiting,
) -> None:
    wait.clock.sleep(promise["sun_back_within_s"])  # the test before may have moved the relay
    before = envoy.livedata.status().meters
    least_mw = 1000 * promise["least_w"]
    has_sun = before.pv.agg_p_mw >= least_mw
    charged_mw = before.storage.agg_p_mw - least_mw
    most_mw = 1000 * min(rated_w, promise["top_up_w"])
    has_room = before.soc <= promise["room_pct"] and -charged_mw <= most_mw
    if not has_sun and not has_room:
        pytest.skip(f"sun {before.pv.agg_p_mw / 1000:.0f} W, charge {before.soc} %: nothing to see")
    sun_mw, storage_mw = [before.pv.agg_p_mw], [before.storage.agg_p_mw]

    def look() -> bool:
        meters = envoy.livedata.status().meters
        if MainsState(mains.pair().actual).is_open:
            return True
        sun_mw.append(meters.pv.agg_p_mw)
        storage_mw.append(meters.storage.agg_p_mw)
        return False

    mains.open()
    wait.until(
        look,
        bool,
        what=f"{mains.name}: the mains relay opens",
        measures="time to open",
        within_s=promise["open_within_s"],
    )
    left_pct = 100 * min(sun_mw) / before.pv.agg_p_mw if has_sun else 0
    assert left_pct <= promise["sun_left_pct"], (
        f"{mains.name}: opened with {left_pct:.0f} % of the sun, in mW: {sun_mw}"
    )
    assert not has_room or min(storage_mw) <= charged_mw, (
        f"{mains.name}: opened, and its batteries were not charged more before, in mW: {storage_mw}"
    )


@pytest.mark.promise("EN-092")
@pytest.mark.needs("two_batteries")
def test_while_a_device_is_awaited_the_relay_is_not_opened(
    awaited_encharge: Encharge, mains: "Mains", envoy: Envoy, promise: Promise, wait: Waiting
) -> None:
    if not envoy.ensemble.secondary_control().commission_in_progress:
        pytest.skip("the gateway does not call it a commissioning in progress")
    before = mains.pair().actual

    mains.tries_to_open()

    wait.stays(
        lambda: (
            mains.pair().actual,
            envoy.ensemble.secondary_control().commission_in_progress,
        ),
        lambda seen: seen == (before, True),
        what=f"{mains.name}: closed while {awaited_encharge.name} is awaited",
        for_s=promise["for_s"],
        every_s=2,
    )


@pytest.mark.promise("EN-018")
def test_without_a_battery_to_carry_it_there_is_no_island(
    lost_encharges: None, mains: "Mains", promise: Promise
) -> None:
    before = mains.pair().actual

    mains.tries_to_open()

    mains.wait.stays(
        lambda: mains.pair().actual,
        lambda actual: actual == before,
        what=f"{mains.name}: closed, since no battery could carry an island",
        for_s=promise["for_s"],
        every_s=2,
    )
