"""What is nonsense at each thing that can be written, kind by kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MALFORMED = (b"{", b"", b"\xff\xfe", b"[]", b'"text"')
"""No JSON, or no object."""

UNKNOWN = b'{"no_such_key": 1}'

HUGE = b'{"x": "' + b"~ " * (1 << 19) + b'"}'
"""More than a gateway has any use for: its web server takes 1 MiB. Of characters that no secret is made
of: those of a key would be looked through for one, a million of them in a row.
"""

KINDS = ("malformed", "wrong_type", "missing", "illegal", "stumbles")

MORE = {"no_such_key": 1}

WithExtraKey = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Nonsense:
    """Each body has to be refused. A kind without any says why in `none`."""

    wrong_type: tuple[bytes, ...] = ()
    missing: tuple[bytes, ...] = ()
    illegal: tuple[bytes, ...] = ()
    malformed: tuple[bytes, ...] = MALFORMED
    stumbles: tuple[bytes, ...] = ()
    """What a gateway is known to answer with an error of its own, and no harm done."""
    with_extra_key: WithExtraKey | None = None
    """From what stands there now: a body that changes nothing, with a key that nobody knows."""
    queries: tuple[str, ...] = ()
    """Where what is told stands in the query."""
    none: Mapping[str, str] = field(default_factory=dict)
    compared: str = ""
    """Only lines with this in them, where the rest of what is shown moves by itself."""
    settles: bool = False
    """Whether what is shown moves for a while after settings were written, as contacts do."""
    says_no: str = ""
    """What stands in an answer that is no refusal by its status."""


NO_BODY = {
    "wrong_type": "takes no body",
    "missing": "takes no body",
    "illegal": "takes no body",
    "with_extra_key": "takes no body",
}
_ANY_OBJECT = "any object may be stored here"


def _under(name: str) -> WithExtraKey:
    """What stands there, under the name that it is written with."""
    return lambda now: {name: {**now, **MORE}}


_METER = Nonsense(
    wrong_type=(b'{"state": 1}', b'{"state": null}'),
    missing=(b"{}",),
    illegal=(b'{"state": "asleep"}',),
    with_extra_key=lambda now: {"state": now[0]["state"], **MORE},
)
_TARIFF = Nonsense(
    wrong_type=(b'{"tariff": 1}',),
    missing=(b'{"tariff": {}}', b'{"tariff": {"single_rate": {"rate": 1, "sell": 1}}}', UNKNOWN),
    illegal=(b'{"tariff": {"storage_settings": {"reserved_soc": 500}}}',),
    with_extra_key=lambda now: {"tariff": {**now["tariff"], **MORE}},
)
_RELAXED = Nonsense(
    none={
        "wrong_type": _ANY_OBJECT,
        "missing": _ANY_OBJECT,
        "illegal": _ANY_OBJECT,
        "with_extra_key": _ANY_OBJECT,
    }
)
_PHASES = Nonsense(
    queries=("", "?serial_number=999999999999&man_ph_ind=ph-a", "?man_ph_ind=ph-z"),
    none=NO_BODY,
)

NONSENSE: Mapping[str, Nonsense] = {
    "POST /ivp/ensemble/relay": Nonsense(
        wrong_type=(b'{"mains_admin_state": 1}', b'{"mains_admin_state": ["open"]}'),
        missing=(b"{}", UNKNOWN),
        illegal=(b'{"mains_admin_state": "ajar"}', b'{"mains_admin_state": "OPEN"}'),
        with_extra_key=lambda now: {"mains_admin_state": now["mains_admin_state"], **MORE},
    ),
    "POST /ivp/ensemble/dry_contacts": Nonsense(
        wrong_type=(b'{"dry_contacts": 1}', b'{"dry_contacts": [{"id": "NC1", "status": "open"}]}'),
        missing=(b"{}", b'{"dry_contacts": {"id": "NC1"}}', UNKNOWN),
        illegal=(
            b'{"dry_contacts": {"id": "NC9", "status": "open"}}',
            b'{"dry_contacts": {"id": "NC1", "status": "ajar"}}',
        ),
        with_extra_key=lambda now: {"dry_contacts": {**now["dry_contacts"][0], **MORE}},
        settles=True,
    ),
    "POST /ivp/ensemble/secctrl": Nonsense(
        wrong_type=(b'{"freq_bias_hz": "0.1"}', b'{"freq_bias_hz": true}'),
        missing=(b"{}", UNKNOWN),
        illegal=(b'{"freq_bias_hz": 1e9}',),
        with_extra_key=lambda now: {"freq_bias_hz": now["freq_bias_hz"], **MORE},
        compared="backup_soc",
    ),
    "POST /ivp/ensemble/devices": Nonsense(
        wrong_type=(b'{"serial_nums": {"serial_num": "x"}}', b'{"serial_nums": [1]}'),
        missing=(b'{"serial_nums": []}', b'{"serial_nums": [{"device_type": 13}]}', UNKNOWN),
        illegal=(b'{"serial_nums": [{"serial_num": "12203", "device_type": 17}]}',),
        with_extra_key=lambda now: {
            "serial_nums": [{"serial_num": "12203", "device_type": 13, **MORE}]
        },
    ),
    "POST /ivp/zb/provision": Nonsense(
        wrong_type=(b'{"serial_nums": {"serial_num": "x"}}', b'{"serial_nums": [1]}'),
        missing=(b'{"serial_nums": []}', b'{"serial_nums": [{}]}', UNKNOWN),
        illegal=(b'{"serial_nums": [{"serial_num": "12203"}]}',),
        with_extra_key=lambda now: {"serial_nums": [{"serial_num": "12203", **MORE}]},
    ),
    "DELETE /ivp/zb/provision": Nonsense(
        queries=("", "?serial_number=", "?serial_number=12203", "?serial=1,,2"), none=NO_BODY
    ),
    "POST /ivp/zb/commission": Nonsense(none=NO_BODY),
    "DELETE /ivp/zb/commission": Nonsense(none=NO_BODY),
    "POST /ivp/zb/reset_device": Nonsense(
        wrong_type=(b'{"serial_num": 1}', b'{"serial_num": ["x"]}'),
        missing=(b"{}", UNKNOWN),
        none={
            "illegal": "a serial number that nobody has is not there: 404",
            "with_extra_key": "it would reset a device",
        },
    ),
    "POST /ivp/livedata/stream": Nonsense(
        wrong_type=(b'{"enable": "1"}', b'{"enable": true}'),
        illegal=(b'{"enable": 2}', b'{"enable": -1}'),
        with_extra_key=lambda now: {
            "enable": int(now["connection"]["sc_stream"] == "enabled"),
            **MORE,
        },
        compared="sc_stream",
        none={"missing": "the interface page shows it with an empty object"},
    ),
    "POST /ivp/sc/pvlimit": Nonsense(
        wrong_type=(
            b'{"enable": "true", "pv_limit_pct": 50}',
            b'{"enable": 1, "pv_limit_pct": 50}',
        ),
        missing=(b"{}", b'{"enable": true}', UNKNOWN),
        illegal=(
            b'{"enable": true, "pv_limit_pct": 101}',
            b'{"enable": true, "pv_limit_pct": -1}',
        ),
        with_extra_key=lambda now: {**now, **MORE},
    ),
    "POST /ivp/sc/setp_override": Nonsense(
        wrong_type=(b'{"enable": "true", "setpoint_pct": 0}',),
        missing=(b"{}", b'{"enable": true}', UNKNOWN),
        illegal=(b'{"enable": true, "setpoint_pct": 1000}',),
        with_extra_key=lambda now: {**now, **MORE},
    ),
    "POST /ivp/sc/third_party_pv": Nonsense(
        wrong_type=(b'{"third_party_pv": {}}', b'{"third_party_pv": [1]}'),
        missing=(b"{}", b'{"third_party_pv": [{"serial_num": "1"}]}', UNKNOWN),
        illegal=(
            b'{"third_party_pv": [{"serial_num": "1", "ac_nameplate_w": -1, "freq_watt": true}]}',
        ),
        with_extra_key=lambda now: {**now, **MORE},
    ),
    "POST /ivp/ss/pel_settings": Nonsense(
        wrong_type=(b'{"pel_settings": {"PEL": "true"}}', b'{"pel_settings": []}'),
        missing=(b"{}", b'{"pel_settings": {}}', UNKNOWN),
        illegal=(b'{"pel_settings": {"PEL_Limit": -1.0}}',),
        with_extra_key=_under("pel_settings"),
    ),
    "POST /ivp/ss/pcs_settings": Nonsense(
        wrong_type=(b'{"pcs_settings": {"pvBreaker": "40"}}', b'{"pcs_settings": []}'),
        missing=(b"{}", b'{"pcs_settings": {}}', UNKNOWN),
        illegal=(b'{"pcs_settings": {"pvBreaker": -40.0}}',),
        with_extra_key=_under("pcs_settings"),
    ),
    "POST /ivp/ss/der_settings": Nonsense(
        wrong_type=(b'{"der": {"der1": 1}}', b'{"der": "DER_TYPE_NONE"}'),
        missing=(b"{}", b'{"der": {}}', UNKNOWN),
        illegal=(b'{"der": {"der1": "DER_TYPE_MOON", "der2": "DER_TYPE_NONE"}}',),
        with_extra_key=lambda now: {**now, **MORE},
    ),
    "POST /ivp/ss/dry_contact_settings": Nonsense(
        wrong_type=(b'{"dry_contacts": {"id": 1}}', b'{"dry_contacts": []}'),
        # Public reports have gateways that crash at this.
        missing=(b"{}", b'{"dry_contacts": {"id": "NC1"}}', UNKNOWN),
        illegal=(b'{"dry_contacts": {"id": "NC1", "type": "MOON"}}',),
        # Truth values are lower-case texts, and others an error 500 (public report).
        stumbles=(b'{"dry_contacts": {"id": "NC1", "override": "True"}}',),
        with_extra_key=lambda now: {"dry_contacts": {**now["dry_contacts"][0], **MORE}},
    ),
    "POST /ivp/ss/gen_config": Nonsense(
        wrong_type=(b'{"warm_up_mins": "3"}', b'{"generator_settings": 1}'),
        missing=(b'{"warm_up_mins": 3}', UNKNOWN),
        illegal=(b'{"start_method": "By hand"}',),
        with_extra_key=lambda now: {**now, **MORE},
    ),
    "POST /ivp/ss/gen_mode": Nonsense(
        wrong_type=(b'{"gen_cmd": 1}', b'{"gen_cmd": ["on"]}'),
        missing=(UNKNOWN,),
        illegal=(b'{"gen_cmd": "perhaps"}',),
        with_extra_key=lambda now: {"gen_cmd": now.get("gen_cmd", "off"), **MORE},
    ),
    "POST /ivp/ss/gen_schedule": Nonsense(
        wrong_type=(b'{"default_soc": 1}',),
        missing=(b'{"default_soc": {"start_soc": 20, "stop_soc": 60}}', UNKNOWN),
        illegal=(b'{"default_soc": {"start_soc": 80, "stop_soc": 20}}',),
        with_extra_key=lambda now: {**now, **MORE},
    ),
    "PUT /ivp/meters/<eid>": _METER,
    "POST /ivp/meters/<eid>": _METER,
    "PUT /admin/lib/tariff": _TARIFF,
    "PUT /admin/lib/tariff.json": _TARIFF,
    "PUT /installer/agf/set_profile.json": Nonsense(
        wrong_type=(b'{"selected_profile": 1}',),
        missing=(b"{}", UNKNOWN),
        illegal=(b'{"selected_profile": "no such profile:1.0.0"}',),
        says_no='"error"',
        none={"with_extra_key": "it would have every device take the profile over again"},
    ),
    "PUT /ivp/ens_rest/inverters_status": _PHASES,
    "PUT /installer/agf/inverters_status": _PHASES,
    "PUT /ivp/adc/relaxedparams/add": _RELAXED,
    "POST /ivp/adc/relaxedparams/add": _RELAXED,
    "PUT /ivp/adc/relaxedparams/delete": Nonsense(none=NO_BODY),
    "POST /ivp/adc/relaxedparams/delete": Nonsense(none=NO_BODY),
    "POST /ivp/firmware_manager/update_all": Nonsense(
        wrong_type=(b'{"force": true}',),
        missing=(UNKNOWN,),
        illegal=(b'{"force": "perhaps"}',),
        none={"with_extra_key": "it would begin an update"},
    ),
}
