"""Which adapter a port is, so that it is found again when it was unplugged and has another name."""

import os
from dataclasses import dataclass
from pathlib import Path

from hil.errors import Unreachable

SYS, DEV = Path("/sys"), Path("/dev")


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """A USB serial adapter. One without a serial number is only known by where it is plugged in."""

    vendor: str
    product: str
    serial: str
    """Empty where the adapter has none."""
    interface: str
    """Of an adapter with several ports."""
    place: str
    """Bus and hub ports: `1-1.4`."""

    def is_same(self, other: "UsbIdentity") -> bool:
        """Whether it is the same adapter and port, wherever that is plugged in by now."""
        mine = (self.vendor, self.product, self.serial, self.interface)
        others = (other.vendor, other.product, other.serial, other.interface)
        return mine == others and (bool(self.serial) or self.place == other.place)

    def __str__(self) -> str:
        known_by = f"serial {self.serial}" if self.serial else f"in USB port {self.place}"
        return f"USB adapter {self.vendor}:{self.product} {known_by}"


def usb_identity(name: str, *, sys: Path = SYS) -> UsbIdentity | None:
    """The identity of the terminal `name` (`ttyUSB0`); None where it is not on USB."""
    # As text: sysfs is made of links, and a folder of links is what selftests hand in.
    folder = Path(os.path.realpath(sys / "class" / "tty" / name))
    interface = ""
    for parent in folder.parents:
        if not interface:
            interface = _word(parent / "bInterfaceNumber")
        if vendor := _word(parent / "idVendor"):
            return UsbIdentity(
                vendor=vendor,
                product=_word(parent / "idProduct"),
                serial=_word(parent / "serial"),
                interface=interface,
                place=parent.name,
            )
    return None


def _word(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


class Port:
    """A port as the rig file names it: where it is, and where it is found again.

    What names an adapter by itself (a link of /dev/serial/by-id or by-path, a rule of the lab's
    own) is opened by that name again. Behind a plain name the adapter is looked for.
    """

    def __init__(self, name: str, *, sys: Path = SYS, dev: Path = DEV) -> None:
        self.name = name
        self.opened = name
        """The path that was opened last."""
        self._sys, self._dev = sys, dev
        self._usb: UsbIdentity | None = None
        self._link: tuple[int, int] | None = None
        self._was_pts = False

    @property
    def is_url(self) -> bool:
        """Whether it is reached over the network."""
        return "://" in self.name

    @property
    def can_return(self) -> bool:
        """Whether it can be told again from others when it was away.

        A pseudo-terminal cannot: the kernel gives its number to whoever comes next. Behind a link
        it can, since whoever makes a new one makes the link anew.
        """
        return self._link is not None or not self._was_pts

    def remember(self) -> None:
        """It is open at `opened` now: keep what it is known by."""
        if self.is_url:
            return
        resolved = os.path.realpath(self.opened)
        self._was_pts = resolved.startswith("/dev/pts/")
        self._link = self._link_now()
        if self._link is None:
            self._usb = usb_identity(Path(resolved).name, sys=self._sys) or self._usb

    def find(self) -> str:
        """Where it is now.

        Raises:
            Unreachable: it is not back yet, or would not be known from others.
        """
        if self.is_url:
            return self.name
        link = self._link_now()
        if self._link is not None:
            if self._was_pts and link == self._link:
                raise Unreachable(f"{self.name}: the link still leads to the terminal that is gone")
            return self.name
        if self._was_pts:
            raise Unreachable(f"{self.name}: a pseudo-terminal that is gone does not come back")
        return self.name if self._usb is None else self._find(self._usb)

    def _find(self, wanted: UsbIdentity) -> str:
        for entry in sorted((self._sys / "class" / "tty").iterdir()):
            found = usb_identity(entry.name, sys=self._sys)
            if found is not None and found.is_same(wanted):
                return str(self._dev / entry.name)
        raise Unreachable(f"{self.name}: {wanted} is not plugged in")

    def _link_now(self) -> tuple[int, int] | None:
        """What tells a link from one of the same name that was made later."""
        path = Path(self.name)
        try:
            status = path.lstat()
        except OSError:
            return None
        return (status.st_ino, status.st_ctime_ns) if path.is_symlink() else None
