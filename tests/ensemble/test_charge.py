"""The charge of the batteries: it moves as their power says, and never by leaps."""

from dataclasses import dataclass, field

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise
from hil.waiting import Waiting

LOOK_EVERY_S = 60


@dataclass
class Ledger:
    """What the batteries hold by their own word, and what has gone in and out of them."""

    envoy: Envoy
    wait: Waiting
    rated_w: dict[str, int]
    leaps: list[str] = field(default_factory=list)
    peak_w: float = 0.0
    given_wh: float = 0.0
    """By live data: positive when they were discharged."""
    held_wh: list[float] = field(default_factory=list)
    _charge_pct: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By battery, with the date of its report."""
    _looked_s: float | None = None

    def look(self) -> list[str]:
        """Add up what has happened since the last look; every leap so far."""
        now_s = self.wait.clock.now()
        power_w = self.envoy.livedata.status().meters.storage.agg_p_mw / 1000
        self.peak_w = max(self.peak_w, abs(power_w))
        if self._looked_s is not None:
            self.given_wh += power_w * (now_s - self._looked_s) / 3600
        self._looked_s = now_s
        held = 0.0
        for each in self.envoy.ensemble.inventory().encharges:
            held += each.encharge_capacity * each.percent_full / 100
            before_pct, before = self._charge_pct.get(
                each.serial_num, (each.percent_full, each.last_rpt_date)
            )
            self._charge_pct[each.serial_num] = each.percent_full, each.last_rpt_date
            hours = (each.last_rpt_date - before) / 3600
            # One percent for each of the two roundings.
            most_pct = 100 * self.rated_w[each.serial_num] * hours / each.encharge_capacity + 2
            if abs(each.percent_full - before_pct) > most_pct:
                self.leaps.append(f"{each.serial_num}: {before_pct} % → {each.percent_full} %")
        self.held_wh.append(held)
        return self.leaps


@pytest.mark.promise("EN-066")
@pytest.mark.limit(14_400)
def test_charge_moves_as_the_power_says_and_never_by_leaps(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    listed = envoy.ensemble.status().inventory.serial_nums
    batteries = envoy.ensemble.inventory().encharges
    if not all(each.communicating for each in batteries):
        pytest.skip("not every battery is heard")
    rated_w = {
        each.serial_num: getattr(listed[each.serial_num], "encharge_rated_power", 0)
        for each in batteries
    }
    capacity_wh = sum(each.encharge_capacity for each in batteries)
    ledger = Ledger(envoy, wait, rated_w)

    wait.stays(
        ledger.look,
        lambda leaps: not leaps,
        what="batteries: their charge makes no leap",
        for_s=promise["for_s"],
        every_s=LOOK_EVERY_S,
    )

    gained_wh = ledger.held_wh[-1] - ledger.held_wh[0]
    # Reports are minutes old at either end, and whole percents.
    late_wh = ledger.peak_w * promise["report_s"] / 3600
    # What a battery takes for itself is in its power, and never in its charge.
    idle_wh = promise["idle_w"] * len(batteries) * promise["for_s"] / 3600
    apart_wh = (
        promise["apart_pct"] / 100 * abs(ledger.given_wh)
        + promise["rounding_pct"] / 100 * capacity_wh
        + late_wh
        + idle_wh
    )
    assert abs(gained_wh + ledger.given_wh) <= apart_wh, (
        f"batteries: gave {ledger.given_wh:.0f} Wh in {promise['for_s']} s, and hold "
        f"{gained_wh:+.0f} Wh more; {apart_wh:.0f} Wh are allowed for losses and rounding"
    )
