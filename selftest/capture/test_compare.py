"""How two captures are held against each other."""

from collections import Counter

import pytest

from hil.capture.compare import Because, Different, compare, explanations

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
    (only,) = found("/ivp/sc/sched", {"acb_current_mode": 0}, None)
    assert only.how == "view"
    assert only.explanation is not None


@pytest.mark.parametrize(
    ("view", "captured", "simulated", "because"),
    [
        ("/ivp/livedata/status", {"meters": {"soc": 1}}, {"meters": {"soc": 2}}, Because.LIVE),
        (
            "/ivp/ensemble/relay",
            {"a": 1, "user_commanded_offgrid_vls_offset": 0},
            {"a": 1},
            Because.NOT_MODELLED,
        ),
        # What the simulator has to have right is explained by nothing.
        ("/ivp/ensemble/relay", {"mains_oper_state": "open"}, {"mains_oper_state": "closed"}, None),
        ("/ivp/ensemble/relay", {"a": 1, "new_key": 1}, {"a": 1}, None),
        ("/ivp/ss/pel_settings", {"PEL_Limit": 1.0}, {"PEL_Limit": 2.0}, None),
        ("/ivp/ensemble/relay", {"mains_oper_state": "open"}, None, None),
    ],
)
def test_only_what_is_known_to_differ_is_explained(
    view: str, captured: object, simulated: object, because: Because | None
) -> None:
    (only,) = found(view, captured, simulated)
    assert (only.explanation and only.explanation.because) == because


def test_no_explanation_is_written_twice() -> None:
    whys = Counter((each.views, each.places, each.how) for each in explanations())
    assert [key for key, count in whys.items() if count > 1] == []
