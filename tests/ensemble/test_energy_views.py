"""What the views say of power and charge: each adds up in itself, and they fit each other."""

import math

import pytest

from hil.envoy.client import Envoy
from hil.envoy.livedata import LiveMeters
from hil.envoy.secondary_control import SecondaryControl
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.waiting import Waiting

PHASES = ("", "_phaseb", "_phasec")
KINDS = ("agg_p", "agg_s")
NOBODY = "999999999999"
"""A well-formed serial number of no device."""


def scaled_badly(control: SecondaryControl) -> list[str]:
    """Every bias whose whole-number form is not the one that belongs to it."""
    found = []
    for phase in PHASES:
        hertz, volts = (
            getattr(control, f"freq_bias_hz{phase}"),
            getattr(control, f"voltage_bias_v{phase}"),
        )
        for name, said, due in (
            (
                f"freq_bias_hz_q8{phase}",
                getattr(control, f"freq_bias_hz_q8{phase}"),
                2 * math.pi * hertz * 256,
            ),
            (
                f"voltage_bias_v_q5{phase}",
                getattr(control, f"voltage_bias_v_q5{phase}"),
                volts * 32,
            ),
        ):
            if said != math.trunc(due):
                found.append(f"{name} {said} instead of {math.trunc(due)}")
    return found


def does_not_add_up(meters: LiveMeters, *, apart_mw: float) -> list[str]:
    """Every load that is not the sum of its sources, every whole that is not that of its legs."""
    found = []
    sources = (meters.pv, meters.storage, meters.grid, meters.generator)
    for kind, unit in zip(KINDS, ("mw", "mva"), strict=True):
        for key in (f"{kind}_{unit}", *(f"{kind}_ph_{leg}_{unit}" for leg in "abc")):
            load, parts = getattr(meters.load, key), [getattr(each, key) for each in sources]
            if load is not None and load != sum(parts):
                found.append(f"load {key} {load}, its sources {sum(parts)}")
    for name in ("pv", "storage", "grid", "load", "generator"):
        flow = getattr(meters, name)
        legs = [getattr(flow, f"agg_p_ph_{leg}_mw") for leg in "abc"]
        if None not in legs and abs(flow.agg_p_mw - sum(legs)) > apart_mw:
            found.append(f"{name} {flow.agg_p_mw} mW, its legs {sum(legs)} mW")
    return found


@pytest.mark.promise("EN-030")
@pytest.mark.parametrize(
    "world",
    ["grid", pytest.param("island", marks=pytest.mark.needs("enpower"))],
)
def test_the_biases_are_scaled_as_the_devices_read_them(
    world: str, envoy: Envoy, request: pytest.FixtureRequest, wait: Waiting, promise: Promise
) -> None:
    if world == "island":
        request.getfixturevalue("islanded_site")

    wait.stays(
        lambda: scaled_badly(envoy.ensemble.secondary_control()),
        lambda found: not found,
        what="gateway: secondary control scales its biases",
        for_s=promise["for_s"],
        every_s=5,
    )


@pytest.mark.promise("EN-031")
def test_secondary_control_adds_the_batteries_up(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def seen() -> dict[str, tuple[int, int]]:
        control = envoy.ensemble.secondary_control()
        batteries = [each for each in envoy.ensemble.inventory().encharges if each.communicating]
        capacity_wh = sum(each.encharge_capacity for each in batteries)
        percent_wh = sum(each.encharge_capacity * each.percent_full for each in batteries)
        reserve_pct = control.configured_backup_soc
        return {
            "ENC_agg_avail_energy": (control.enc_agg_avail_energy, percent_wh // 100),
            "ENC_agg_soc": (control.enc_agg_soc, percent_wh // capacity_wh if capacity_wh else 0),
            "Enc_max_available_capacity": (control.enc_max_available_capacity, capacity_wh),
            "ENC_agg_backup_energy": (
                control.enc_agg_backup_energy,
                control.max_energy * reserve_pct // 100,
            ),
        }

    wait.until(
        seen,
        lambda pairs: all(said == due for said, due in pairs.values()),
        what="gateway: secondary control says of all batteries what the inventory says of each",
        within_s=promise["agree_within_s"],
    )


@pytest.mark.promise("EN-032")
def test_live_data_has_the_charge_of_secondary_control(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def seen() -> dict[str, tuple[object, object]]:
        meters, control = envoy.livedata.status().meters, envoy.ensemble.secondary_control()
        pairs: dict[str, tuple[object, object]] = {
            "soc": (meters.soc, control.agg_soc),
            "backup_soc": (meters.backup_soc, control.configured_backup_soc),
        }
        if meters.enc_agg_soc is not None:  # from 8.0 on
            pairs["enc_agg_soc"] = (meters.enc_agg_soc, control.enc_agg_soc)
            pairs["enc_agg_energy"] = (meters.enc_agg_energy, control.enc_agg_avail_energy)
        return pairs

    wait.until(
        seen,
        lambda pairs: all(live == control for live, control in pairs.values()),
        what="gateway: live data and secondary control have the same charge",
        within_s=promise["agree_within_s"],
    )


@pytest.mark.promise("EN-033")
@pytest.mark.parametrize(
    "world",
    ["grid", pytest.param("island", marks=pytest.mark.needs("enpower"))],
)
def test_the_load_is_what_its_sources_give(
    world: str, envoy: Envoy, request: pytest.FixtureRequest, wait: Waiting, promise: Promise
) -> None:
    if world == "island":
        request.getfixturevalue("islanded_site")

    wait.stays(
        lambda: does_not_add_up(envoy.livedata.status().meters, apart_mw=1000 * promise["apart_w"]),
        lambda found: not found,
        what="gateway: live data adds up, whole and on every leg",
        for_s=promise["for_s"],
    )


@pytest.mark.promise("EN-070")
def test_a_bias_that_somebody_has_told_is_written_anew(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    def bias_hz() -> float:
        return envoy.ensemble.secondary_control().freq_bias_hz

    told_hz = -promise["told_hz"] if bias_hz() >= 0 else promise["told_hz"]

    def told_and_seen() -> float:
        envoy.ensemble.override_biases({"freq_bias_hz": told_hz})
        return bias_hz()

    try:
        envoy.ensemble.override_biases({"freq_bias_hz": told_hz})
    except NotOffered as absent:
        pytest.skip(str(absent))
    wait.until(
        told_and_seen,
        lambda hz: abs(hz - told_hz) < promise["apart_hz"],
        what=f"gateway: its frequency bias reads {told_hz} Hz, as it was told",
        within_s=promise["shown_within_s"],
    )
    wait.until(
        bias_hz,
        lambda hz: abs(hz - told_hz) >= promise["apart_hz"],
        what="gateway: secondary control has written its bias anew",
        measures="time to write the bias anew",
        within_s=promise["anew_within_s"],
    )


@pytest.mark.promise("EN-071")
def test_raw_data_is_that_of_the_battery_that_was_asked_for(envoy: Envoy) -> None:
    batteries = [each for each in envoy.ensemble.inventory().encharges if each.communicating]
    for battery in batteries:
        try:
            records = envoy.ensemble.raw_data(battery.serial_num).data_records
        except NotOffered as absent:
            pytest.skip(str(absent))
        assert set(records) == {battery.serial_num}, (
            f"encharge {battery.serial_num}: its raw data is of {', '.join(records) or 'nobody'}"
        )
    with pytest.raises(NotOffered):
        envoy.ensemble.raw_data(NOBODY)
