"""The state tables of the simulated rig, drawn: `python -m selftest.simulator.state_diagrams` writes
docs/states.md anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from hil.simulator import (
    generator,
    grid_profile,
    island,
    pairing,
    relay_guards,
    relay_states,
    zigbee_join,
)
from hil.simulator.relay_states import RelayEvent
from hil.vocabulary.zigbee import PairingState

PAGE = Path(__file__).parents[2] / "docs" / "states.md"

INTRODUCTION = """\
# The states of the simulated rig

Drawn from the tables that the simulator runs on, by `python -m selftest.simulator.state_diagrams`; a selftest keeps this page in
step. How long each step takes, and what is a guess, is in `hil/simulator/assumptions.yaml`. What leaves a state as it is
is not drawn.
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One table, and what to say of it."""

    title: str
    story: str
    table: Mapping[Any, Mapping[Any, Any]]
    """State, event → state: words of enumerations."""
    states: type[StrEnum]


DRAWN = (
    Drawn(
        "A device on its way into the network",
        "`hil/simulator/zigbee_join.py`. Losing power and restarting the radio are left out: they lead from "
        "everywhere to *off* and to *radio restart*. `zb at AI` says 00 in the last three states before "
        "*leaving*, FF while it searches, 21 where it hears no network, 23 where joining is not allowed.",
        {
            state: {
                event: to
                for event, to in row.items()
                if event
                not in (zigbee_join.JoinEvent.POWER_LOST, zigbee_join.JoinEvent.RADIO_RESTARTED)
            }
            for state, row in zigbee_join.TRANSITIONS.items()
        },
        zigbee_join.NodeState,
    ),
    Drawn(
        "What becomes of a registered serial number",
        "`hil/simulator/pairing.py`. The words are those of `/ivp/zb/pairing_status`.",
        pairing.TRANSITIONS,
        PairingState,
    ),
    Drawn(
        "The mains relay",
        "`hil/simulator/relay_states.py`. What `/ivp/ensemble/relay` shows as `mains_oper_state`: "
        + "; ".join(f"{state} – *{oper}*" for state, oper in relay_states.OPER.items())
        + ".",
        relay_states.TABLE,
        relay_states.RelayState,
    ),
    Drawn(
        "A grid profile on its way into one device",
        "`hil/simulator/grid_profile.py`.",
        grid_profile.TABLE,
        grid_profile.TargetState,
    ),
    Drawn(
        "What becomes of a site that is cut off from the grid",
        "`hil/simulator/island.py`. *dark* ends by itself, later each time where charge is what is missing; *dead* needs the "
        "grid or a generator.",
        island.TABLE,
        island.IslandState,
    ),
    Drawn(
        "The generator and its relay",
        "`hil/simulator/generator.py`. Its relay is closed in *closed* alone, where the mains relay is open.",
        generator.TABLE,
        generator.GeneratorState,
    ),
)


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(_section(each) for each in DRAWN), _guards()])


def _guards() -> str:
    commands = (RelayEvent.OPEN, RelayEvent.CLOSE)
    rows = [
        f"| {guard} | {' | '.join('stays' if each in held_back else '' for each in commands)} |"
        for guard, held_back in relay_guards.TABLE.items()
    ]
    return "\n".join(
        [
            "## What holds the mains relay back",
            "",
            "`hil/simulator/relay_guards.py`. While one of these is so, a command moves nothing, then or later.",
            "",
            f"| while | {' | '.join(f'told to {each}' for each in commands)} |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _section(drawn: Drawn) -> str:
    names = {state: f"s{number}" for number, state in enumerate(drawn.table)}
    lines = [f"    {name}: {state}" for state, name in names.items()]
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, row in drawn.table.items():
        for event, to in row.items():
            if to != state:
                arrows.setdefault((names[state], names[to]), []).append(event)
    lines += [
        f"    {a} --> {b}: {', '.join(map(str, events))}" for (a, b), events in arrows.items()
    ]
    return "\n".join(
        [
            f"## {drawn.title}",
            "",
            drawn.story,
            "",
            "```mermaid",
            "stateDiagram-v2",
            *lines,
            "```",
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
