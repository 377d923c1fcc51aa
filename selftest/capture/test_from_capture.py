"""A site that begins as a captured one says what was captured, view by view."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.capture.compare import Because
from hil.errors import RigFileError
from hil.simulator.from_capture import beginning_of
from hil.simulator.relay_states import RelayState
from hil.simulator.site import Site
from hil.vocabulary.grid import GridMode, MainsState
from selftest.capture.likeness import captures
from selftest.capture.simulated import begun, captured, differences, site_of, unexplained
from selftest.envoy import made_up
from selftest.envoy.real_bodies import VARIABLE, real_dumps
from selftest.suite_runs import ROOT

FOLDER = real_dumps()
CAPTURES = captures()
SITES = sorted(path.stem for path in (ROOT / "sites").glob("*.yaml"))
LIVE_ONLY = (Because.LIVE, Because.MADE_UP)


@pytest.mark.parametrize("name", SITES)
def test_a_captured_simulator_is_reproduced_but_for_what_moves(name: str, tmp_path: Path) -> None:
    first = site_of(name)
    first.world.advance(30.0)  # by then each battery has answered a poll
    folder = captured(first, tmp_path / "site")

    second, refused = begun(folder)

    assert refused == []
    assert unexplained(differences(folder, second), but_for=LIVE_ONLY) == []
    assert [node.serial_number for node in second.truth.nodes] == [
        node.serial_number for node in first.truth.nodes
    ]
    assert [(each.serial_number, each.eid) for each in second.truth.inverters] == [
        (each.serial_number, each.eid) for each in first.truth.inverters
    ]
    assert second.truth.profile == first.truth.profile


def test_settings_contacts_and_meters_are_as_they_were(tmp_path: Path) -> None:
    first = site_of("split-phase-generator")
    settings = first.settings
    settings.change_pel({"PEL": True, "Soft_PEL": True, "PEL_Limit": 4500.0})
    settings.change_pcs({"mainCircuitBreaker": 125.0, "pcsOffering": {"MPUAvoidance": True}})
    settings.change_der({"der": {"der1": "DER_TYPE_NONE", "der2": "DER_TYPE_ENCHARGE"}})
    settings.change_contact(settings.contacts["NC1"].model_dump() | {"load_name": "Car"})
    settings.change_gen_mode({"gen_cmd": "off"})
    storage = settings.tariff.storage_settings.model_dump() | {"mode": "savings-mode"}
    settings.change_tariff(settings.tariff.model_dump() | {"storage_settings": storage})
    settings.disabled_meters |= {704643584}
    first.contacts.command("NO2", "open")
    first.world.advance(60.0)
    folder = captured(first, tmp_path / "site")

    second, refused = begun(folder)

    assert refused == []
    assert unexplained(differences(folder, second), but_for=LIVE_ONLY) == []
    assert second.settings.pel.PEL_Limit == 4500.0
    assert second.settings.contacts["NC1"].load_name == "Car"
    assert second.contacts.states["NO2"] == "open"


def commanded_open(site: Site) -> None:
    site.relay.command(MainsState.OPEN)
    site.world.advance(200.0)


def outage(site: Site) -> None:
    site.grid.switch(on=False)
    site.world.advance(30.0)


@pytest.mark.parametrize(
    ("happens", "state"),
    [(commanded_open, RelayState.ISLAND_SYNCED), (outage, RelayState.NO_GRID)],
)
def test_an_island_begins_as_an_island(
    happens: Callable[[Site], None], state: RelayState, tmp_path: Path
) -> None:
    first = site_of("split-phase")
    happens(first)
    folder = captured(first, tmp_path / "site")

    second, refused = begun(folder)

    assert refused == []
    assert (first.relay.state, second.relay.state) == (state, state)
    # It begins ten minutes old, so that what the sun gives may be another by then.
    assert unexplained(differences(folder, second)) == []


def on_its_generator(*, mode: str, soc_pct: float = 50.0) -> Site:
    """With more charge than it would start at, so that nothing but its past has it on."""
    site = site_of("split-phase-generator")
    site.settings.change_gen_mode({"gen_cmd": mode})
    site.grid.switch(on=False)
    site.energy.set_charge(25.0)
    site.world.advance(300.0)
    site.energy.set_charge(soc_pct)
    site.world.advance(330.0)
    assert site.energy.generator.is_closed
    return site


@pytest.mark.parametrize("mode", ["on", "auto"])
def test_a_site_on_its_generator_begins_on_it(mode: str, tmp_path: Path) -> None:
    folder = captured(on_its_generator(mode=mode), tmp_path / "site")

    second, refused = begun(folder)

    assert refused == []
    assert unexplained(differences(folder, second), but_for=LIVE_ONLY) == []
    assert (second.relay.is_open, second.energy.generator.is_closed) == (True, True)
    assert second.relay.admin_state == (30, "ENPWR_STATE_OPER_GEN_CLOSE", 128)
    assert second.relay.grid_mode is GridMode.GENERATOR
    assert second.settings.gen_mode is not None
    assert second.settings.gen_mode.gen_cmd == mode
    second.world.advance(60.0)
    assert second.energy.generator.is_closed


def test_a_generator_that_nothing_keeps_on_is_said(tmp_path: Path) -> None:
    folder = captured(on_its_generator(mode="on"), tmp_path / "site")
    (folder / "ivp_ss_gen_mode").write_text('{"gen_cmd": "off"}')

    _, refused = begun(folder)

    assert refused == ["/ivp/ensemble/generator: the simulator's generator does not feed the site"]


def test_a_generator_whose_mode_was_not_captured_is_taken_to_be_on(tmp_path: Path) -> None:
    folder = captured(on_its_generator(mode="on", soc_pct=90.0), tmp_path / "site")
    (folder / "ivp_ss_gen_mode").unlink()

    second, refused = begun(folder)

    assert refused == []
    assert second.energy.generator.is_closed
    assert "mode of the generator: it runs, so it is taken to be commanded on" in (
        beginning_of(folder).made_up
    )


def test_a_record_without_a_soft_start_is_given_one_and_that_is_said(tmp_path: Path) -> None:
    folder = captured(site_of("split-phase"), tmp_path / "site")
    file = folder / "ivp_grest_profile_active"
    body = json.loads(file.read_text())
    del body["profile"]["tpm"]["ramp_pct_s"]
    file.write_text(json.dumps(body))

    found = beginning_of(folder)

    assert found.truth.profile.tpm["ramp_pct_s"] == 0.33
    assert "ramp_pct_s of the grid profile: its record tpm is without" in found.made_up


def test_the_views_of_the_powers_begin_with_the_captured_charge(tmp_path: Path) -> None:
    """They are as old as a poll; until its last second the site's past has had another charge."""
    first = site_of("split-phase")
    first.energy.set_charge(97.0)
    first.energy.ask(pv_w=1000.0, load_w=100.0)
    first.world.advance(60.0)
    folder = captured(first, tmp_path / "site")

    second, _ = begun(folder)

    powers_mw = [each.power_mw for each in first.power.read()]
    assert min(powers_mw) < -400_000
    assert [each.power_mw for each in second.power.read()] == powers_mw


