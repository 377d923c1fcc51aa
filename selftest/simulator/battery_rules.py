"""What a battery may do: its ratings, its charge, and what it is there for."""

from hil.simulator.assumptions import PhysicsAssumptions
from selftest.simulator.energy_moment import Cell, Moment, Supply

WHOLE_MW = 2
"""Powers are whole mW: at the terminals, and once more in the cells."""


def hold_to_rating(cell: Cell, then: Moment, *, peak: float) -> None:
    """No more than it is rated for; for some seconds its peak, where it alone forms an island."""
    most = peak if then.supply is Supply.BATTERIES else 1.0
    assert -cell.rated_mw <= cell.power_mw <= cell.rated_mw * most
    if not cell.is_on or then.supply in (Supply.NOBODY, Supply.GRID_ALONE):
        assert cell.power_mw == 0


def hold_to_charge(
    before: Cell, after: Cell, then: Moment, for_us: int, physics: PhysicsAssumptions
) -> None:
    """Its charge follows its power, and it gives nothing of what has to stay."""
    assert 0 <= after.stored_nj <= after.mark_nj(100)
    gained_nj, power_mw = after.stored_nj - before.stored_nj, before.power_mw
    idle_mw = round(physics.idle_w * 1000)
    one_way = physics.eta_round_trip**0.5
    if power_mw > 0:
        least_pct = (
            then.told.reserve_pct if then.supply is Supply.GRID else then.told.storage.very_low_soc
        )
        assert before in then.may_give
        assert after.stored_nj >= after.mark_nj(least_pct)
        assert abs(gained_nj + power_mw / one_way * for_us) <= WHOLE_MW * for_us
    elif power_mw == 0:
        # Without AC from elsewhere it lives on itself.
        assert not before.is_on or then.supply not in (Supply.GRID, Supply.GENERATOR)
        least_pct = 0.0 if then.supply is Supply.BATTERIES else physics.dead_soc_pct
        lives_on_itself = before.is_on and before.is_above(least_pct)
        assert gained_nj == (-idle_mw * for_us if lives_on_itself else 0)
    elif before.is_full:
        assert -power_mw <= idle_mw
        assert gained_nj == 0
    elif power_mw != -idle_mw:
        assert abs(gained_nj + power_mw * one_way * for_us) <= WHOLE_MW * for_us
    else:
        assert gained_nj == 0 or abs(gained_nj - idle_mw * one_way * for_us) <= WHOLE_MW * for_us


def hold_to_wish(then: Moment, *, idle_mw: int, top_up_mw: int) -> None:
    """On the grid the batteries follow the house, the mode or the set point as far as they can.

    About to leave it, they take so much from it.
    """
    if then.supply is not Supply.GRID:
        return
    told, flows = then.told, then.flows
    if then.leaves_grid or (told.storage.mode == "backup" and not told.set_point.enable):
        assert all(cell.power_mw <= 0 for cell in then.cells)
    if told.limits_sun or told.limits_batteries:
        return
    givers_mw = sum(cell.rated_mw for cell in then.may_give)
    takers_mw = sum(cell.rated_mw for cell in then.able_to_take)
    missing_mw = flows.load_mw - flows.pv_mw
    if then.leaves_grid:
        wish_mw = -top_up_mw
    elif told.set_point.enable:
        rated_mw = sum(cell.rated_mw for cell in then.cells)
        wish_mw = round(rated_mw * told.set_point.setpoint_pct / 100)
    elif told.storage.mode != "backup":
        wish_mw = missing_mw
    else:
        wish_mw = -takers_mw if told.storage.charge_from_grid else min(0, missing_mw)
    active_mw = max(-takers_mw, min(givers_mw, wish_mw))
    # Those that have no part in it are idle.
    idle_too_mw = idle_mw * sum(cell.is_on for cell in then.cells)
    assert active_mw - idle_too_mw <= flows.storage_mw <= active_mw


def hold_to_breaker(then: Moment, *, idle_mw: int) -> None:
    """All of them together, the idle ones too, leave their breaker what it carries."""
    most_mw = then.told.batteries_carry_mw
    if most_mw is not None and then.supply is Supply.GRID:
        all_idle_mw = idle_mw * sum(cell.is_on for cell in then.cells)
        assert abs(then.flows.storage_mw) <= max(most_mw, all_idle_mw)
