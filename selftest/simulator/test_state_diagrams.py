"""The drawn states are those that the simulator runs on."""

from selftest.simulator.state_diagrams import DRAWN, PAGE, page


def test_the_page_is_in_step_with_the_tables() -> None:
    assert PAGE.read_text("utf-8") == page(), (
        "the tables have changed: python -m selftest.simulator.state_diagrams"
    )


def test_every_state_can_be_reached_and_none_is_left_out() -> None:
    for drawn in DRAWN:
        reached = {to for row in drawn.table.values() for to in row.values()}
        assert reached <= set(drawn.table)
        assert set(drawn.table) == set(drawn.states), drawn.title