def test_powers_that_only_the_page_of_the_production_tells_are_taken(tmp_path: Path) -> None:
    (tmp_path / "info").write_text(made_up.info())
    meters = [("production", "production", 3000.0), ("consumption", "net-consumption", -1000.0)]
    page = {
        group: [{"type": "eim", "measurementType": kind, "wNow": power_w}]
        for group, kind, power_w in meters
    }
    (tmp_path / "production.json").write_text(json.dumps(page))

    energy = beginning_of(tmp_path).truth.energy

    assert (energy.pv_w, energy.load_w) == (3000.0, 2000.0)


def test_what_no_capture_tells_is_said(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "info").write_text(made_up.info("R6.0.1"))
    body = made_up.inventory(made_up.encharge(serial_num="somebody's", temperature="unknown"))
    body.append({"type": "COLLAR", "devices": [{"serial_num": "1", "part_num": "2"}]})
    (site / "ivp_ensemble_inventory").write_text(json.dumps(body))

    found = beginning_of(site)

    assert found.made_up == [
        "link keys: no capture has them",
        "radio addresses, PAN and channel: the agent's file is not there",
        "grid profile: none is named; one for a split-phase site is taken",
        "COLLAR: the simulator has no such device, it is left out",
    ]
    (battery,) = found.truth.encharges
    assert (battery.soc_pct, battery.rated_power_w, battery.der_index) == (62.0, 1280, 2)
    assert battery.serial_number.startswith("98"), (
        "one that is no number gets another, always the same"
    )
    assert battery.serial_number == beginning_of(site).truth.encharges[0].serial_number
    assert begun(site)[1] == []


def test_devices_that_somebody_has_given_one_number_are_told_apart(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "info").write_text(made_up.info())
    twice = made_up.encharge(serial_num="xxxxxxxxxxxx")
    (site / "ivp_ensemble_inventory").write_text(json.dumps(made_up.inventory(twice, twice)))

    first, _ = begun(site)

    assert len({node.serial_number for node in first.truth.nodes}) == 3
    assert len(first.nodes) == 3


def test_a_number_that_is_none_makes_no_site_and_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "info").write_text(made_up.info())
    (tmp_path / "ivp_ss_gen_config").write_text('{"max_cont_gen_amps": "many"}')
    with pytest.raises(RigFileError, match=r"could not convert .* `hil check-capture"):
        beginning_of(tmp_path)


def test_settings_that_the_simulator_does_not_take_are_named(tmp_path: Path) -> None:
    folder = captured(site_of("battery-only"), tmp_path / "site")
    (folder / "ivp_ss_pel_settings").write_text('{"PEL": true, "Export_Limit_Type": "PerPhase"}')

    site, refused = begun(folder)

    assert [each.partition(": Input")[0] for each in refused] == [
        "/ivp/ss/pel_settings: the simulator does not take it: Export_Limit_Type"
    ]
    assert site.settings.pel.PEL is False


@pytest.mark.parametrize(
    ("bodies", "why"),
    [
        ({}, "is no capture"),
        ({"ivp_ensemble_relay": "{}"}, "there is no `info` that says whose it is"),
        ({"info": "<html>login</html>"}, "there is no `info` that says whose it is"),
        ({"info": made_up.info("later")}, "no site can be made of it: gateway.firmware"),
        (
            {
                "info": made_up.info("R5.0.62"),
                "ivp_ensemble_inventory": json.dumps(made_up.inventory(made_up.encharge())),
            },
            "no site can be made of it: gateway.firmware: 5.0.62 knows no Enpower and no Encharge",
        ),
    ],
)
def test_a_folder_that_makes_no_site_says_why(
    bodies: dict[str, str], why: str, tmp_path: Path
) -> None:
    for name, body in bodies.items():
        (tmp_path / name).write_text(body)
    with pytest.raises(RigFileError, match=why):
        beginning_of(tmp_path)


@pytest.mark.skipif(FOLDER is None, reason=f"{VARIABLE} names no folder with real bodies")
@pytest.mark.parametrize("folder", CAPTURES, ids=lambda folder: folder.name)
def test_a_real_site_is_reproduced_and_what_differs_is_explained(folder: Path) -> None:
    site, refused = begun(folder)

    assert refused == []
    assert unexplained(differences(folder, site)) == []
