"""`hil compare-captures`: does a simulator that began as a captured site say what the site said."""

from collections import defaultdict
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hil.capture.compare import Compared, Different, Explanation, How, compare, views_of
from hil.files.capture_folder import is_capture

_SHOWN = 60
"""Characters of a value."""


class Exit(IntEnum):
    """How the command ends; 1 is also an error."""

    EXPLAINED = 0
    UNEXPLAINED = 1


def compare_captures(
    captured: Annotated[Path, typer.Argument(help="The capture of the site.")],
    simulated: Annotated[
        Path, typer.Argument(help="The capture of the simulator that was started from it.")
    ],
) -> None:
    """Say view by view where they differ, and why; 1 where a difference has no explanation."""
    for folder in (captured, simulated):
        if not folder.is_dir() or not is_capture(folder):
            raise typer.BadParameter(f"{folder} is no capture")
    found = compare(views_of(captured), views_of(simulated))
    out = Console(highlight=False, markup=False, soft_wrap=True)
    unexplained = 0
    for view in found:
        unexplained += _tell(out, view)
    equal = sum(view.equal for view in found)
    explained = sum(len(view.differences) for view in found) - unexplained
    out.print(
        f"{len(found)} views: {equal} values as captured, {explained} differ and are explained, "
        f"{unexplained} are not"
    )
    if unexplained:
        raise typer.Exit(Exit.UNEXPLAINED)


def _tell(out: Console, view: Compared) -> int:
    """One view; how many of its differences nobody has explained."""
    out.print(f"{view.view}: {view.equal} as captured")
    reasons: dict[Explanation, list[Different]] = defaultdict(list)
    unexplained = 0
    for each in view.differences:
        if (why := each.explanation) is not None:
            reasons[why].append(each)
            continue
        unexplained += 1
        out.print(f"{'UNEXPLAINED':>14}  {each.place}: {_in_words(each)}", style="red")
    for why, differences in reasons.items():
        places = list(dict.fromkeys(each.general for each in differences))
        named = ", ".join(places[:2]) + (f" and {len(places) - 2} more" if len(places) > 2 else "")
        out.print(f"{why.because:>14}  {named}: {why.why}")
    return unexplained


def _in_words(each: Different) -> str:
    if each.how is How.VIEW:
        return f"captured was {each.captured}, the simulator answers {each.simulated}"
    if each.how is How.LACKING:
        return f"captured was {each.captured!r:.{_SHOWN}}, the simulator does not say it"
    if each.how is How.EXTRA:
        return f"the simulator says {each.simulated!r:.{_SHOWN}}, it was not captured"
    return (
        f"captured was {each.captured!r:.{_SHOWN}}, the simulator says {each.simulated!r:.{_SHOWN}}"
    )
