"""What the simulated Envoy answers under `/ivp/zb` and at `/ivp/ensemble/devices`.

Bodies as in docs/wires/envoy-rest.md; the keys of `/ivp/zb/status` from the public interface notes
on a gateway without a radio.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Protocol

from hil.simulator import generations
from hil.simulator.network import Network
from hil.simulator.provisioning import Item, Outcome, Provisioning
from hil.simulator.rest.bodies import object_in
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.site_file import SiteFile
from hil.simulator.world import World
from hil.vocabulary.devices import DeviceType

_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]*")

_RAL_COUNTERS = (
    "totTxReqDropCnt1",
    "totTxOkCnt",
    "totTxFlrCnt",
    "txReqNoRadioDropCnt",
    "trxnTblFullCnt",
    "txCnfTrxnNotFndCnt",
    "radioSwitchCnt",
    "initDoneCbDropCnt",
    "txReqQFullDropCnt",
    "trxnCxFreedCnt",
    "trxnCxAllocOkCnt",
    "trxnCxAllocFlrCnt",
    "txReqToZbCnt",
    "txReqToSubGCnt",
    "txCnfRxCnt",
    "framesFwdToUpLyrCnt",
    "txQueueRemoves",
    "immediateTxReqs",
    "txQueueInserts",
    "txQueueNumItems",
)
_RAL_RADIO_COUNTERS = (
    "joinIndDropCnt",
    "totTxReqProcCnt",
    "totTxOkCnt",
    "totTxNoAckFlrCnt",
    "totTxCCAFlrCnt",
)
_SUBPOOLS = ((16, 40), (32, 40), (64, 80), (128, 32), (255, 32))
"""Size in bytes and number of the buffers of each pool (made up)."""


class Site(Protocol):
    """What these handlers need of a simulated site."""

    @property
    def truth(self) -> SiteFile: ...
    @property
    def world(self) -> World: ...
    @property
    def network(self) -> Network: ...
    @property
    def provisioning(self) -> Provisioning: ...


Handler = Callable[[Site, Request], Answer]


def post_provision(site: Site, request: Request) -> Answer:
    """Register devices. 400 as soon as one of them fails; the others are registered."""
    try:
        entries = object_in(request).get("serial_nums")
    except ValueError as error:
        return refusal(400, str(error))
    if not isinstance(entries, list):
        return refusal(400, "no list serial_nums")
    understood = [entry for entry in entries if isinstance(entry, dict)]
    if not understood and not site.world.has_defect("empty-request-succeeds"):
        return refusal(400, "serial_nums holds no device")
    return _per_serial(site.provisioning.provision([_item(entry) for entry in understood]))


def delete_provision(site: Site, request: Request) -> Answer:
    """Delete the devices of a comma list (from release 6.0.92, one device before); 400 if one
    is unknown.
    """
    listed = [part.strip() for part in request.query.get("serial_number", "").split(",")]
    serial_numbers = [part for part in dict.fromkeys(listed) if part]
    if not serial_numbers:
        return refusal(400, "no serial_number given")
    one_at_a_time = not generations.LIST_DELETE.of(site.truth.gateway.firmware)
    if (
        one_at_a_time
        and len(serial_numbers) > 1
        and not site.world.has_defect("old-release-deletes-a-list")
    ):
        return refusal(400, "one serial_number at a time")
    return _per_serial(site.provisioning.deprovision(serial_numbers))


def post_commission(site: Site, request: Request) -> Answer:
    """Seal the site; refused while a registered device is not paired."""
    provisioning = site.provisioning
    if not provisioning.sealed:
        if not provisioning.records:
            return refusal(400, "no device is registered")
        if unpaired := provisioning.unpaired:
            return refusal(400, f"not paired: {', '.join(unpaired)}")
    return document({"status": "sealed", "commission_time": provisioning.seal()})


def get_commission(site: Site, request: Request) -> Answer:
    """The agent's file, link keys and all."""
    agent_file = site.provisioning.agent_file
    if agent_file is None:
        return refusal(404)
    network = site.network
    return document(
        {
            "commission_time": agent_file.commission_time,
            "pan_id": network.pan_id,
            "extended_pan_id": network.extended_pan_id,
            "channel": network.channel,
            "devices": [
                {
                    "serial_num": record.serial_number,
                    "mac_addr": record.mac,
                    "device_type": record.device_type,
                    "link_key": record.link_key,
                }
                for record in agent_file.devices
            ],
        }
    )


