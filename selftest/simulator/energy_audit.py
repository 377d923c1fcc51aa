"""A second account of a site's energy, kept beside the simulator's own and by other means.

It knows what sun and house were asked for, the ratings of the site file and the rules of
docs/wires, and looks whenever anything has changed: what has flowed since then has to be what was
asked, and no battery, inverter or generator may have done what it cannot.
"""

from hil.simulator.site import Site
from selftest.simulator.asked_day import NEAR_US, AskedDay, Points
from selftest.simulator.battery_rules import (
    hold_to_breaker,
    hold_to_charge,
    hold_to_rating,
    hold_to_wish,
)
from selftest.simulator.energy_moment import (
    MICROSECONDS,
    Moment,
    Supply,
    moment_of,
    over,
    supply_of,
)
from selftest.simulator.roof import Roof

SOURCES = ("pv_mw", "storage_mw", "grid_mw", "generator_mw")
LONG_AGO_US = -(10**18)


class EnergyAudit:
    """Follows one site; raises AssertionError at the first thing that cannot be."""

    def __init__(self, site: Site) -> None:
        self._site, assumed = site, site.world.assumptions
        truth = site.truth.energy
        self._roof = Roof(site.truth)
        self._sun, self._house = AskedDay(truth.pv_w), AskedDay(truth.load_w)
        self._epoch_us = site.world.epoch * MICROSECONDS
        self._standby_mw = -round(assumed.physics.pv_standby_w * 1000)
        self._idle_mw = round(assumed.physics.idle_w * 1000)
        self._was_open, self._was_shut_down = site.relay.is_open, site.rapid_shutdown.is_active
        self._moved_us = self._ac_back_us = LONG_AGO_US
        self._ramp_pct_s = 0.0
        self._dead_since_us: int | None = None
        self._collapses = 0
        self._is_dark_by_load = False
        self._loads_from_us: int | None = None
        self._over_since: dict[str, tuple[int, int]] = {}
        """What is exceeded: since when, and for how long it may be (µs)."""
        self._last: Moment | None = None
        site.world.watch(self._follow)
        self.look()

    def look(self) -> None:
        """Hold everything until now to the rules."""
        self._site.energy.live()
        self._follow()
        assert self._last is not None
        # What is over for no time at all is over, too.
        for what in {*self._over_since} - {*over(self._last)}:
            del self._over_since[what]

    def asked(self, *, pv_w: Points | None = None, load_w: Points | None = None) -> None:
        """From now on sun and house are asked for this."""
        self.look()
        self._sun = self._sun if pv_w is None else AskedDay(pv_w)
        self._house = self._house if load_w is None else AskedDay(load_w)

    def forget(self) -> None:
        """What was until now is of no account: somebody is about to change what batteries hold."""
        self.look()
        self._last = None

    def _follow(self) -> None:
        at_us = round(self._site.world.now_s * MICROSECONDS)
        self._note_moves(at_us)
        now = moment_of(
            self._site,
            stands_by=self._stands_by(at_us),
            soft_start=self._soft_start(at_us),
            share_of_load=self._share_of_load(at_us),
        )
        if self._last is not None and now.at_us > self._last.at_us:
            self._judge(self._last, now)
        self._last = now

    def _note_moves(self, at_us: int) -> None:
        site = self._site
        if site.relay.is_open != self._was_open:
            self._was_open, self._moved_us = site.relay.is_open, at_us
        is_shut_down = site.rapid_shutdown.is_active
        if self._was_shut_down and not is_shut_down:
            self._ac_is_back(at_us)
        self._was_shut_down = is_shut_down
        is_dead = site.grid.is_gone and not site.relay.is_open
        ridden_through_us = site.profile.in_force.tpm["uv_fast_ms"] * 1000
        if is_dead:
            self._dead_since_us = at_us if self._dead_since_us is None else self._dead_since_us
            return
        lost_us = 0 if self._dead_since_us is None else at_us - self._dead_since_us
        self._dead_since_us = None
        if lost_us > ridden_through_us and not site.relay.is_open:
            self._ac_is_back(at_us)

    def _ac_is_back(self, at_us: int) -> None:
        tpm = self._site.profile.in_force.tpm
        self._ac_back_us = at_us + round(tpm["reconnect_s"] * MICROSECONDS)
        self._ramp_pct_s = tpm["ramp_pct_s"]

    def _stands_by(self, at_us: int) -> bool:
        relay = self._site.world.assumptions.relay
        pause_s = relay.pv_resume_s if self._was_open else relay.pv_back_s
        until_us = max(self._moved_us + round(pause_s * MICROSECONDS), self._ac_back_us)
        return until_us - at_us > NEAR_US

    def _soft_start(self, at_us: int) -> float:
        """What the inverters may give of their ratings, up to 1, in whole seconds of their ramps."""
        relay = self._site.world.assumptions.relay
        ramps = [(self._ac_back_us, self._ramp_pct_s)]
        if self._was_open:
            pause_us = round(relay.pv_resume_s * MICROSECONDS)
            ramps.append((self._moved_us + pause_us, relay.pv_resume_ramp_pct_s))
        risen = [
            (1 + (at_us - since_us + NEAR_US) // MICROSECONDS) * pct_s / 100
            for since_us, pct_s in ramps
            if since_us > LONG_AGO_US and pct_s
        ]
        return min((1.0, *risen))

    def _share_of_load(self, at_us: int) -> float:
        """After an overload loads return one by one."""
        island, supply = self._site.energy.island, supply_of(self._site)
        if supply is Supply.NOBODY:  # a rapid shutdown of an island that lives changes nothing
            if island.collapses > self._collapses:
                self._is_dark_by_load = True
            self._loads_from_us = None if island.is_dark else self._loads_from_us
        elif supply is not Supply.BATTERIES:
            self._is_dark_by_load, self._loads_from_us = False, None
        elif self._is_dark_by_load:
            self._is_dark_by_load, self._loads_from_us = False, at_us
        self._collapses = island.collapses
        if self._loads_from_us is None:
            return 1.0
        physics = self._site.world.assumptions.physics
        each_us = round(physics.load_return_s * MICROSECONDS)
        back = 1 + (at_us - self._loads_from_us + NEAR_US) // each_us
        return min(1.0, back / physics.loads)

    # Judging.

    def _judge(self, then: Moment, now: Moment) -> None:
        for_us = now.at_us - then.at_us
        moved = {name: now.account_nj[name] - then.account_nj[name] for name in now.account_nj}
        for name in SOURCES:
            assert moved[name] == getattr(then.flows, name) * for_us, name
        assert then.flows.storage_mw == sum(cell.power_mw for cell in then.cells)
        if then.supply not in (Supply.GRID, Supply.GRID_ALONE):
            assert then.flows.grid_mw == 0
        if then.supply is not Supply.GENERATOR:
            assert then.flows.generator_mw == 0
        assert 0 <= then.flows.generator_mw <= then.rated_generator_mw
        self._judge_load(then, now, moved["load_mw"])
        self._judge_sun(then, now, moved["pv_mw"])
        physics = self._site.world.assumptions.physics
        for before, after in zip(then.cells, now.cells, strict=True):
            hold_to_rating(before, then, peak=physics.peak_factor)
            hold_to_charge(before, after, then, for_us, physics)
        relay = self._site.world.assumptions.relay
        hold_to_wish(then, idle_mw=self._idle_mw, top_up_mw=round(relay.pre_island_top_up_w * 1000))
        hold_to_breaker(then, idle_mw=self._idle_mw)
        self._judge_excess(then, now)

    def _judge_load(self, then: Moment, now: Moment, moved_nj: int) -> None:
        """The house gets what it asks for, or the reason why not is there."""
        if then.supply is Supply.NOBODY:
            assert moved_nj == 0
            return

        def back_mw(load_mw: int) -> int:
            return int(load_mw * then.share_of_load)

        asked_nj, slack_nj = self._house.over(*self._span(then, now), of=back_mw)
        assert 0 <= moved_nj <= asked_nj + slack_nj
        if then.supply is Supply.GENERATOR:
            is_short = then.flows.generator_mw == then.rated_generator_mw
        else:
            gives_all = then.flows.storage_mw == sum(cell.rated_mw for cell in then.may_give)
            is_short = then.supply is Supply.BATTERIES and then.leaves_load_out and gives_all
        if not is_short:
            assert moved_nj >= asked_nj - slack_nj

    def _judge_sun(self, then: Moment, now: Moment, moved_nj: int) -> None:
        """The inverters give what there is of the sun, or the reason why not is there."""
        pv_mw = then.flows.pv_mw
        if then.supply in (Supply.NOBODY, Supply.GRID_ALONE):
            assert pv_mw == 0
            return
        if now.at_us - then.at_us <= 2 * NEAR_US:
            return  # at the very end of a pause: both have rounded
        if then.stands_by:
            assert pv_mw == -self._roof.standby_mw(self._standby_mw, then.awake)
            return

        def could_mw(sun_mw: int) -> int:
            return self._roof.could_mw(sun_mw, then.awake, then.sun_limit, then.soft_start)

        there_nj, slack_nj = self._sun.over(*self._span(then, now), of=could_mw)
        least, most = then.share_by_frequency
        # To whole mW, once for the frequency and once for the soft start.
        roundings = (least < 1) + (then.soft_start < 1)
        rounding_nj = roundings * (now.at_us - then.at_us)
        assert 0 <= moved_nj <= there_nj * most + slack_nj + rounding_nj
        if moved_nj >= there_nj * least - slack_nj - rounding_nj:
            return
        match then.supply:
            case Supply.GRID:
                assert then.told.limits_sun or then.leaves_grid
                if then.told.has_soft_limit_alone and not then.leaves_grid:
                    # No more than the limit asks for: the house goes on taking of its sun.
                    assert -then.flows.grid_mw == round(then.told.pel.PEL_Limit * 1000)
            case Supply.GENERATOR:
                assert then.flows.generator_mw <= then.least_generator_mw
            case Supply.BATTERIES:
                for cell in then.cells:
                    takes_mw = self._idle_mw if cell.is_full else cell.rated_mw
                    assert cell.power_mw == (-takes_mw if cell.is_on else 0)

    def _judge_excess(self, then: Moment, now: Moment) -> None:
        """More than a rating or a limit lasts for its time, and ends."""
        excess = over(then)
        self._over_since = {
            what: self._over_since[what] for what in excess if what in self._over_since
        }
        for what, longest_us in excess.items():
            # The time that it began with goes on.
            since_us, first_us = self._over_since.get(what, (then.at_us, longest_us))
            self._over_since[what] = since_us, max(first_us, longest_us)
            assert now.at_us - since_us <= max(first_us, longest_us) + NEAR_US, what

    def _span(self, then: Moment, now: Moment) -> tuple[int, int]:
        return then.at_us + self._epoch_us, now.at_us + self._epoch_us
