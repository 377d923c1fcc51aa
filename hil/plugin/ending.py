"""Ending a run from outside: Ctrl-C, a cancelled CI job, a closed terminal.

The first signal ends the test that is running, at its next look at the rig: raised at just any
line, in a lock of the HTTP library say, it would leave that lock taken, and putting the rig back
would hang on it. A test that looks at nothing is ended where it stands after a while.

From then on the rig is being put back, and a second signal is answered with a word instead of being
obeyed, since people press Ctrl-C twice. The third abandons the rig as it is.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

GRACE_WALL_S = 5.0
"""Wall seconds in which a test that was told to stop should have looked at the rig."""


class Ending:
    """How often this run has been told to stop, and where it may be stopped."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._raised = False
        self._in_test = False
        self._has_begun = False
        self._overdue: threading.Timer | None = None
        self._is_overdue = False
        # Kept from before a test's output is captured: for the person at the keyboard.
        self._stderr = os.dup(2)

    def listen(self) -> None:
        """Take the signals over, those that somebody chose to ignore left out (nohup)."""
        for number in SIGNALS:
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, self._told_to_stop)

    def begin(self) -> None:
        """The tests begin: from here on nothing is interrupted but at a look at the rig."""
        self._has_begun = True

    @contextmanager
    def in_test(self) -> Iterator[None]:
        """Here a test is set up or runs, and may be ended."""
        self._in_test = True
        try:
            yield
        finally:
            self._in_test = False

    def look(self) -> None:
        """The suite looks at the rig.

        Raises:
            KeyboardInterrupt: a test is running and the run has been told to stop.
        """
        if self._in_test:
            self.obey()

    def obey(self) -> None:
        """Here the run can end.

        Raises:
            KeyboardInterrupt: it has been told to, and has not obeyed yet.
        """
        if self._told and not self._raised:
            self._raised = True
            if self._overdue is not None:
                self._overdue.cancel()
            raise KeyboardInterrupt(f"told to stop by {self._told[0]}")

    def _told_to_stop(self, number: int, frame: object) -> None:
        if self._is_overdue:
            self._is_overdue = False
            self.look()
            return
        self._told.append(name := signal.Signals(number).name)
        if len(self._told) == 1:
            if not self._has_begun:
                self.obey()
            self._overdue = threading.Timer(GRACE_WALL_S, self._wake, [number])
            self._overdue.daemon = True
            self._overdue.start()
        elif len(self._told) == 2:
            text = f"\n{name} again: the rig is being put back; once more abandons it as it is\n"
            os.write(self._stderr, text.encode())
        else:
            self._raised = True
            raise KeyboardInterrupt(f"told to stop by {name}, for the third time")

    def _wake(self, number: int) -> None:
        # To the main thread itself, so that a sleep in a system call ends, too.
        main = threading.main_thread().ident
        if self._in_test and main is not None:
            self._is_overdue = True
            signal.pthread_kill(main, number)
