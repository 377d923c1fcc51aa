"""What was made and used: each view adds up in itself, and they fit each other."""

import contextlib
from collections.abc import Mapping

import pytest

from hil.envoy.client import Envoy
from hil.envoy.meter_readings import Reading, Reports
from hil.envoy.production import ProductionPage
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.rig.rig import Rig
from hil.waiting import Waiting

MADE, NET, USED = "production", "net-consumption", "total-consumption"


def page_off_by(page: ProductionPage) -> dict[str, float]:
    """Watts by which a sum on the page is off its parts."""
    meters, found = page.meters, {}
    for name, meter in meters.items():
        if meter.lines:
            found[f"{name} and its legs"] = meter.now_w - sum(line.now_w for line in meter.lines)
    if {MADE, NET, USED} <= meters.keys():
        found[USED] = meters[USED].now_w - meters[MADE].now_w - meters[NET].now_w
        legs = zip(*(meters[name].lines or () for name in (USED, MADE, NET)), strict=True)
        for number, (used, made, net) in enumerate(legs, 1):
            found[f"{USED}, leg {number}"] = used.now_w - made.now_w - net.now_w
    return found


def reports_off_by(reports: Reports) -> dict[str, float]:
    """Watts by which a sum in the meters' reports is off its parts."""
    whole = {kind: report.cumulative.power_w for kind, report in reports.by_kind.items()}
    found = {
        f"report of {kind} and its legs": whole[kind] - sum(line.power_w for line in report.lines)
        for kind, report in reports.by_kind.items()
        if report.lines
    }
    if {MADE, NET, USED} <= whole.keys():
        found[f"report of {USED}"] = whole[USED] - whole[MADE] - whole[NET]
    return found


def read_page(envoy: Envoy) -> ProductionPage:
    """The page; skips where there are no meters, or no such page."""
    try:
        page = envoy.production.page()
    except NotOffered as absent:
        pytest.skip(str(absent))
    if MADE not in page.meters:
        pytest.skip("no meter measures production here")
    return page


def skip_in_the_dark(page: ProductionPage) -> None:
    """Inverters that have no sun do not report."""
    if page.meters[MADE].now_w < 1:
        pytest.skip("nothing is produced now: inverters report by day")


