"""`python -m hil.keeper`: the process that keeps a rig. Started by whoever opens one."""

import argparse
from pathlib import Path

from hil.keeper.process import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hil.keeper", description=__doc__)
    parser.add_argument("--rig", type=Path, required=True, help="the rig file")
    parser.add_argument("--directory", type=Path, required=True, help="where logs go")
    parser.add_argument("--who", required=True, help="who opens the rig, for others to read")
    parser.add_argument("--seed", type=int, default=0, help="of a simulated rig")
    parser.add_argument("--defect", action="append", default=[], help="of a simulated rig")
    parser.add_argument(
        "--as-it-is",
        action="store_true",
        help="leave what an earlier run has left behind for `safe`, instead of putting it right first",
    )
    given = parser.parse_args()
    run(
        given.rig,
        directory=given.directory.resolve(),
        who=given.who,
        seed=given.seed,
        defects=tuple(given.defect),
        as_it_is=given.as_it_is,
    )


if __name__ == "__main__":
    main()
