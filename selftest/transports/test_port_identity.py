"""Port: an adapter is found again by what it is, in a made /sys, whatever it is called by then."""

from pathlib import Path

import pytest

from hil.errors import Unreachable
from hil.transports.port_identity import Port, UsbIdentity, usb_identity


class MadeSys:
    """A /sys and a /dev with USB serial adapters."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.dev = folder / "sys", folder / "dev"
        (self.sys / "class" / "tty").mkdir(parents=True)
        self.dev.mkdir()

    def plug(self, name: str, *, serial: str, at: str, interface: str = "00") -> None:
        usb = self.sys / "devices" / "pci0000:00" / "usb1" / at
        terminal = usb / f"{at}:1.{int(interface)}" / name / "tty" / name
        terminal.mkdir(parents=True, exist_ok=True)
        (usb / "idVendor").write_text("0403\n")
        (usb / "idProduct").write_text("6001\n")
        if serial:
            (usb / "serial").write_text(f"{serial}\n")
        (usb / f"{at}:1.{int(interface)}" / "bInterfaceNumber").write_text(f"{interface}\n")
        (self.sys / "class" / "tty" / name).symlink_to(terminal)
        (self.dev / name).touch()

    def pull(self, name: str) -> None:
        (self.sys / "class" / "tty" / name).unlink()
        (self.dev / name).unlink()

    def opened(self, name: str) -> Port:
        port = Port(str(self.dev / name), sys=self.sys, dev=self.dev)
        port.remember()
        return port


@pytest.fixture
def made(tmp_path: Path) -> MadeSys:
    return MadeSys(tmp_path)


def test_the_identity_is_read_from_sysfs(made: MadeSys) -> None:
    made.plug("ttyUSB0", serial="ENC7031", at="1-1.4", interface="01")
    assert usb_identity("ttyUSB0", sys=made.sys) == UsbIdentity(
        vendor="0403", product="6001", serial="ENC7031", interface="01", place="1-1.4"
    )
    assert usb_identity("ttyS0", sys=made.sys) is None


def test_an_adapter_is_found_under_its_new_name_and_no_other_is_taken_for_it(made: MadeSys) -> None:
    made.plug("ttyUSB0", serial="ENC7031", at="1-1.4")
    port = made.opened("ttyUSB0")
    made.pull("ttyUSB0")
    made.plug("ttyUSB0", serial="ENC7032", at="1-1.5")
    with pytest.raises(
        Unreachable, match=r"USB adapter 0403:6001 serial ENC7031 is not plugged in"
    ):
        port.find()
    made.plug("ttyUSB1", serial="ENC7031", at="1-2")
    assert port.find() == str(made.dev / "ttyUSB1")


def test_the_ports_of_one_adapter_are_told_apart(made: MadeSys) -> None:
    made.plug("ttyUSB0", serial="FT4232", at="1-1", interface="00")
    made.plug("ttyUSB1", serial="FT4232", at="1-1", interface="01")
    port = made.opened("ttyUSB1")
    for name in ("ttyUSB0", "ttyUSB1"):
        made.pull(name)
    made.plug("ttyUSB3", serial="FT4232", at="1-3", interface="00")
    made.plug("ttyUSB4", serial="FT4232", at="1-3", interface="01")
    assert port.find() == str(made.dev / "ttyUSB4")


def test_an_adapter_without_a_serial_number_is_known_by_its_place_only(made: MadeSys) -> None:
    made.plug("ttyUSB0", serial="", at="1-1.4")
    port = made.opened("ttyUSB0")
    made.pull("ttyUSB0")
    made.plug("ttyUSB1", serial="", at="1-1.5")
    with pytest.raises(Unreachable, match=r"0403:6001 in USB port 1-1.4 is not plugged in"):
        port.find()
    made.pull("ttyUSB1")
    made.plug("ttyUSB2", serial="", at="1-1.4")
    assert port.find() == str(made.dev / "ttyUSB2")


def test_what_names_an_adapter_by_itself_is_opened_by_that_name(made: MadeSys) -> None:
    made.plug("ttyUSB0", serial="ENC7031", at="1-1.4")
    (made.dev / "by-id-ENC7031").symlink_to(made.dev / "ttyUSB0")
    port = made.opened("by-id-ENC7031")
    made.pull("ttyUSB0")
    assert port.find() == str(made.dev / "by-id-ENC7031")


def test_a_port_that_is_not_on_usb_is_opened_by_its_name(made: MadeSys) -> None:
    (made.dev / "ttyS0").touch()
    assert made.opened("ttyS0").find() == str(made.dev / "ttyS0")
    assert Port("socket://192.0.2.20:4003").find() == "socket://192.0.2.20:4003"
