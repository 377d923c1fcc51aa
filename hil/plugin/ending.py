"""Ending a run from outside: Ctrl-C, a cancelled CI job, a closed terminal.

The first signal ends the test that is running; from then on the rig is being put back, and a second
one is answered with a word instead of being obeyed, since people press Ctrl-C twice. The third
abandons the rig as it is.
"""

import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending:
    """How often this run has been told to stop."""

    def __init__(self) -> None:
        self._told = 0
        # Kept from before a test's output is captured: for the person at the keyboard.
        self._stderr = os.dup(2)

    def listen(self) -> None:
        """Take the signals over, those that somebody chose to ignore left out (nohup)."""
        for number in SIGNALS:
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, self._told_to_stop)

    def _told_to_stop(self, number: int, frame: object) -> None:
        self._told += 1
        name = signal.Signals(number).name
        if self._told == 2:
            text = f"\n{name} again: the rig is being put back; once more abandons it as it is\n"
            os.write(self._stderr, text.encode())
            return
        raise KeyboardInterrupt(f"told to stop by {name}")
