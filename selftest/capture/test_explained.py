"""No explanation outlives its difference, and none covers more than the captures that it is for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.capture.compare import Different, Explanation, How, explanations, is_one_of
from hil.envoy.views import UNREAD
from selftest.capture.likeness import LIKENESS, page, views_of_real_captures
from selftest.capture.simulated import begun, captured, differences, site_of
from selftest.capture.test_from_capture import CAPTURES, FOLDER, SITES, outage
from selftest.envoy.real_bodies import VARIABLE

GOES_ON_S = 1000.0
"""A simulated site that was captured has moved on by then."""

MORE_LOAD_W = 50.0

ANONYMISED = "/ivp/ensemble/submod", "$**.submodules[*].**", "/ivp/zb/status"
"""Differ in a capture whose devices are others, as selftest/cli compares them."""

BEYOND = {
    "7.6.175_with_cts_3phase": {"/ivp/meters/readings"},
    "7.6.185_with_cts_and_battery_3t": {"/ivp/meters/readings"},
    "8.1.41": {"/ivp/ensemble/power", "/production", "/production.json"},
    "8.2.127_with_generator_running": {"/ivp/meters/readings", "/production", "/production.json"},
    "8.2.4286_with_3cts_and_battery_split": {
        "/ivp/ensemble/power",
        "/ivp/meters/readings",
        "/production",
        "/production.json",
    },
    "8.2.4382_ACB": {
        "/ivp/ensemble/power",
        "/ivp/ensemble/secctrl",
        "/ivp/ensemble/status",
        "/ivp/meters/readings",
    },
    "8.3.1598_collar": {
        "/ivp/ensemble/power",
        "/ivp/meters/readings",
        "/production",
        "/production.json",
    },
    "8.3.5167_3rd-pv": {"/production.json"},
    "8.3.5289_modGone": {"/ivp/meters/readings", "/production.json?details=1"},
    "8.3.5433_tot_is_net_cons": {"/api/v1/production", "/ivp/meters/readings"},
}
"""Capture → views where a number is further from the captured one than the first entry for it lets
it be. A view that is not here begins with the captured charge, powers, voltage and frequency."""

pytestmark = pytest.mark.skipif(
    FOLDER is None, reason=f"{VARIABLE} names no folder with real bodies"
)


def of_real_captures() -> dict[str, list[Different]]:
    return {
        name: [each for view in views for each in view.differences]
        for name, views in views_of_real_captures().items()
    }


def of_simulated_sites(root: Path) -> Iterator[Different]:
    for name in SITES:
        first = site_of(name)
        outage(first)
        folder = captured(first, root / name)
        site, _ = begun(folder)
        assert isinstance(site.truth.energy.load_w, float)
        site.energy.ask(load_w=site.truth.energy.load_w + MORE_LOAD_W)
        site.world.advance(GOES_ON_S)
        yield from differences(folder, site)


def unused(entry: Explanation, explained: list[Different]) -> list[str]:
    """What of the entry no difference needs."""
    # What nobody here reads the simulator does not have either.
    is_unread = entry.how == (How.VIEW,) and any(is_one_of(entry.views, each) for each in UNREAD)
    views = () if is_unread else entry.views
    left = [
        *(v for v in views if not any(is_one_of([v], each.view) for each in explained)),
        *(p for p in entry.places if not any(is_one_of([p], each.general) for each in explained)),
        *(
            how
            for how in entry.how
            if entry.how != tuple(How) and not any(each.how is how for each in explained)
        ),
        *(
            str(value)
            for value in entry.captured
            if not any(each.captured == value for each in explained)
        ),
    ]
    return [each for each in left if each not in ANONYMISED]


def test_every_explanation_explains_something(tmp_path: Path) -> None:
    """In a real capture, or in a simulated one whose time went on; else it hides what breaks."""
    found = [each for name in of_real_captures() for each in of_real_captures()[name]]
    found += of_simulated_sites(tmp_path)
    by_entry: dict[int, list[Different]] = {n: [] for n in range(len(explanations()))}
    for each in found:
        if each.explanation is not None:
            by_entry[explanations().index(each.explanation)].append(each)

    dead = {
        f"{n}: {entry.why}": left
        for n, entry in enumerate(explanations())
        if (left := unused(entry, by_entry[n]))
    }
    assert dead == {}


@pytest.mark.parametrize("name", [folder.name for folder in CAPTURES])
def test_a_site_begins_with_the_charge_and_the_powers_of_its_capture(name: str) -> None:
    near = [entry for entry in explanations() if entry.within is not None]
    beyond = {
        each.view
        for each in of_real_captures()[name]
        for entry in near
        if each.how is How.VALUE
        and is_one_of(entry.views, each.view)
        and is_one_of(entry.places, each.general)
        and not entry.explains(each)
    }
    assert beyond == BEYOND.get(name, set())


def test_the_page_about_likeness_is_in_step_with_the_captures() -> None:
    assert LIKENESS.read_text("utf-8") == page(), (
        f"run `{VARIABLE}=… python -m selftest.capture.likeness`"
    )
