"""The picture of a watched rig: rich's tables from a `WatchedRig`; pure."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hil.evidence.timeline import Event
from hil.rig.watched import WatchedNode, WatchedRig
from hil.vocabulary.grid import GridMode, MainsState
from hil.vocabulary.zigbee import PairingState

UNKNOWN = Text("?", style="dim")

BAD_PAIRING = (
    "not registered",
    *map(
        str,
        (
            PairingState.LOST,
            PairingState.NOT_JOINED,
            PairingState.KEY_FAIL,
            PairingState.ID_MISMATCH,
        ),
    ),
)


def view(rig: WatchedRig, *, name: str, who: str, now_s: float, is_virtual: bool) -> RenderableType:
    """Everything at one look; each value as the run last saw it."""
    title = Text.assemble((f"rig {name}", "bold"), f"  held by {who}")
    time = f"{now_s:.1f} s of rig time" + (" (virtual: as of the last event)" if is_virtual else "")
    parts: list[RenderableType] = [Text(time), _site(rig), _devices(rig), _consoles(rig), _run(rig)]
    if rig.troubles:
        parts.append(_troubles(list(rig.troubles)))
    return Panel(
        Group(*parts), title=title, title_align="left", subtitle="Ctrl-C ends the view only"
    )


def _site(rig: WatchedRig) -> Text:
    is_open = rig.mains not in ("", MainsState.CLOSED)
    return Text.assemble(
        "mains relay ",
        _word(rig.mains, bad=is_open),
        " (commanded ",
        _word(rig.mains_commanded, bad=rig.mains_commanded == MainsState.OPEN),
        ")   grid mode ",
        _word(rig.grid_mode, bad=rig.grid_mode == GridMode.OFF_GRID),
        "   SOC ",
        _word("" if rig.soc_pct is None else f"{rig.soc_pct} %"),
        "   ",
        _word(rig.joining.lower(), bad=False) if rig.joining else Text("joining ?", style="dim"),
    )


def _devices(rig: WatchedRig) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("device", "radio", "pairing", "heard", "SOC"):
        table.add_column(heading, no_wrap=True, header_style="dim")
    for node in rig.nodes.values():
        table.add_row(
            Text(node.name),
            _word(node.association, bad=bool(node.association) and "AI 00" not in node.association),
            _word(node.pairing, bad=node.pairing in BAD_PAIRING),
            _yes(node.communicating),
            _word("" if node.soc_pct is None else f"{node.soc_pct} %"),
        )
    return table


def _consoles(rig: WatchedRig) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for node in rig.nodes.values():
        table.add_row(Text(node.name), _last(node))
    return table


def _last(node: WatchedNode) -> Text:
    if node.gap:
        return Text(f"gap: {node.gap}", style="bold red")
    if node.said_s is None:
        return UNKNOWN
    return Text.assemble((f"{node.said_s:.1f} ", "dim"), node.said)


def _run(rig: WatchedRig) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    began = f" (since {rig.test_began_s:.0f} s)" if rig.test else ""
    table.add_row(
        "test", Text(f"{rig.test}{began}" if rig.test else "none right now", style="bold")
    )
    if rig.doing:
        table.add_row("doing", Text(rig.doing))
    if rig.waited:
        table.add_row("waited", Text(rig.waited))
    failed = f", {len(rig.failures)} failures; the last: {rig.failures[-1]}" if rig.failures else ""
    table.add_row(
        "so far", Text(f"{rig.tests_ended} tests ended{failed}", style="red" if failed else "")
    )
    return table


def _troubles(troubles: list[Event]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, style="yellow")
    table.add_column(no_wrap=True, style="yellow")
    table.add_column(overflow="fold", style="yellow")
    for each in troubles:
        table.add_row(f"{each.rig_s:.1f} s", Text(each.wire), Text(each.text.partition("\n")[0]))
    return table


def _word(word: str, *, bad: bool | None = None) -> Text:
    if not word:
        return UNKNOWN
    return Text(word, style="" if bad is None else "bold red" if bad else "green")


def _yes(value: bool | None) -> Text:
    if value is None:
        return UNKNOWN
    return Text("yes", style="green") if value else Text("no", style="bold red")
