"""Runs what is typed on the gateway's serial console, one line after the other, in a thread."""

import threading
from collections.abc import Callable

from hil.simulator.shell.result import Result
from hil.simulator.simulation import Simulation


class ConsoleRunner:
    """From `start` until `close`. The simulated site's time waits for a line that is being run."""

    def __init__(self, simulation: Simulation, *, run: Callable[[str, bytes], Result]) -> None:
        self._simulation, self._run = simulation, run
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="console runner", daemon=True)

    def start(self) -> None:
        """Begin to run lines."""
        self._thread.start()

    def close(self) -> None:
        """Run no more. Fine when it was never started."""
        with self._simulation.changed:
            self._closing = True
            self._simulation.changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        simulation = self._simulation
        while True:
            with simulation.changed:
                while simulation.site.console.due is None and not self._closing:
                    simulation.changed.wait()
                if self._closing:
                    return
                line, boots = simulation.site.console.taken(), simulation.site.console.boots
                simulation.is_running_a_line = True
            ended = self._run(line, b"")
            simulation.line_ended(ended, boots=boots)
