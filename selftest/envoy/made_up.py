"""Bodies in the shape of firmware 8.2.127, with made-up values, and a way to be told them."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from hil.clock import JumpingClock
from hil.envoy.client import Envoy
from hil.evidence.redaction import Redactor
from hil.evidence.timeline import Timeline
from hil.transports.http import Http, Reply
from selftest.transports.scripted_server import Heard, Say, ScriptedServer, serving

GATEWAY = "122000000001"
ENPOWER = "122000000017"
ENCHARGE = "122000000131"
KEY = "D2A94C7710FE4B3E95C86A01F37B42E8"


def info(software: str = "D8.2.127", *, web_tokens: str = "<web-tokens>true</web-tokens>") -> str:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<envoy_info>
  <time>1790000000</time>
  <device>
    <sn>{GATEWAY}</sn>
    <pn>800-00555-r03</pn>
    <software>{software}</software>
    <euaid>4c0001</euaid>
    <seqnum>0</seqnum>
    <apiver>1</apiver>
    <imeter>true</imeter>
  </device>
  {web_tokens}
  <package name='app'>
    <pn>500-00002-r01</pn>
    <version>08.02.127</version>
    <build>a1b2c3</build>
  </package>
  <build_info>
    <build_id>made-up</build_id>
    <build_time_gmt>1780000000</build_time_gmt>
  </build_info>
</envoy_info>
"""


def relay(**changes: object) -> dict[str, object]:
    return {
        "mains_admin_state": "closed",
        "mains_oper_state": "closed",
        "der1_state": 1,
        "der2_state": 1,
        "der3_state": 0,
        "Enchg_grid_mode": "multimode-ongrid",
        "Solar_grid_mode": "multimode-ongrid",
    } | changes


def device(serial_number: str, **more: object) -> dict[str, object]:
    return {
        "part_num": "830-00703-r67",
        "serial_num": serial_number,
        "installed": 1780000001,
        "created_date": 1780000001,
        "img_load_date": 1780000001,
        "device_status": ["envoy.global.ok", "prop.done"],
        "last_rpt_date": 1790000000,
        "admin_state": 6,
        "admin_state_str": "ENCHG_STATE_READY",
        "img_pnum_running": "2.0.5663_rel/22.13",
        "communicating": True,
        "temperature": 21,
        "comm_level_sub_ghz": 5,
        "comm_level_2_4_ghz": 5,
    } | more


def encharge(**changes: object) -> dict[str, object]:
    return (
        device(
            ENCHARGE,
            bmu_fw_version="2.1.34",
            sleep_enabled=False,
            percentFull=62,
            maxCellTemp=22,
            reported_enc_grid_state="grid-tied",
            led_status=14,
            dc_switch_off=False,
            encharge_rev=1,
            encharge_capacity=3360,
            phase="ph-a",
            der_index=2,
        )
        | changes
    )


def enpower(**changes: object) -> dict[str, object]:
    return (
        device(
            ENPOWER,
            mains_admin_state="closed",
            mains_oper_state="closed",
            Enpwr_grid_mode="multimode-ongrid",
            Enchg_grid_mode="multimode-ongrid",
            Enpwr_relay_state_bm=4095,
            Enpwr_curr_state_id=16,
        )
        | changes
    )


def inventory(*encharges: dict[str, object]) -> list[dict[str, object]]:
    return [
        {"type": "ENCHARGE", "devices": list(encharges or (encharge(),))},
        {"type": "ENPOWER", "devices": [enpower()]},
    ]


def pel(**changes: object) -> dict[str, object]:
    return {
        "PEL": False,
        "Hard_PEL": False,
        "Soft_PEL": False,
        "Export_Limit_Type": "Aggregate",
        "percent": False,
        "apparent": False,
        "PEL_Limit": 0.0,
        "Comm_Time_Loss": 0.0,
        "Resp_Time_SoftPEL": 0.0,
        "Resp_Time_HardPEL": 0.0,
        "msReset_HardPEL": 0.0,
        "PEL_db": 0.0,
    } | changes


def agent_file(**changes: object) -> dict[str, object]:
    return {
        "commission_time": 1790000000,
        "pan_id": "1A2B",
        "extended_pan_id": "0013A200C0FFEE01",
        "channel": 20,
        "devices": [
            {
                "serial_num": ENCHARGE,
                "mac_addr": "0013A20041D00131",
                "device_type": 13,
                "link_key": KEY,
            }
        ],
    } | changes


def a_reply(
    body: object,
    *,
    status: int = 200,
    path: str = "/ivp/ensemble/relay",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    return Reply(
        method="GET",
        url=f"http://192.0.2.10{path}",
        status=status,
        headers=headers or {},
        text=body if isinstance(body, str) else json.dumps(body, indent=4),
        took_s=0.1,
    )


@contextlib.contextmanager
def an_envoy(
    directory: Path,
    answers: Mapping[str, Say | object],
    *,
    firmware: str = "D8.2.127",
    high_backup_soc_path: str | None = None,
) -> Iterator[tuple[Envoy, ScriptedServer]]:
    """A gateway that answers `METHOD /path` from `answers`, and `/info`; 404 for the rest."""

    def script(heard: Heard) -> Say:
        path = heard.path.partition("?")[0]
        if path == "/info" and "GET /info" not in answers:
            return Say(info(firmware))
        if (answer := answers.get(f"{heard.method} {path}")) is None:
            return Say('{"err": "404 - Not Found"}', 404)
        return answer if isinstance(answer, Say) else Say(json.dumps(answer, indent=4))

    with (
        Timeline(directory / "timeline.jsonl", now=lambda: 0.0, redactor=Redactor()) as timeline,
        serving(script) as server,
        Http(server.url, clock=JumpingClock(), timeline=timeline) as http,
    ):
        yield Envoy(http, high_backup_soc_path=high_backup_soc_path), server


def asked(server: ScriptedServer) -> list[str]:
    return [f"{heard.method} {heard.path}" for heard in server.heard]


def sent(server: ScriptedServer) -> object:
    return json.loads(server.heard[0].body)


def written(directory: Path) -> str:
    return (directory / "timeline.jsonl").read_text()
