"""Secondary control: `/ivp/ensemble/secctrl`, and `/ivp/sc/status` of the process above it."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, JsonValue

from hil.envoy.control_settings import PvLimitSettings, SetPointSettings, ThirdPartyPvSettings
from hil.envoy.conversation import Conversation
from hil.envoy.document import Document, Number, Since

SC_STATUS = "/ivp/sc/status"


class OffgridControl(Document):
    """Secondary control of an island; not active even while islanded in the one capture of it."""

    f: Number = Field(alias="F")
    v: Number = Field(alias="V")
    vd_neg: Number = Field(alias="Vd_neg")
    vq_neg: Number = Field(alias="Vq_neg")
    vd_zero: Number = Field(alias="Vd_zero")
    vq_zero: Number = Field(alias="Vq_zero")
    is_active: bool
    is_system_balanced: bool
    # Some 8.3 systems.
    seq_reset_needed: bool | None = None


class SecondaryControl(Document):
    """Biases and energies. Source: captures of 7.3 to 8.3.

    Energies in Wh, states of charge in percent.
    """

    shutdown: bool
    freq_bias_hz: Number
    """Negative charges."""
    voltage_bias_v: Number
    freq_bias_hz_q8: int
    """rad/s times 256, not Hz."""
    voltage_bias_v_q5: int
    """V times 32."""
    freq_bias_hz_phaseb: Number
    voltage_bias_v_phaseb: Number
    freq_bias_hz_q8_phaseb: int
    voltage_bias_v_q5_phaseb: int
    freq_bias_hz_phasec: Number
    voltage_bias_v_phasec: Number
    freq_bias_hz_q8_phasec: int
    voltage_bias_v_q5_phasec: int
    configured_backup_soc: int
    adjusted_backup_soc: int
    agg_soc: int
    max_energy: int = Field(alias="Max_energy")
    enc_agg_soc: int = Field(alias="ENC_agg_soc")
    enc_agg_soh: Annotated[int | None, Since("7.6")] = Field(alias="ENC_agg_soh", default=None)
    enc_agg_backup_energy: int = Field(alias="ENC_agg_backup_energy")
    enc_agg_avail_energy: int = Field(alias="ENC_agg_avail_energy")
    enc_commissioned_capacity: int = Field(alias="Enc_commissioned_capacity")
    enc_max_available_capacity: int = Field(alias="Enc_max_available_capacity")
    acb_agg_soc: int = Field(alias="ACB_agg_soc")
    acb_agg_energy: int = Field(alias="ACB_agg_energy")
    vls_limit: Annotated[int | None, Since("8.1")] = Field(alias="VLS_Limit", default=None)
    # One system only, 8.1.41.
    recovery_threshold_soc: int | None = Field(alias="Recovery_threshold_soc", default=None)
    commission_in_progress: Annotated[bool | None, Since("8.1")] = Field(
        alias="Commission_in_progress", default=None
    )
    ess_in_progress: Annotated[bool | None, Since("8.2.127")] = Field(
        alias="ESS_in_progress", default=None
    )
    # Only where the newest hardware is (8.3.1598 and 8.3.5433).
    ess_r3_to_r4_in_progress: bool | None = Field(alias="ESS_R3_To_R4_in_progress", default=None)
    soc_rec_enabled: Annotated[bool | None, Since("8.2.127")] = None
    soc_recovery_entry: Annotated[int | None, Since("8.2.127")] = None
    soc_recovery_exit: Annotated[int | None, Since("8.2.127")] = None
    offgrid_secctrl: Annotated[OffgridControl | None, Since("8.3.1598")] = None


class ControlProfile(Document):
    """Which rules hold now."""

    described = False

    profile_name: str | None = None
    agg_rules: JsonValue = None
    phase_rules: JsonValue = None


class ControlStatus(Document):
    """`/ivp/sc/status`. One public report of 8.3.6086; what firmware 7 says is not known.

    Nothing is required, and what no test asks for is kept as it came.
    """

    described = False

    nameplate: dict[str, tuple[Number, ...]] | None = None
    """W per phase, by PV, ENC, ACB, SLP."""
    profile: ControlProfile | None = None
    events: JsonValue = None
    disco: JsonValue = None
    response: JsonValue = None

    @property
    def rules(self) -> Mapping[str, float] | None:
        """Threshold by rule (`PEL W`, `PCS MPU Avoidance`, …); None where no rules are listed."""
        profile = self.profile
        listed = [] if profile is None else [profile.agg_rules, profile.phase_rules]
        found = [rule for rules in listed if isinstance(rules, list) for rule in rules]
        if all(rules is None for rules in listed):
            return None
        thresholds: dict[str, float] = {}
        for rule in found:
            threshold = rule.get("Threshold") if isinstance(rule, dict) else None
            if isinstance(rule, dict) and isinstance(threshold, int | float):
                thresholds[str(rule.get("RuleId"))] = threshold
        return thresholds


class SecondaryControlProcess:
    """`/ivp/sc`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.pv_limit = PvLimitSettings(conversation)
        self.set_point = SetPointSettings(conversation)
        self.third_party_pv = ThirdPartyPvSettings(conversation)

    def status(self) -> ControlStatus:
        """Active rules, name plates and set points; read only."""
        return self._conversation.get(ControlStatus, SC_STATUS)
