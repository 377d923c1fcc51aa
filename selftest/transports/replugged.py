"""A device whose line can be pulled and plugged in again: a PTY under a link, as udev makes them."""

import contextlib
import os
import select
import tty
from pathlib import Path


class Adapter:
    """A pseudo-terminal behind `link`; its number is another each time it is plugged in."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.master, self._slave = -1, -1
        self._kept: list[int] = []
        self.plug()

    @property
    def port(self) -> str:
        return str(self.link)

    def plug(self) -> None:
        """It is there (again)."""
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()
        self.link.symlink_to(os.ttyname(self._slave))

    def pull(self, *, link_too: bool = True) -> None:
        """It is gone; so is its link, unless nobody tidies up."""
        if link_too:
            self.link.unlink()
        for descriptor in (self.master, self._slave):
            os.close(descriptor)
        self.master = self._slave = -1

    def say(self, data: bytes) -> None:
        """Print all of it, as fast as it is read."""
        left = memoryview(data)
        while left:
            assert select.select([], [self.master], [], 10.0)[1], "nobody reads"
            left = left[os.write(self.master, left) :]

    def heard(self, count: int) -> bytes:
        """The next `count` bytes that were sent to it."""
        data = b""
        while len(data) < count:
            assert select.select([self.master], [], [], 10.0)[0], f"only {data!r} came"
            data += os.read(self.master, count - len(data))
        return data

    def close(self) -> None:
        if self.master >= 0:
            self.pull()
