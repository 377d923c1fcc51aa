"""Start told_process.py as its first argument says, and print what becomes of it: for test_forked.py."""

import json
import signal
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

from hil.rig.processes import start, started_by

TOLD = "selftest.qualification.told_process"


def main() -> None:
    module, name, log = sys.argv[1:]
    # What the process must not have of the one that starts it.
    warnings.simplefilter("error")
    signal.signal(signal.SIGTERM, lambda *_: None)
    sys.stdin = sys.__stdin__
    with Path(log).open("wb") as stderr, started_by(getattr(import_module(module), name)):
        process = start(TOLD, "--who", "me", stderr=stderr, reads=True)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("typed\n")
        process.stdin.close()
        said, echoed = process.stdout.read().splitlines()
        found = {**json.loads(said), "echoed": echoed, "status": process.wait(10)}

        hung = start(TOLD, "hang", stderr=stderr)
        assert hung.stdin is None
        assert hung.stdout is not None
        hung.stdout.readline()
        try:
            hung.wait(0.1)
        except subprocess.TimeoutExpired:
            hung.kill()
        found["killed"] = hung.wait(10)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