def delete_commission(site: Site, request: Request) -> Answer:
    """Unseal the site."""
    return document({"status": "unsealed"}) if site.provisioning.unseal() else refusal(404)


def get_pairing_status(site: Site, request: Request) -> Answer:
    """How far each registered device is."""
    site.network.asked_at_s = site.world.now_s
    return document(
        {
            "Zigbee Network Mode": site.network.mode,
            "serial_nums": [
                {
                    "serial_num": record.serial_number,
                    "device_type": record.device_type,
                    "status": record.state,
                }
                for record in site.provisioning.records.values()
            ],
        }
    )


def get_status(site: Site, request: Request) -> Answer:
    """The radio: who has joined, and what was counted."""
    network = site.network
    joined = [
        {"serial_num": member.serial_number, "mac_addr": eui, "node_id": member.node_id}
        for eui, member in network.members.items()
    ]
    clients = [
        {"serial_num": record.serial_number, "device_type": record.device_type}
        for record in site.provisioning.records.values()
    ]
    return document(
        {
            "state": {
                "zb is_device_connected": True,
                "zb is_init_done": True,
                "zb max_pyld_size": site.network.max_payload_bytes,
                "zb num_joined_nodes": len(joined),
                "zb joined_nodes": joined,
                "ieee_15_4 is_device_connected": False,
                "ieee_15_4 is_init_done": False,
                "ieee_15_4 max_pyld_size": 0,
                "ieee_15_4 num_joined_nodes": 0,
                "ieee_15_4 joined_nodes": [],
                "num_client_devices": len(clients),
                "client_devices": clients,
            },
            "counters": _counters(network),
        }
    )


def get_devices(site: Site, request: Request) -> Answer:
    """The Zigbee-era list of devices (interface page); install codes were never used here."""
    return document(
        {
            "serial_nums": [
                {
                    "serial_num": record.serial_number,
                    "zigbee_sn": "",
                    "zigbee_ic": "",
                    "zigbee_crc": "",
                    "device_type": record.device_type,
                    "commission_time": record.commission_time,
                }
                for record in site.provisioning.records.values()
            ]
        }
    )


def post_devices(site: Site, request: Request) -> Answer:
    """Add batteries to the list (interface page). That they come as for a provisioning, and that the
    answer is the list, is assumed.
    """
    try:
        entries = object_in(request).get("serial_nums")
        if not isinstance(entries, list) or not entries:
            raise ValueError("no list serial_nums")
        if not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("serial_nums holds what is no device")
        if any(entry.get("device_type") != DeviceType.ENCHARGE for entry in entries):
            raise ValueError(f"device_type is {int(DeviceType.ENCHARGE)}")
    except ValueError as error:
        return refusal(400, str(error))
    if not site.world.has_defect("added-battery-not-listed"):
        outcomes = site.provisioning.provision([_item(entry) for entry in entries])
        if failed := [each for each in outcomes if not each.ok]:
            return refusal(400, f"{failed[0].serial_number}: {failed[0].reason}")
    return get_devices(site, request)


