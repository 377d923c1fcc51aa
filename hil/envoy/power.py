"""`/ivp/ensemble/power`: what each battery gives or takes. Source: captures of 7.3 to 8.3."""

from pydantic import Field

from hil.envoy.document import Document


class BatteryPower(Document):
    """One battery. Positive is out of it, negative is into it."""

    serial_num: str
    real_power_mw: int
    """mW; whole watts in every capture."""
    apparent_power_mva: int
    """mVA; signed, and equal to the real power in every capture."""
    soc: int
    """Percent."""


class EnsemblePower(Document):
    """All batteries, none on a site without. The key really ends with a colon."""

    devices: tuple[BatteryPower, ...] = Field(alias="devices:")

    @property
    def total_mw(self) -> int:
        """Of all batteries; live data's storage is the same flow."""
        return sum(device.real_power_mw for device in self.devices)
