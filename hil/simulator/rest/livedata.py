"""`/ivp/livedata`: the powers of the site, every second."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pydantic_core import to_json

from hil.simulator import generations
from hil.simulator.flows import Flows
from hil.simulator.power_report import Moment
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site import Site

_SELF_CONSUMPTION = 1
_NAMELESS_CONTACTS = 4


def status(site: Site, request: Request) -> Answer:
    """Connection, meters, counters, and the dry contacts, all four under the same empty key."""
    body = {
        "connection": {
            "mqtt_state": "connected",
            "prov_state": "configured",
            "auth_state": "ok",
            "sc_stream": "enabled" if site.settings.is_streaming else "disabled",
            "sc_debug": "disabled",
        },
        "meters": _meters(site),
        "tasks": _tasks(site),
        "counters": _counters(site),
        "dry_contacts": {f"<nameless {n}>": _CONTACT for n in range(_NAMELESS_CONTACTS)},
    }
    body = generations.trimmed(body, generations.LIVEDATA, site.gateway.firmware)
    text = to_json(body, indent=4).decode()
    for n in range(_NAMELESS_CONTACTS):
        text = text.replace(f'"<nameless {n}>"', '""')
    return Answer(200, text.encode())


_CONTACT = {
    "dry_contact_id": "",
    "dry_contact_type": "",
    "dry_contact_load_name": "",
    "dry_contact_status": 0,
}


def meters(site: Site, request: Request) -> Answer:
    """The part of the status by itself, as the two that follow. Source: inferred from their names."""
    shown = generations.trimmed(_meters(site), generations.LIVEDATA, site.gateway.firmware)
    return document(shown)


def tasks(site: Site, request: Request) -> Answer:
    """What the cloud has told it to do last."""
    told = _tasks(site)
    if site.world.has_defect("live-tasks-of-another-time"):
        told = told | {"timestamp": 0}
    return document(told)


def counters(site: Site, request: Request) -> Answer:
    """What has happened how often."""
    counted = _counters(site)
    if site.world.has_defect("live-counters-stand-still"):
        counted = counted | {"rest_Status": 1}
    return document(counted)


def test(site: Site, request: Request) -> Answer:
    """Nobody knows what it tests; the answer is assumed."""
    if site.world.has_defect("live-test-stops-the-stream"):
        site.settings.is_streaming = False
    return document({"test": "ok"})


def stream(site: Site, request: Request) -> Answer:
    """Turn the stream on (also for an empty object) or off. The answer is assumed."""
    try:
        enable = object_in(request).get("enable", 1)
        if isinstance(enable, bool) or enable not in (0, 1):
            raise ValueError("enable is 0 or 1")
    except ValueError as error:
        return refusal(400, str(error))
    if not (enable and site.world.has_defect("live-stream-never-starts")):
        site.settings.is_streaming = bool(enable)
    return document({"sc_stream": "enabled" if enable else "disabled"})


def _tasks(site: Site) -> dict[str, object]:
    return {"task_id": 0, "timestamp": site.world.epoch}


def _meters(site: Site) -> dict[str, object]:
    moment = site.power.live()
    batteries = site.energy.aggregate
    live = site.truth.wiring.legs
    flows, on_legs = _heard(site, moment)
    legs = (*on_legs, *[Flows()] * (3 - live))
    soc_pct = batteries.soc_pct
    if site.world.has_defect("live-charge-of-one-battery"):
        soc_pct = site.energy.listed[0][0].reported_soc_pct if site.energy.listed else 0
    return {
        "last_update": int(site.gateway.clock.at(site.power.live_as_of_s)),
        "soc": soc_pct,
        "main_relay_state": 0 if _shows_open(site, moment) else 1,
        "gen_relay_state": moment.gen_relay_state,
        "backup_bat_mode": _SELF_CONSUMPTION,
        "backup_soc": int(site.energy.reserve_pct),
        "is_split_phase": 1 if live == 2 else 0,
        "phase_count": live,
        "enc_agg_soc": batteries.soc_pct,
        "enc_agg_energy": batteries.available_wh,
        "acb_agg_soc": 0,
        "acb_agg_energy": 0,
        "pv": _power(flows.pv_mw, [leg.pv_mw for leg in legs]),
        "storage": _power(flows.storage_mw, [leg.storage_mw for leg in legs]),
        "grid": _power(flows.grid_mw, [leg.grid_mw for leg in legs]),
        "load": _load(site, flows, legs),
        "generator": _power(flows.generator_mw, [leg.generator_mw for leg in legs]),
    }


def _heard(site: Site, moment: Moment) -> tuple[Flows, Sequence[Flows]]:
    """The powers, whole and by leg, without what batteries do that nobody hears."""
    energy = site.energy
    heard = {battery.serial_number for battery, view in energy.listed if view.communicating}
    if site.world.has_defect("live-data-keeps-a-lost-battery"):
        heard = set(moment.powers_mw)
    unheard_mw = {serial: 0 if serial in heard else mw for serial, mw in moment.powers_mw.items()}
    unheard = Flows(storage_mw=sum(unheard_mw.values()))
    there = energy.legs.of(moment.flows, moment.powers_mw, is_island=moment.is_island)
    lost = energy.legs.of(unheard, unheard_mw, is_island=False)
    return _without(moment.flows, unheard), [
        _without(*each) for each in zip(there, lost, strict=True)
    ]


def _without(there: Flows, lost: Flows) -> Flows:
    return replace(there, storage_mw=there.storage_mw - lost.storage_mw)


def _shows_open(site: Site, moment: Moment) -> bool:
    return moment.shows_open and not site.world.has_defect("live-data-misses-the-relay")


def _load(site: Site, flows: Flows, legs: Sequence[Flows]) -> dict[str, int]:
    load = _power(flows.load_mw, [leg.load_mw for leg in legs])
    if site.world.has_defect("load-misses-storage"):
        load["agg_p_mw"] -= flows.storage_mw
    if site.world.has_defect("load-misses-a-leg"):
        load["agg_p_ph_b_mw"] = 0
    if site.world.has_defect("apparent-load-has-no-sign"):
        parts = (flows.pv_mw, flows.storage_mw, flows.grid_mw, flows.generator_mw)
        load["agg_s_mva"] = sum(map(abs, parts))
    return load


def _power(whole_mw: int, legs_mw: list[int]) -> dict[str, int]:
    # Without reactive power; so S adds up with its sign, as the gateway's S does (captured).
    real = {f"agg_p_ph_{leg}_mw": mw for leg, mw in zip("abc", legs_mw, strict=True)}
    apparent = {f"agg_s_ph_{leg}_mva": mw for leg, mw in zip("abc", legs_mw, strict=True)}
    return {"agg_p_mw": whole_mw, "agg_s_mva": whole_mw} | real | apparent


def _counters(site: Site) -> dict[str, int]:
    names = (
        "main_CfgLoad main_CfgChanged main_taskUpdate MqttClient_publish MqttClient_respond"
        " MqttClient_msgarrvd MqttClient_create MqttClient_setCallbacks MqttClient_connect"
        " MqttClient_connect_err MqttClient_connect_Err MqttClient_subscribe SSL_Keys_Create"
        " sc_hdlDataPub sc_SendStreamCtrl sc_SendDemandRspCtrl"
    )
    hits = site.rest_hits["GET", "/ivp/livedata/status"]
    return dict.fromkeys(names.split(), 1) | {"rest_Status": hits}


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/livedata/status"): status,
    ("GET", "/ivp/livedata/counters"): counters,
    ("GET", "/ivp/livedata/meters"): meters,
    ("GET", "/ivp/livedata/tasks"): tasks,
    ("GET", "/ivp/livedata/test"): test,
    ("POST", "/ivp/livedata/stream"): stream,
}
