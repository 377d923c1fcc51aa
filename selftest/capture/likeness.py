"""How like its capture a site is that is started from it, for every real capture at hand.

`HIL_REAL_DUMPS=… python -m selftest.capture.likeness` writes docs/wires/likeness.md anew.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hil.capture.compare import Because, Compared
from selftest.capture.simulated import begun, compared
from selftest.envoy.real_bodies import VARIABLE, real_dumps

LIKENESS = Path(__file__).parents[2] / "docs" / "wires" / "likeness.md"

HEAD = """\
# How like its capture a simulated site is

Each real capture that the selftests know, and the site that `hil simulate --from-capture` starts from it, compared view by
view as `hil compare-captures` does; values, and whole views where a site says another status or nothing. Made by
`HIL_REAL_DUMPS=… python -m selftest.capture.likeness`; a selftest keeps it in step. What is *live*, *made up* and *not
modelled*, and why, is in `hil/capture/explained.yaml`.

| capture | views | equal values | live | made up | not modelled | unexplained |
|---|---|---|---|---|---|---|
"""


def captures() -> list[Path]:
    """The folders of the real captures; none where nothing names them."""
    folder = real_dumps()
    return sorted(each for each in folder.iterdir() if (each / "info").exists()) if folder else []


@cache
def views_of_real_captures() -> dict[str, list[Compared]]:
    """By capture: each view of it, beside that of the site that begins as it."""
    return {folder.name: compared(folder, begun(folder)[0]) for folder in captures()}


def page() -> str:
    """docs/wires/likeness.md."""
    lines = "".join(f"| {' | '.join(row)} |\n" for row in _rows())
    return HEAD + lines


def _rows() -> Iterator[list[str]]:
    columns = ("views", "equal", *Because, "unexplained")
    total: Counter[str] = Counter()
    for name, views in views_of_real_captures().items():
        counted = Counter({"views": len(views), "equal": sum(view.equal for view in views)})
        for different in (each for view in views for each in view.differences):
            entry = different.explanation
            counted[entry.because if entry else "unexplained"] += 1
        total += counted
        yield [f"`{name}`", *(str(counted[column]) for column in columns)]
    yield ["all", *(str(total[column]) for column in columns)]


if __name__ == "__main__":
    if not captures():
        raise SystemExit(f"{VARIABLE} names no folder with real captures")
    LIKENESS.write_text(page(), encoding="utf-8")
