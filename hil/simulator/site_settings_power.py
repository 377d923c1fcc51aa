"""Power control (PCS), and what hangs on the DER ports. Keys of 7.0 from public reports."""

from typing import Annotated, Literal

from pydantic import Field

from hil.simulator.site_settings_form import Settings

_Amps = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_DerType = Literal["DER_TYPE_ENCHARGE", "DER_TYPE_PV_IQ8", "DER_TYPE_NONE"]


class PcsOffering(Settings):
    """Which kinds of power control are on."""

    PVOversubscription: bool = False
    EnchargeOversubscription: bool = False
    MPUAvoidance: bool = False


class PcsSettings(Settings):
    """The flat document of `/ivp/ss/pcs_settings`; breakers and back feed in A."""

    pcsOffering: PcsOffering = PcsOffering()  # noqa: N815  the wire's names
    mainCircuitBreaker: _Amps = 0.0  # noqa: N815
    mainPanelBusbar: _Amps = 0.0  # noqa: N815
    mainPanelDERBreaker: _Amps = 0.0  # noqa: N815
    pvBreaker: _Amps = 0.0  # noqa: N815
    enchargeBreaker: _Amps = 0.0  # noqa: N815
    consumptionMeterLocation: Literal[  # noqa: N815
        "Between_Main_Load_Panel_and_Enpower", "Between_Mains_Supply_and_Main_Load_Panel"
    ] = "Between_Main_Load_Panel_and_Enpower"
    override: bool = False
    max_back_feed: _Amps = 0.0


class DerPorts(Settings):
    """What hangs on each port. Ensemble 2.0 has its batteries on port 2 (inventory captures)."""

    der1: _DerType = "DER_TYPE_PV_IQ8"
    der2: _DerType = "DER_TYPE_ENCHARGE"


class DerSettings(Settings):
    """The document of `/ivp/ss/der_settings`."""

    der: DerPorts = DerPorts()

    @property
    def states(self) -> tuple[int, int]:
        """1 for each port with something on it."""
        ports = self.der
        first, second = (
            int(getattr(ports, name, "DER_TYPE_NONE") != "DER_TYPE_NONE")
            for name in ("der1", "der2")
        )
        return first, second

    def battery_index(self, installed: int) -> int:
        """The port of the batteries: where they were installed, unless the settings say another."""
        found = [
            index
            for index, name in enumerate(("der1", "der2"), start=1)
            if getattr(self.der, name, None) == "DER_TYPE_ENCHARGE"
        ]
        return installed if not found or installed in found else found[0]


def first_ports(ensemble: str) -> DerSettings:
    """As installed: Ensemble 1.x has its batteries on port 1 and nothing on port 2 (captures)."""
    if ensemble == "2.0":
        return DerSettings()
    return DerSettings(der=DerPorts(der1="DER_TYPE_ENCHARGE", der2="DER_TYPE_NONE"))
