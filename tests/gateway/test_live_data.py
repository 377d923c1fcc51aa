"""Live data besides its powers: its parts by themselves, its stream, and its test."""

import pytest

from hil.envoy.client import Envoy
from hil.envoy.livedata import LiveMeters
from hil.errors import NotOffered
from hil.plugin.promises import Promise
from hil.waiting import Waiting

ASKED = 3

STEADY = ("soc", "backup_soc", "main_relay_state", "gen_relay_state", "phase_count")
"""Of the meters: what does not move from one second to the next."""


@pytest.fixture(autouse=True)
def live_data(envoy: Envoy) -> None:
    """A gateway without live data has nothing to be tested."""
    try:
        envoy.livedata.status()
        envoy.livedata.counters()
    except NotOffered as absent:
        pytest.skip(str(absent))


@pytest.mark.promise("GW-041")
def test_counters_by_themselves_go_on_counting(envoy: Envoy) -> None:
    live = envoy.livedata
    before = live.counters().root
    for _ in range(ASKED):
        whole = live.status().counters
    after = live.counters().root

    assert set(after) == set(whole), "gateway: other counters by themselves than in the status"
    back = [name for name in before if int(str(after[name])) < int(str(before[name]))]
    assert not back, f"gateway: {', '.join(back)} went back"
    if "rest_Status" in after:
        counted = int(str(after["rest_Status"])) - int(str(before["rest_Status"]))
        assert counted >= ASKED, f"gateway: asked {ASKED} times for its status, counted {counted}"


@pytest.mark.promise("GW-041")
def test_tasks_and_meters_by_themselves_are_those_of_the_status(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    live = envoy.livedata

    def steady(meters: LiveMeters) -> dict[str, object]:
        return {name: getattr(meters, name) for name in STEADY}

    wait.until(
        lambda: (live.tasks().root, live.status().tasks),
        lambda seen: seen[0] == seen[1],
        what="gateway: the tasks by themselves are those of the status",
        within_s=promise["agree_within_s"],
    )
    wait.until(
        lambda: (steady(live.meters()), steady(live.status().meters)),
        lambda seen: seen[0] == seen[1],
        what="gateway: the meters by themselves are those of the status",
        within_s=promise["agree_within_s"],
    )


@pytest.mark.promise("GW-042")
def test_live_data_is_streamed_when_that_is_asked_for(
    envoy: Envoy, wait: Waiting, promise: Promise
) -> None:
    live = envoy.livedata
    was_on = live.status().connection.sc_stream == "enabled"
    try:
        for on, word in ((False, "disabled"), (True, "enabled")):
            live.stream(on=on)
            wait.until(
                lambda: live.status().connection.sc_stream,
                lambda seen, word=word: seen == word,  # type: ignore[misc]
                what=f"gateway: its stream is {word}",
                measures="time to switch the stream",
                within_s=promise["shown_within_s"],
            )
        last = live.status().meters.last_update
        wait.until(
            lambda: live.status().meters.last_update,
            lambda now: now > last,
            what="gateway: live data that is streamed is new",
            measures="time between two live data",
            within_s=promise["new_within_s"],
        )
    finally:
        live.stream(on=was_on)


@pytest.mark.promise("GW-043")
@pytest.mark.needs("debug_endpoints")
def test_a_look_at_the_test_of_live_data_changes_nothing(envoy: Envoy) -> None:
    live = envoy.livedata
    before = live.status().connection

    try:
        live.look_at_test()
    except NotOffered as absent:
        pytest.skip(str(absent))

    assert live.status().connection == before, "gateway: a look at /ivp/livedata/test changed it"
    assert envoy.answers(), "gateway: does not answer after a look at /ivp/livedata/test"
