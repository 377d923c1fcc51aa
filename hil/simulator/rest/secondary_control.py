"""`/ivp/ensemble/secctrl`: the charge of all batteries, and what they are told to do."""

import math

from hil.simulator.site import Site


def secondary_control(site: Site) -> dict[str, object]:
    """The keys of every firmware; formulas from public captures, truncated toward zero.

    The bias is proportional to the power that storage carries; all of it on phase a, where a split
    phase site reports every battery.
    """
    batteries = site.energy.aggregate
    physics = site.world.assumptions.physics
    power_w = site.energy.flows.storage_mw / 1000
    rated_w = batteries.rated_power_w
    bias_hz = physics.full_scale_bias_hz * power_w / rated_w if rated_w else 0.0
    backup_soc_pct = int(site.energy.reserve_pct)
    return {
        "shutdown": False,
        **_bias("", bias_hz, bias_hz * physics.bias_v_per_hz),
        **_bias("_phaseb", 0.0, 0.0),
        **_bias("_phasec", 0.0, 0.0),
        "offgrid_secctrl": _offgrid(),
        "configured_backup_soc": backup_soc_pct,
        "adjusted_backup_soc": backup_soc_pct,
        "agg_soc": batteries.soc_pct,
        "Max_energy": batteries.capacity_wh,
        "ENC_agg_soc": batteries.soc_pct,
        "ENC_agg_soh": 100,
        "ENC_agg_backup_energy": batteries.capacity_wh * backup_soc_pct // 100,
        "ENC_agg_avail_energy": batteries.available_wh,
        "Enc_commissioned_capacity": batteries.commissioned_wh,
        "Enc_max_available_capacity": batteries.capacity_wh,
        "ACB_agg_soc": 0,
        "ACB_agg_energy": 0,
        "VLS_Limit": site.settings.tariff.storage_settings.very_low_soc,
        "soc_rec_enabled": False,
        "soc_recovery_entry": 0,
        "soc_recovery_exit": 10,
        "Commission_in_progress": False,
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


def _bias(suffix: str, bias_hz: float, bias_v: float) -> dict[str, object]:
    return {
        f"freq_bias_hz{suffix}": bias_hz,
        f"voltage_bias_v{suffix}": bias_v,
        f"freq_bias_hz_q8{suffix}": int(2 * math.pi * bias_hz * 256),
        f"voltage_bias_v_q5{suffix}": int(bias_v * 32),
    }
