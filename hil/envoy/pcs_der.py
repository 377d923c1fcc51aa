"""`envoy.site_settings.pcs` and `.der`: breakers and offers, and what hangs on the DER ports.

Source: captures of 7.0.88 and 8.3.6086 (reports, not in the selftests' folder); that a write
stands under the name of the group, and is answered with the document, is assumed.
"""

from pydantic import Field

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number
from hil.envoy.settings import SettingsGroup

PCS = "/ivp/ss/pcs_settings"
DER = "/ivp/ss/der_settings"


class PcsOffering(Document):
    """Which kinds of power control are on."""

    pv_oversubscription: bool = Field(alias="PVOversubscription")
    encharge_oversubscription: bool = Field(alias="EnchargeOversubscription")
    mpu_avoidance: bool = Field(alias="MPUAvoidance")
    # 8.3.6086.
    evse_mbt_avoidance: bool | None = Field(alias="EVSEMBTAvoidance", default=None)
    busbar_pcs: bool | None = Field(alias="BusbarPCS", default=None)


class PcsSettings(Document):
    """Power control; breakers and back feed in A."""

    pcs_offering: PcsOffering = Field(alias="pcsOffering")
    main_circuit_breaker: Number = Field(alias="mainCircuitBreaker")
    main_panel_busbar: Number = Field(alias="mainPanelBusbar")
    main_panel_der_breaker: Number = Field(alias="mainPanelDERBreaker")
    pv_breaker: Number = Field(alias="pvBreaker")
    encharge_breaker: Number = Field(alias="enchargeBreaker")
    consumption_meter_location: str = Field(alias="consumptionMeterLocation")
    override: bool
    max_back_feed: Number
    # 8.3.6086; the times in ms.
    der3_breaker: Number | None = Field(alias="der3Breaker", default=None)
    mp_debounce_timeout: Number | None = None
    der_debounce_timeout: Number | None = None
    offset_debounce_ms: Number | None = None
    relay_action: str | None = None


class DerPorts(Document):
    """`DER_TYPE_ENCHARGE`, `DER_TYPE_PV_IQ8` or `DER_TYPE_NONE`."""

    der1: str
    der2: str
    der3: str | None = None


class DerSettings(Document):
    """What is connected where."""

    der: DerPorts


class PowerControl(SettingsGroup[PcsSettings]):
    """`/ivp/ss/pcs_settings`."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, PCS, PcsSettings, wrapped_in="pcs_settings")


class DerPortSettings(SettingsGroup[DerSettings]):
    """`/ivp/ss/der_settings`; written as it is read, under its one key `der`."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation, DER, DerSettings)
