"""Device consoles on pseudo-terminals: how a simulated CLI is reached."""

import contextlib
import os
import selectors
import termios
import tty
from collections.abc import Callable

from hil.simulator.faces.outbox import Outbox
from hil.simulator.faces.serving import PokedFace


class PtyConsole(Outbox):
    """One console. The slave side is held open, so a client may come and go.

    `put` and `take_outbox` may be called from any thread.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        os.set_blocking(self._slave, False)
        self.path = os.ttyname(self._slave)

    def flush(self) -> bool:
        """Write what the terminal takes; whether something is left."""
        with self._lock:
            while self._outbox:
                try:
                    written = os.write(self.master, self._outbox[:4096])
                except BlockingIOError:
                    return True
                del self._outbox[:written]
            return False

    def discard(self) -> None:
        """Forget everything that was said and not read."""
        with self._lock:
            self._outbox.clear()
        termios.tcflush(self._slave, termios.TCIFLUSH)
        # What the kernel had still in flight lands behind the flush.
        with contextlib.suppress(BlockingIOError):
            while os.read(self._slave, 4096):
                pass

    def close(self) -> None:
        os.close(self.master)
        os.close(self._slave)


class PtyFace(PokedFace):
    """Serves all consoles from one thread. `received(name, data)` is called from it."""

    def __init__(self, names: tuple[str, ...], *, received: Callable[[str, bytes], None]) -> None:
        super().__init__(name="pty consoles")
        self.consoles = {name: PtyConsole(name) for name in names}
        self._received = received

    def _close_consoles(self) -> None:
        for console in self.consoles.values():
            console.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ, None)
            for console in self.consoles.values():
                selector.register(console.master, selectors.EVENT_READ, console)
            while not self._closing:
                for key, events in selector.select():
                    console = key.data
                    if console is None:
                        os.read(self._wake_read, 4096)
                    elif events & selectors.EVENT_READ:
                        self._received(console.name, os.read(console.master, 65536))
                for console in self.consoles.values():
                    left = console.flush()
                    wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if left else 0)
                    selector.modify(console.master, wanted, console)