ROUTES: Mapping[tuple[str, str], Handler] = {
    ("POST", "/ivp/zb/provision"): post_provision,
    ("DELETE", "/ivp/zb/provision"): delete_provision,
    ("POST", "/ivp/zb/commission"): post_commission,
    ("GET", "/ivp/zb/commission"): get_commission,
    ("DELETE", "/ivp/zb/commission"): delete_commission,
    ("GET", "/ivp/zb/pairing_status"): get_pairing_status,
    ("GET", "/ivp/zb/status"): get_status,
    ("GET", "/ivp/ensemble/devices"): get_devices,
    ("POST", "/ivp/ensemble/devices"): post_devices,
}
"""Handlers by method and path."""


def _item(entry: Mapping[str, object]) -> Item:
    return Item(
        serial_number=_text(entry.get("serial_num")) or "",
        link_key=_text(entry.get("link_key"), upper=True),
        mac=_hexadecimal(entry.get("mac_addr")),
        device_type=_whole(entry.get("device_type")),
        phase=_whole(entry.get("phase")),
        der_index=_whole(entry.get("der_index")),
    )


def _text(value: object, *, upper: bool = False) -> str | None:
    """None for what is not there; a number becomes text that fits nothing."""
    if value is None:
        return None
    text = value if isinstance(value, str) else f"({value})"
    return text.upper() if upper else text


def _hexadecimal(value: object) -> str | None:
    """A MAC of any length is taken (the interface page's own have 14 digits); others are empty."""
    if value is None:
        return None
    return value.upper() if isinstance(value, str) and _HEXADECIMAL.fullmatch(value) else ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _per_serial(outcomes: Sequence[Outcome]) -> Answer:
    body = [
        {"serial_num": outcome.serial_number, "status": outcome.status}
        | ({} if outcome.reason is None else {"reason": outcome.reason})
        for outcome in outcomes
    ]
    return document({"serial_nums": body}, 200 if all(o.ok for o in outcomes) else 400)


def _counters(network: Network) -> dict[str, object]:
    zigbee = asdict(network.counters)
    sub_ghz = {name: 0 for name in zigbee if "prov_dev" not in name}
    delivered = zigbee["tx_packets"] - zigbee["tx_err"]
    ral = dict.fromkeys(_RAL_COUNTERS, 0) | {
        "totTxOkCnt": delivered,
        "totTxFlrCnt": zigbee["tx_err"],
        "txReqToZbCnt": zigbee["tx_packets"],
        "txCnfRxCnt": zigbee["tx_packets"],
        "framesFwdToUpLyrCnt": zigbee["rx_packets"],
    }
    radio = dict.fromkeys(_RAL_RADIO_COUNTERS, 0) | {
        "totTxReqProcCnt": zigbee["tx_packets"],
        "totTxOkCnt": delivered,
        "totTxNoAckFlrCnt": zigbee["tx_err"],
    }
    buffers = sum(number for _, number in _SUBPOOLS)
    return {
        "zigbee_counters": zigbee,
        "ral_counters": ral,
        "ral_radio_counters": radio,
        "zigbee_lib_counters": f"zj-i-rx: {zigbee['rx_hello_msg']} rssi-tmo: 0 ",
        "IEEE_15_4_counters": sub_ghz,
        "client_dev_counters": [],
        "buffer_pool": {
            "buffer_pool_total": buffers,
            "buffer_pool_in_use": network.buffers_in_use,
            "buffer_pool_free": buffers - network.buffers_in_use,
            "buffer_pool_watermark": network.buffers_in_use,
            "buffer_pool_alloc_failed": 0,
            "buffer_pool_alloc_ok": zigbee["tx_packets"],
            "buffer_pool_free_ok": zigbee["tx_packets"] - network.buffers_in_use,
        },
        "buffer_subpool": [
            {
                "subpool_index": index,
                "subpool_size": size,
                "subpool_total": number,
                "subpool_in_use": 0,
                "subpool_free": number,
                "subpool_watermark": 0,
                "subpool_alloc_failed": 0,
                "subpool_alloc_ok": 0,
                "subpool_alloc_free_ok": 0,
            }
            for index, (size, number) in enumerate(_SUBPOOLS)
        ],
    }
