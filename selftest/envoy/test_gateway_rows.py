"""Every row of the interface page ends as a call of the client, an answer of the simulated gateway, and a test."""

from collections.abc import Iterator

import pytest

from hil.envoy.client import Envoy
from hil.errors import Refused
from hil.plugin.promises import load_promises
from hil.simulator.rest.control_settings import HIGH_BACKUP_SOC
from hil.vocabulary.endpoints import WRITABLE
from selftest.envoy.gateway_rows import (
    PAGE,
    ROOT,
    Asked,
    Call,
    Desk,
    answers_to,
    bugs_of,
    desk,
    page,
    product_tests,
    rows,
)

ASKED = [(row, asked) for row in rows() for asked in row.asked]
NAMES = [f"{row.row} {asked}" for row, asked in ASKED]


@pytest.fixture(scope="module")
def here() -> Iterator[Desk]:
    with desk() as here:
        yield here


def test_the_page_has_43_rows_three_beside_them_and_four_that_are_no_rest() -> None:
    assert [row.row for row in rows()] == [*map(str, range(1, 44)), *"abcdefg"]


@pytest.mark.parametrize("asked", [asked for _, asked in ASKED], ids=NAMES)
def test_the_client_asks_and_the_simulated_gateway_answers(asked: Asked, here: Desk) -> None:
    said = answers_to(asked, here.ask(asked))

    assert said, f"{asked.call.client} does not ask it: {here.gateway.heard}"
    assert said[0] in ("200", "302", "exit 0")


@pytest.mark.parametrize("asked", [asked for _, asked in ASKED], ids=NAMES)
def test_tests_hold_it_and_have_been_seen_to_go_red(asked: Asked) -> None:
    assert asked.promise in load_promises(ROOT / "docs" / "promises.yaml")
    assert product_tests().get(asked.promise), "no test of its promise"
    assert bugs_of(asked.promise), "no deliberate bug breaks its promise"


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m selftest.envoy.gateway_rows"


def test_whatever_the_client_writes_is_on_the_list(here: Desk) -> None:
    written = set()
    for _, asked in ASKED:
        written |= {(method, path) for method, path, _ in here.ask(asked).requests}
    meter = str(next(iter(here.gateway.site.meters)))
    of_rows = {
        (method, path.replace(meter, "<eid>")) for method, path in written if method != "GET"
    }
    # Which keys it has nobody knows, so nobody can say what of them is nonsense.
    of_rows.remove(("POST", HIGH_BACKUP_SOC))

    assert of_rows <= {(each.method, each.path) for each in WRITABLE}


TAKES_ANYTHING = [
    "ensemble.command_relay",
    "ensemble.command_dry_contacts",
    "ensemble.add_devices_raw",
    "ensemble.override_biases",
    "livedata.stream_raw",
    "zigbee.provision_raw",
    "zigbee.reset_device_raw",
    "grid_profile.relaxed_parameters.add",
    "tariff.write_raw",
    "high_backup_soc.write_raw",
    *(
        f"secondary_control.{name}.write_raw"
        for name in ("pv_limit", "set_point", "third_party_pv")
    ),
    *(
        f"site_settings.{name}.write_raw"
        for name in ("pel", "pcs", "der", "dry_contact", "gen_config", "gen_mode", "gen_schedule")
    ),
]


@pytest.mark.parametrize("client", TAKES_ANYTHING)
def test_a_refusal_is_a_typed_error_that_quotes_the_answer(client: str, here: Desk) -> None:
    with pytest.raises(Refused) as refused:
        here.nonsense(Asked("", "", Call(client), ""))

    assert (refused.value.status, here.gateway.heard.requests[-1][2]) == (400, 400)
    assert "the body is no JSON" in refused.value.body
    assert "the body is no JSON" in str(refused.value)
    assert isinstance(here.envoy, Envoy)
    assert here.envoy.answers(), "the gateway is not alive"