@pytest.mark.promise("MT-010")
def test_total_consumption_is_production_and_net_consumption(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    read_page(envoy)

    def off_by() -> dict[str, float]:
        return page_off_by(envoy.production.page()) | reports_off_by(envoy.meters.reports())

    sums = off_by().keys()
    if not sums:
        pytest.skip("neither the page nor the reports have a sum and its parts")

    def does_not_add_up() -> dict[str, float | None]:
        seen = off_by()
        off = {name: round(w, 3) for name, w in seen.items() if abs(w) > promise["apart_w"]}
        return off | dict.fromkeys(sums - seen.keys())

    wait.stays(
        does_not_add_up,
        lambda off: not off,
        what=f"gateway: {len(sums)} sums on production page and in meter reports are their parts, in W",
        for_s=promise["for_s"],
        every_s=15,
    )
    if not {USED, f"report of {USED}"} & sums:
        pytest.skip("the legs add up; there is no total consumption beside what makes it up")


@pytest.mark.promise("MT-011")
def test_three_views_show_the_same_powers(envoy: Envoy, wait: Waiting, promise: Promise) -> None:
    first = read_page(envoy).meters
    eids = {name: meter.eid for name, meter in envoy.meters.read().by_type.items()}
    in_all = {MADE, NET} & first.keys() & eids.keys()
    if not in_all:
        pytest.skip(f"no meter of the page is in the list of meters, which has {sorted(eids)}")

    def seen() -> dict[str, tuple[float, ...]]:
        page, readings = envoy.production.page().meters, envoy.meters.readings().by_eid
        live = envoy.livedata.status().meters
        alike = {MADE: live.pv.agg_p_mw / 1000, NET: live.grid.agg_p_mw / 1000}
        return {
            name: (page[name].now_w, readings[eids[name]].power_w, live_w)
            for name, live_w in alike.items()
            if name in in_all & page.keys()
        }

    def agree(seen: Mapping[str, tuple[float, ...]]) -> bool:
        return seen.keys() == in_all and all(
            max(views) - min(views)
            <= promise["apart_w"] + promise["apart_pct"] / 100 * max(map(abs, views))
            for views in seen.values()
        )

    wait.until(
        seen,
        agree,
        what="gateway: page, meter and live data show the same, in W",
        measures="time to agree with live data",
        within_s=promise["agree_within_s"],
        every_s=5,
    )


@pytest.mark.promise("MT-012")
def test_the_counters_grow_by_what_the_meters_show(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    read_page(envoy)
    eids = [meter.eid for meter in envoy.meters.read().root if meter.is_enabled]
    if not eids:
        pytest.skip("no meter is enabled: nothing counts")
    samples: list[dict[int, Reading]] = []

    def back() -> list[str]:
        samples.append(envoy.meters.readings().by_eid)
        return [
            f"meter {eid}: {name} from {before} to {after} Wh"
            for eid in eids
            if len(samples) > 1
            for name in ("delivered_wh", "received_wh")
            if (after := getattr(samples[-1][eid], name))
            < (before := getattr(samples[-2][eid], name))
        ]

    wait.stays(
        back,
        lambda found: not found,
        what="gateway: no counter of a meter goes back",
        for_s=promise["for_s"],
        every_s=20,
    )
    for eid in eids:
        first, last = samples[0][eid], samples[-1][eid]
        hours = (last.timestamp - first.timestamp) / 3600
        shown_wh = hours * sum(each[eid].power_w for each in samples) / len(samples)
        counted_wh = last.delivered_wh - first.delivered_wh - last.received_wh + first.received_wh
        allowed_wh = promise["apart_wh"] + promise["apart_pct"] / 100 * abs(shown_wh)
        assert abs(counted_wh - shown_wh) <= allowed_wh, (
            f"meter {eid}: counted {counted_wh:.1f} Wh in {hours:.2f} h, and showed {shown_wh:.1f} Wh"
        )


@pytest.mark.promise("MT-013")
def test_the_reports_of_the_inverters_are_their_line_of_the_page(
    rig: Rig, envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    skip_in_the_dark(read_page(envoy))

    def old() -> list[str]:
        now, reports = envoy.info.read().time, envoy.production.inverters().by_serial_number
        wanted = [each.serial_number for each in rig.inverters]
        return [
            serial
            for serial in wanted
            if serial not in reports
            or now - reports[serial].reported_unix > promise["reported_within_s"]
        ]

    wait.until(
        old,
        lambda silent: not silent,
        what="gateway: every inverter has reported, but for",
        within_s=promise["reported_within_s"],
        every_s=60,
    )

    def seen() -> tuple[float, float]:
        line = envoy.production.page().inverters
        return envoy.production.inverters().total_w, line.now_w if line else 0

    wait.until(
        seen,
        lambda w: abs(w[0] - w[1]) <= promise["apart_w"],
        what="gateway: the inverters' reports are the page's line, in W",
        within_s=promise["agree_within_s"],
        every_s=20,
    )


@pytest.mark.promise("MT-014")
def test_the_records_of_production_are_the_same_in_every_view(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    read_page(envoy)

    def differ() -> dict[str, tuple[float, float]]:
        page, totals = envoy.production.page(), envoy.production.totals()
        made = page.meters[MADE]
        energies: dict[str, tuple[float, float]] = {
            "until midnight, page and totals": (
                made.lifetime_wh - made.today_wh,
                totals.lifetime_wh - totals.today_wh,
            ),
            "seven days without today, page and totals": (
                made.seven_days_wh - made.today_wh,
                totals.seven_days_wh - totals.today_wh,
            ),
        }
        powers: dict[str, tuple[float, float]] = {}
        with contextlib.suppress(NotOffered):  # before 8.2.4
            energies |= energies_in_pdm(envoy, page)
            powers |= powers_in_pdm(envoy)
        return {
            name: pair
            for pairs, apart in ((energies, promise["apart_wh"]), (powers, promise["apart_w"]))
            for name, pair in pairs.items()
            if abs(pair[0] - pair[1]) > apart
        }

    wait.until(
        differ,
        lambda found: not found,
        what="gateway: production is told alike, but for (Wh)",
        within_s=promise["agree_within_s"],
        every_s=20,
    )


def energies_in_pdm(envoy: Envoy, page: ProductionPage) -> dict[str, tuple[float, float]]:
    """The energies that are the same in `/ivp/pdm` and elsewhere, pair by pair, in Wh."""
    energy, totals, line = envoy.pdm.energy().production, envoy.production.totals(), page.inverters
    pairs: dict[str, tuple[float, float]] = {
        "lifetime, pdm and totals": (energy.eim.lifetime_wh, totals.lifetime_wh),
        "today, pdm and totals": (energy.eim.today_wh, totals.today_wh),
    }
    if line is not None and line.lifetime_wh is not None:
        pairs["inverters' lifetime, pdm and page"] = (energy.pcu.lifetime_wh, line.lifetime_wh)
    return pairs


def powers_in_pdm(envoy: Envoy) -> dict[str, tuple[float, float]]:
    """What each inverter gives by `/ivp/pdm`, where that is complete, and by its report, in W."""
    data, reports = envoy.pdm.device_data(), envoy.production.inverters().by_serial_number
    if not data.is_complete:
        return {}
    return {
        f"inverter {serial} (W), pdm and report": (
            data.inverters[serial].channels[0].watts.now if serial in data.inverters else 0,
            report.last_w,
        )
        for serial, report in reports.items()
    }


@pytest.mark.promise("MT-015")
@pytest.mark.limit(10_800)
def test_the_inverters_report_what_the_meter_counts(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    first = read_page(envoy)
    skip_in_the_dark(first)
    if first.inverters is None or first.inverters.lifetime_wh is None:
        pytest.skip("no inverter reports here")

    wait.clock.sleep(promise["for_s"])

    last = envoy.production.page()
    assert last.inverters is not None
    assert last.inverters.lifetime_wh is not None
    reported_wh = last.inverters.lifetime_wh - first.inverters.lifetime_wh
    counted_wh = last.meters[MADE].lifetime_wh - first.meters[MADE].lifetime_wh
    # What was on its way at the beginning was made under another sun than what is at the end.
    fell_w = abs(first.meters[MADE].now_w - last.meters[MADE].now_w)
    on_its_way_wh = fell_w * promise["reported_within_s"] / 3600
    allowed_wh = promise["apart_wh"] + promise["apart_pct"] / 100 * counted_wh + on_its_way_wh
    assert abs(reported_wh - counted_wh) <= allowed_wh, (
        f"gateway: the inverters report {reported_wh} Wh, the meter has counted {counted_wh:.0f} Wh"
    )
