"""Whom the gateway lets in: by what token, by what role, and for how long by a session."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from hil.envoy.client import Envoy
from hil.errors import NotAuthorized
from hil.plugin.promises import Promise
from hil.vocabulary.grid import MainsState
from hil.waiting import Waiting

if TYPE_CHECKING:
    from hil.rig.ways_in import WaysIn

pytestmark = pytest.mark.needs("token_access")

MORE_THAN_AN_OWNERS = (
    "/ivp/peb/rpttemp",
    "/installer/agf/inverters_status",
)
"""401 for owners, by several public reports."""


def why_not(ask: Callable[[], object]) -> str | None:
    """Why the gateway did not let somebody in; None where it did."""
    try:
        ask()
    except NotAuthorized as refused:
        return str(refused)
    return None


@pytest.mark.promise("GW-060")
@pytest.mark.parametrize("who", ["nobody", "changed_signature", "changed_role"])
def test_who_has_no_good_token_reads_nothing_and_commands_nothing(
    who: str, ways_in: "WaysIn", envoy: Envoy
) -> None:
    stranger: Envoy = getattr(ways_in, who)()
    before = envoy.ensemble.relay().mains_admin_state
    # What it is already: the grid is not at stake where the gateway obeys.
    command = {"mains_admin_state": MainsState(before)}

    for ask in (stranger.ensemble.inventory, stranger.zigbee.agent_file):
        assert why_not(ask), f"gateway: lets in {who} to {ask.__name__}"
    assert why_not(lambda: stranger.ensemble.command_relay(command)), f"gateway: obeys {who}"

    who_it_is = stranger.info.read().serial_number
    assert who_it_is == envoy.info.read().serial_number, "gateway: hides who it is"
    assert envoy.ensemble.relay().mains_admin_state == before, f"gateway: obeyed {who}"


@pytest.mark.promise("GW-061")
@pytest.mark.needs("ended_token")
def test_a_token_that_has_ended_opens_nothing(ways_in: "WaysIn", envoy: Envoy) -> None:
    envoy.ensemble.inventory()
    late = ways_in.ended()

    why = why_not(late.ensemble.inventory)

    assert why is not None, "gateway: lets in by a token that has ended"
    assert "ended on" in why, f"gateway: refused for another reason: {why}"


@pytest.mark.promise("GW-062")
@pytest.mark.needs("weaker_token")
@pytest.mark.parametrize("path", MORE_THAN_AN_OWNERS)
def test_a_weaker_role_opens_what_is_its_own_and_no_more(
    path: str, ways_in: "WaysIn", envoy: Envoy
) -> None:
    if envoy.view(path).status in (401, 404):
        pytest.skip(f"{path}: the rig's own token does not open it, or nothing is there")
    weaker = ways_in.weaker()

    assert why_not(weaker.ensemble.inventory) is None, "gateway: shuts an owner out"
    why = why_not(lambda: weaker.command("GET", path, b""))

    assert why is not None, f"gateway: opens {path} to a role that is too weak"
    assert "role is too weak" in why, f"gateway: refused for another reason: {why}"


@pytest.mark.promise("GW-063")
@pytest.mark.limit(4 * 3600)
def test_a_session_lives_while_it_is_used_and_is_bought_again_afterwards(
    ways_in: "WaysIn", envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    session = ways_in.session()
    for _ in range(3):
        wait.clock.sleep(promise["kept_by_use_within_s"])
        assert why_not(session.ensemble.inventory) is None, "gateway: ended a session that is used"

    wait.clock.sleep(promise["ended_after_s"])

    assert why_not(session.ensemble.inventory), "gateway: lets in by a session that nobody used"
    envoy.ensemble.inventory()
    renewed = ways_in.session()
    assert why_not(renewed.ensemble.inventory) is None, "gateway: sells no second session"
