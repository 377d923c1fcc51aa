"""How two captures are held against each other."""

from collections import Counter

import pytest

from hil.capture.compare import Because, Different, Refusal, compare, explanations, said_by

INVENTORY = "/ivp/ensemble/inventory"


def found(view: str, captured: object, simulated: object) -> list[Different]:
    (compared,) = compare({view: captured}, {view: simulated})
    return list(compared.differences)


def test_devices_are_found_again_in_whatever_order_they_stand() -> None:
    first = {"serial_num": "122000000131", "percentFull": 61}
    second = {"serial_num": "122000000132", "percentFull": 62}
    captured = [{"type": "ENCHARGE", "devices": [first, second]}]
    simulated = [{"type": "ENCHARGE", "devices": [second, first | {"percentFull": 63}]}]

    (only,) = found(INVENTORY, captured, simulated)

    assert only.place == "$['ENCHARGE'].devices['122000000131'].percentFull"
    assert only.general == "$.ENCHARGE.devices[*].percentFull"
    assert (only.captured, only.simulated) == (61, 63)


def test_what_is_lacking_and_what_is_said_besides_differs_too() -> None:
    told = [(each.how, each.place) for each in found("/x", {"a": 1, "b": {}}, {"b": {}, "c": [2]})]
    assert told == [("lacking", "$.a"), ("extra", "$.c[0]")]


def test_a_number_is_equal_however_it_is_spelled_and_a_truth_value_is_none() -> None:
    assert found("/x", {"a": 3000.0}, {"a": 3000}) == []
    assert [each.how for each in found("/x", {"a": True}, {"a": 1})] == ["value"]


def test_a_view_that_is_refused_is_one_difference() -> None:
    (only,) = found("/ivp/sc/sched", {"acb_current_mode": 0}, Refusal("404"))
    assert (only.how, only.captured, only.simulated) == ("view", "200", "404")
    assert only.explanation is not None


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (404, "", Refusal("404")),
        (200, "<html>", Refusal("a page")),
        (None, '{"err": "404 - Not Found"}', Refusal("404")),
        (None, '{"error": "busy"}', Refusal("an error")),
        (200, " ", Refusal("nothing")),
        (200, '{"a"', Refusal("no JSON")),
        (200, '{"a": 1}', {"a": 1}),
    ],
)
def test_a_refusal_is_told_by_its_status_or_by_what_it_is(
    status: int | None, text: str, said: object
) -> None:
    assert said_by("/x", status, text) == said


def test_refusals_are_compared_too() -> None:
    assert found("/x", Refusal("404"), Refusal("404")) == []
    (only,) = found("/x", Refusal("404"), Refusal("401"))
    assert (only.captured, only.simulated, only.explanation) == ("404", "401", None)
    (admitted,) = found("/x", Refusal("404"), {"a": 1})
    assert (admitted.captured, admitted.simulated, admitted.explanation) == ("404", "200", None)


def test_a_number_that_is_too_far_off_has_another_explanation_or_none() -> None:
    view, steps = "/ivp/livedata/meters", (58, 66)
    near, far = (found(view, {"soc": 62}, {"soc": other})[0].explanation for other in steps)
    assert near is not None
    assert far is not None
    nowhere = found(view, {"soc": 62}, {"soc": 20})[0].explanation
    assert nowhere is None
    assert found(view, {"soc": 62}, {"soc": "unknown"})[0].explanation is None


@pytest.mark.parametrize(
    ("view", "captured", "simulated", "because"),
    [
        ("/ivp/livedata/status", {"meters": {"soc": 1}}, {"meters": {"soc": 2}}, Because.LIVE),
        (
            "/ivp/ensemble/relay",
            {"Enchg_grid_mode": "unknown"},
            {"Enchg_grid_mode": "multimode-ongrid"},
            Because.NOT_MODELLED,
        ),
        # What the simulator has to have right is explained by nothing.
        ("/ivp/ensemble/relay", {"mains_oper_state": "open"}, {"mains_oper_state": "closed"}, None),
        ("/ivp/ensemble/relay", {"a": 1, "new_key": 1}, {"a": 1}, None),
        ("/ivp/ss/pel_settings", {"PEL_Limit": 1.0}, {"PEL_Limit": 2.0}, None),
        ("/ivp/ensemble/relay", {"mains_oper_state": "open"}, Refusal("404"), None),
    ],
)
def test_only_what_is_known_to_differ_is_explained(
    view: str, captured: object, simulated: object, because: Because | None
) -> None:
    (only,) = found(view, captured, simulated)
    assert (only.explanation and only.explanation.because) == because


def test_no_explanation_is_written_twice() -> None:
    whys = Counter((each.views, each.places, each.how, each.within) for each in explanations())
    assert [key for key, count in whys.items() if count > 1] == []
