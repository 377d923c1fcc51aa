"""The relay object, alone at `/ivp/ensemble/relay` and inside `/ivp/ensemble/status`."""

from typing import Annotated

from pydantic import Field

from hil.envoy.document import Document, GridModeWord, MainsWord, Since


class Relay(Document):
    """What the mains relay was told and does. Source: captures of 7.3 to 8.3."""

    mains_admin_state: MainsWord
    """The last command (`open`, `closed`), not a state. An outage does not change it."""
    mains_oper_state: MainsWord
    """Where the contactor is."""
    der1_state: int
    der2_state: int
    # In captures from 8.1.41 on; not on the interface page, whose firmware is unknown.
    der3_state: Annotated[int | None, Since("8.2.127")] = None
    srt12_state: Annotated[str | None, Since("8.2.4286")] = None
    srt13_state: Annotated[str | None, Since("8.2.4286")] = None
    # One system only, 8.3.6086: not known from when on.
    user_commanded_offgrid_vls_offset: int | None = None
    enchg_grid_mode: GridModeWord = Field(alias="Enchg_grid_mode")
    """Of the batteries."""
    solar_grid_mode: GridModeWord = Field(alias="Solar_grid_mode")
