"""Settings in force: what was written to one view shows in another that did not take it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.plugin.promises import Promise

if TYPE_CHECKING:
    from tests.conftest import StorageSettings
    from tests.site_settings.conftest import Offered, Rules, Shows

EXPORT, SPARED_PANEL = "PEL W", "PCS MPU Avoidance"
"""Rules, as the control process calls them."""

SMALL_A, LARGE_A = 20.0, 30.0


@pytest.mark.promise("SS-020")
def test_an_export_limit_is_a_rule_in_force(
    unlimited: Mapping[str, object], rules: "Rules", envoy: Envoy, shows: "Shows"
) -> None:
    before = rules().get(EXPORT)

    for limit_w in (3000.0, 2500.0):
        limit = {"PEL": True, "Soft_PEL": True, "PEL_Limit": limit_w}
        with envoy.site_settings.pel.changed({**unlimited, **limit}):
            shows(
                lambda: rules().get(EXPORT),
                limit_w,
                what="gateway: its control process limits the export to what was written, in W",
            )

    shows(
        lambda: rules().get(EXPORT),
        before,
        what="gateway: its control process limits the export as before",
    )


@pytest.mark.promise("SS-021")
def test_a_breaker_to_be_spared_is_a_rule_in_force_in_proportion(
    offered: "Offered", rules: "Rules", shows: "Shows"
) -> None:
    group = offered("pcs")
    offers = group.document()["pcsOffering"]
    assert isinstance(offers, dict)
    spared = {"pcsOffering": offers | {"MPUAvoidance": True}}

    with group.changed(spared | {"mainPanelDERBreaker": SMALL_A}):
        shows(
            lambda: SPARED_PANEL in rules(),
            True,
            what=f"gateway: its control process spares a breaker of {SMALL_A:g} A",
        )
        small_w = rules()[SPARED_PANEL]
    with group.changed(spared | {"mainPanelDERBreaker": LARGE_A}):
        shows(
            lambda: rules().get(SPARED_PANEL),
            pytest.approx(small_w * LARGE_A / SMALL_A),
            what=f"gateway: its control process gives a breaker of {LARGE_A:g} A more than {small_w:g} W",
        )


@pytest.mark.promise("SS-021")
def test_a_breaker_to_be_spared_is_asked_for_no_more_than_it_carries_for_good(
    offered: "Offered", rules: "Rules", shows: "Shows", line_v: float, promise: Promise
) -> None:
    group = offered("pcs")
    offers = group.document()["pcsOffering"]
    assert isinstance(offers, dict)
    for_good_w = promise["continuous_pct"] / 100 * LARGE_A * line_v

    with group.changed(
        {"pcsOffering": offers | {"MPUAvoidance": True}, "mainPanelDERBreaker": LARGE_A}
    ):
        shows(
            lambda: rules().get(SPARED_PANEL),
            pytest.approx(for_good_w, rel=promise["apart_pct"] / 100),
            what=(
                f"gateway: its control process asks a breaker of {LARGE_A:g} A at {line_v:.0f} V for "
                f"no more than {for_good_w:.0f} W"
            ),
        )


@pytest.mark.promise("SS-022")
@pytest.mark.needs("enpower")
def test_a_der_port_in_use_shows_at_the_relay_and_no_other_moves(
    offered: "Offered", envoy: Envoy, shows: "Shows"
) -> None:
    group = offered("der")
    ports = group.document()["der"]
    assert isinstance(ports, dict)
    free = next(port for port in ("der1", "der2") if ports[port] != "DER_TYPE_ENCHARGE")

    def states() -> dict[str, int]:
        relay = envoy.ensemble.relay()
        return {"der1": relay.der1_state, "der2": relay.der2_state}

    before = states()
    for kind, state in (("DER_TYPE_NONE", 0), ("DER_TYPE_PV_IQ8", 1)):
        with group.changed({"der": ports | {free: kind}}):
            shows(
                states,
                before | {free: state},
                what=f"gateway: the relay view shows {kind} on {free}, the other port as before",
            )
    shows(states, before, what="gateway: the relay view shows the DER ports as before")


@pytest.mark.promise("SS-023")
def test_an_idle_generator_shows_its_window_and_whether_it_may_run(
    offered: "Offered", envoy: Envoy, shows: "Shows"
) -> None:
    schedule, mode = offered("gen_schedule"), offered("gen_mode")
    view = envoy.ensemble.generator

    for start_soc, stop_soc in ((20, 60), (25, 65)):
        window = {"start_soc": start_soc, "stop_soc": stop_soc}
        with schedule.changed({"default_soc": window}):
            shows(
                lambda: (view().start_soc, view().stop_soc),
                (start_soc, stop_soc),
                what="gateway: the generator's view shows the window of its schedule",
            )
    for command, admin_mode in (("off", 0), ("auto", 2)):
        with mode.changed({"gen_cmd": command}):
            shows(
                lambda: view().admin_mode,
                admin_mode,
                what=f"gateway: the generator's view shows that it is commanded {command}",
            )


@pytest.mark.promise("SS-024")
def test_the_reserve_of_the_tariff_is_the_one_in_force(
    storage_settings: "StorageSettings", envoy: Envoy, shows: "Shows"
) -> None:
    def in_force() -> dict[str, object]:
        control = envoy.ensemble.secondary_control()
        backup_pct = control.configured_backup_soc
        return {
            "control": backup_pct,
            "live data": envoy.livedata.status().meters.backup_soc,
            "schedule": envoy.tariff.read().schedule.get("reserved_soc"),
            "energy fits": control.enc_agg_backup_energy == control.max_energy * backup_pct // 100,
        }

    for reserve_pct in (35, 40):
        with storage_settings(reserved_soc=float(reserve_pct)):
            shows(
                in_force,
                dict.fromkeys(("control", "live data", "schedule"), reserve_pct)
                | {"energy fits": True},
                what="gateway: every view keeps the reserve of the tariff, in percent",
            )
