"""`/ivp/ensemble/secctrl`: the charge of all batteries, and what they are told to do."""

import math
from collections.abc import Mapping

from hil.simulator.site import BiasOverride, Site

_PHASES = ("", "_phaseb", "_phasec")
BIASES = tuple(f"{kind}{phase}" for phase in _PHASES for kind in ("freq_bias_hz", "voltage_bias_v"))
"""What can be overridden."""


def override_biases(site: Site, told: Mapping[str, object]) -> None:
    """Have the biases read otherwise until secondary control writes them anew, a message later.

    The interface page says so much; that they are named as they are read is assumed. What the
    batteries do in these two seconds does not follow them.

    Raises:
        ValueError: it names no bias, or one that is none; says which.
    """
    if not told:
        raise ValueError("no bias is named")
    biases: dict[str, float] = {}
    for name, value in told.items():
        if name not in BIASES:
            raise ValueError(f"{name} is no bias")
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 100:
            raise ValueError(f"{name} is a number of hertz or volts")
        biases[name] = float(value)
    until_s = site.world.now_s + site.world.assumptions.gateway.secondary_control_s
    if site.world.has_defect("bias-override-stays"):
        until_s = math.inf
    site.bias_override = BiasOverride(biases, until_s)


def secondary_control(site: Site) -> dict[str, object]:
    """The keys of every firmware; formulas from public captures, truncated toward zero.

    The bias is proportional to what the batteries are told, whether they can follow or not; all of
    it on phase a where a split-phase site reports every battery.
    """
    batteries = site.energy.aggregate
    phases = {truth.phase for truth in site.truth.encharges}
    available_wh, backup_soc_pct = batteries.available_wh, int(site.energy.reserve_pct)
    backup_wh = batteries.capacity_wh * backup_soc_pct // 100
    if site.world.has_defect("backup-energy-of-the-charge"):
        backup_wh = available_wh * backup_soc_pct // 100
    if site.world.has_defect("available-energy-without-reserve"):
        available_wh -= backup_wh
    soc_pct = batteries.soc_pct
    if site.world.has_defect("charge-of-the-fullest-battery"):
        soc_pct = max((each.reported_soc_pct for each, _ in site.energy.listed), default=0)
    if site.world.has_defect("charge-weighed-by-number"):
        heard_pct = [each.reported_soc_pct for each, is_heard in site.energy.listed if is_heard]
        soc_pct = sum(heard_pct) // max(len(heard_pct), 1)
    return {
        "shutdown": False,
        **_bias(site, "", is_used=1 in phases),
        **_bias(site, "_phaseb", is_used=2 in phases),
        **_bias(site, "_phasec", is_used=3 in phases),
        "offgrid_secctrl": _offgrid(),
        "configured_backup_soc": backup_soc_pct,
        "adjusted_backup_soc": backup_soc_pct,
        "agg_soc": soc_pct,
        "Max_energy": batteries.capacity_wh,
        "ENC_agg_soc": soc_pct,
        "ENC_agg_soh": 100,
        "ENC_agg_backup_energy": backup_wh,
        "ENC_agg_avail_energy": available_wh,
        "Enc_commissioned_capacity": batteries.commissioned_wh,
        "Enc_max_available_capacity": batteries.capacity_wh,
        "ACB_agg_soc": 0,
        "ACB_agg_energy": 0,
        "VLS_Limit": site.settings.tariff.storage_settings.very_low_soc,
        "soc_rec_enabled": False,
        "soc_recovery_entry": 0,
        "soc_recovery_exit": 10,
        "Commission_in_progress": site.provisioning.is_commissioning,
        "ESS_in_progress": False,
        "ESS_R3_To_R4_in_progress": False,
        "Recovery_threshold_soc": 13,
    }


def _offgrid() -> dict[str, object]:
    """Not active even in an island (public capture)."""
    return {
        **dict.fromkeys(("F", "V", "Vd_neg", "Vq_neg", "Vd_zero", "Vq_zero"), 0.0),
        "is_active": False,
        "is_system_balanced": True,
        "seq_reset_needed": False,
    }


def _bias(site: Site, suffix: str, *, is_used: bool) -> dict[str, object]:
    physics, defective = site.world.assumptions.physics, site.world.has_defect
    rated_mw = sum(truth.rated_power_w * 1000 for truth in site.truth.encharges)
    told = site.power.control().set_point_mw / rated_mw if is_used else 0.0
    bias_hz = physics.full_scale_bias_hz * max(-1.0, min(1.0, told))
    bias_v = bias_hz * physics.bias_v_per_hz
    if site.world.now_s < site.bias_override.until_s:
        bias_hz = site.bias_override.told.get(f"freq_bias_hz{suffix}", bias_hz)
        bias_v = site.bias_override.told.get(f"voltage_bias_v{suffix}", bias_v)
    hz_q8, v_q5 = int(2 * math.pi * bias_hz * 256), int(bias_v * 32)
    if defective("bias-counts-hertz"):
        hz_q8 = int(bias_hz * 256)
    if defective("bias-volts-of-another-scale"):
        v_q5 = int(bias_v * 16)
    return {
        f"freq_bias_hz{suffix}": bias_hz,
        f"voltage_bias_v{suffix}": bias_v,
        f"freq_bias_hz_q8{suffix}": hz_q8,
        f"voltage_bias_v_q5{suffix}": v_q5,
    }
