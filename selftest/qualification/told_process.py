"""A program that says how it was started: for test_forked.py."""

import contextlib
import json
import os
import signal
import sys
import warnings


def _open_ones() -> list[int]:
    """Beyond standard input, output and error."""
    found = []
    for number in range(3, 256):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def main() -> None:
    said = {
        "words": sys.argv[1:],
        "own session": os.getsid(0) == os.getpid(),
        "descriptors": _open_ones(),
        "told to stop": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "strict": any(action == "error" for action, *_ in warnings.filters),
        "name": __name__,
    }
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    sys.stderr.write("to the log\n")
    sys.stdout.write(sys.stdin.read())
    if "hang" in sys.argv:
        signal.pause()
    sys.exit(3)


if __name__ == "__main__":
    main()
