"""What the simulated rig guesses, read from assumptions.yaml: `assumptions.zigbee.scan_s`."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hil.errors import RigFileError
from hil.files.closed_yaml import did_you_mean
from hil.files.yaml_document import own_yaml


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class ZigbeeAssumptions(_Group):
    dj_default: int
    boot_s: float
    resume_s: float
    join_retry_s: float
    scan_s: float
    associate_s: float
    key_wait_s: float
    key_exchange_s: float
    hello_s: float
    hello_retry_s: float
    hello_tries: int
    meta_s: float
    leave_s: float
    key_fail_backoff_max_s: float
    stuck_ff_prob: float
    fr_frees_stuck: bool
    fr_s: float
    poll_s: float
    poll_again_s: float
    poll_miss_prob: float
    orphan_detect_s: float
    fade_db: float
    link_budget_db: float
    orphan_s: float
    rejoin_s: float
    rejoin_tries: int
    subghz_keeps_comms: bool


class CliAssumptions(_Group):
    prompt_encharge: str
    prompt_enpower: str
    echo: bool
    done: str
    unknown_command: str
    reply_s: float
    at_timeout_s: float
    znr_busy_prob: float
    waiting_to_join: str


class GatewayAssumptions(_Group):
    comm_lost_after_s: float
    network_status_s: float
    report_s: float
    enpower_report_s: float
    permit_join_s: float
    key_entry_ttl_s: float
    forget_s: float
    max_devices: int
    max_payload_bytes: int
    seal_needs_all_paired: bool
    sealed_refuses_new_devices: bool
    sealed_admits_known_devices: bool
    restart_without_list_sends_nodes_away: bool
    unheard_leave_is_repeated: bool
    same_again_is_accepted: bool
    one_battery_per_phase: bool
    response_s: float
    livedata_response_s: float
    production_response_s: float
    inventory_response_s: float
    home_response_s: float
    inverter_report_s: float
    boot_s: float
    firmware_write_s: float
    first_start_s: float
    temperature_unknown_s: float
    live_refresh_s: float
    live_refresh_unstreamed_s: float
    secondary_control_s: float
    session_idle_s: float
    time_server_s: float
    undocumented_needs: str


class ShellAssumptions(_Group):
    command_s: float
    wireless_s: float
    prompt: str
    login_s: float
    wrong_password_s: float
    console_baud: int
    kernel_message_prob: float


class FirmwareAssumptions(_Group):
    running_status: int
    running_status_str: str
    check_s: float
    transfer_s: float
    program_s: float
    between_s: float
    agent_start_s: float
    low_soc_pct: int


class DryContactAssumptions(_Group):
    command_s: float
    false_open_s: float


class RelayAssumptions(_Group):
    blocked_command_is_kept: bool
    overload_holds_back: bool
    user_commanded_offgrid_vls_offset: int
    pre_island_top_up_w: float
    pre_island_steps: int
    command_timeout_s: float
    open_command_s: float
    close_command_s: float
    synchronize_s: float
    grid_mode_lag_s: float
    rapid_shutdown_s: float
    mid_open_s: float
    resynchronize_s: float
    pv_resume_s: float
    pv_resume_ramp_pct_s: float
    soft_start_step_s: float
    pv_back_s: float
    admin_state_open: int
    admin_state_sync_ready: int
    admin_state_wait: int
    state_id_open: int
    state_id_sync_ready: int
    state_id_wait: int


class GridAssumptions(_Group):
    gone_below_pu: float
    window_low_pu: float
    window_high_pu: float
    window_below_hz: float
    window_above_hz: float
    freq_watt_dead_hz: float
    freq_watt_droop: float
    freq_watt_step_hz: float


class InstrumentsAssumptions(_Group):
    response_s: float


class PowerSwitchAssumptions(_Group):
    act_s: float


class ProfileAssumptions(_Group):
    inverter_s: float
    device_s: float
    retries: int
    retry_s: float
    retry_every_s: float
    flag_applied: Literal[0, 1]
    status_under_way: int
    status_failed: int
    no_answer_prob: float


class PhysicsAssumptions(_Group):
    profile_step_s: int
    eta_round_trip: float
    idle_w: float
    recharge_pct: int
    peak_factor: float
    overload_s: float
    overload_tries: int
    restart_s: float
    load_return_s: float
    loads: int
    black_start_retry_min: tuple[float, ...] = Field(strict=False)
    dead_soc_pct: float
    island_rise_hz: float
    generator_s: float
    pcs_reaction_s: float
    limit_time_unit_s: float
    continuous_share: float
    hard_limit_reset_s: float
    pv_standby_w: float
    full_scale_bias_hz: float
    bias_v_per_hz: float
    very_low_soc_pct: int


class Assumptions(_Group):
    """The values of assumptions.yaml, typed; sources and lab notes stay in the file."""

    zigbee: ZigbeeAssumptions
    cli: CliAssumptions
    gateway: GatewayAssumptions
    shell: ShellAssumptions
    firmware: FirmwareAssumptions
    dry_contacts: DryContactAssumptions
    relay: RelayAssumptions
    grid: GridAssumptions
    instruments: InstrumentsAssumptions
    power_switch: PowerSwitchAssumptions
    profile: ProfileAssumptions
    physics: PhysicsAssumptions

    @classmethod
    def load(cls, otherwise: Mapping[str, object] | None = None) -> Self:
        """Those of the file that lies beside this module; some of them, by `group.name`, `otherwise`.

        Raises:
            RigFileError: there is no such assumption, or it cannot have this value.
        """
        values = {
            group: {name: entry["value"] for name, entry in entries.items()}
            for group, entries in noted().items()
        }
        for key, value in (otherwise or {}).items():
            group, _, name = key.partition(".")
            if name not in values.get(group, {}):
                known = [f"{each}.{name}" for each, names in values.items() for name in names]
                raise RigFileError(f"no assumption {key!r}; {did_you_mean(key, known)}")
            is_number = isinstance(values[group][name], float) and type(value) is int
            values[group][name] = float(value) if is_number else value  # type: ignore[arg-type]
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in wrong["loc"][:2])
            raise RigFileError(
                f"assumption {key}: {wrong['msg']}, not {wrong['input']!r}"
            ) from error


def noted() -> dict[str, dict[str, dict[str, object]]]:
    """Each assumption by group and name: its `value`, `source` and `lab` note."""
    text = files("hil.simulator").joinpath("assumptions.yaml").read_text(encoding="utf-8")
    groups = own_yaml(text)
    assert isinstance(groups, dict)
    return groups
