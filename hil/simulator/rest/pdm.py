"""`/ivp/pdm`: energy by day, and the last readings of every inverter and meter.

Source: public captures of 8.3.
"""

from collections.abc import Callable, Mapping

from hil.simulator import generations
from hil.simulator.battery import NJ_PER_WH
from hil.simulator.eids import channel_eid, device_eid
from hil.simulator.interval_records import INTERVAL_S, Kind
from hil.simulator.inverter_reports import Heard
from hil.simulator.meters import NET, USED, Meter
from hil.simulator.rest.messages import Answer, Request, document, refusal
from hil.simulator.rest.production import J_PER_WH, metered, reported
from hil.simulator.site import Site
from hil.simulator.site_file import InverterTruth

_DEVICE_LIMIT = 50
_METER_CHANNELS = 4
_NOTHING = dict.fromkeys(
    ("wattHoursToday", "wattHoursSevenDays", "wattHoursLifetime", "wattsNow"), 0
)


def energy(site: Site, request: Request) -> Answer:
    """Production by inverters and by the meter, and total consumption."""
    if (absent := _absent(site)) is not None:
        return absent
    kept = site.interval_records
    mixes_up = site.world.has_defect("records-of-two-kinds")
    return document(
        {
            "production": {
                "pcu": reported(site),
                "rgm": _NOTHING,
                "eim": reported(site) if mixes_up else metered(site),
            },
            "consumption": {
                "eim": {
                    "wattHoursToday": kept.today_nj(USED) // NJ_PER_WH,
                    "wattHoursSevenDays": kept.seven_days_nj(USED) // NJ_PER_WH,
                    "wattHoursLifetime": kept.lifetime_nj(USED) // NJ_PER_WH,
                    "wattsNow": kept.watts(USED),
                }
            },
        }
    )


def device_data(site: Site, request: Request) -> Answer:
    """Every inverter and meter by its eid, and how many there are; no more than the limit."""
    if (absent := _absent(site)) is not None:
        return absent
    devices = {str(device_eid(each.eid)): _inverter(site, each) for each in site.truth.inverters}
    devices |= {
        str(meter.eid): _meter(site, meter, number)
        for number, meter in enumerate(site.meters.values(), 1)
    }
    shown = dict(list(devices.items())[:_DEVICE_LIMIT])
    return document(shown | {"deviceCount": len(shown), "deviceDataLimit": _DEVICE_LIMIT})


def _absent(site: Site) -> Answer | None:
    return None if generations.DEVICE_DATA.of(site.gateway.firmware) else refusal(404)


def _inverter(site: Site, truth: InverterTruth) -> dict[str, object]:
    heard = site.inverter_reports.heard[truth.serial_number]
    eid = channel_eid(truth.eid, 1)
    return {
        "devName": "pcu",
        "sn": truth.serial_number,
        "active": True,
        "modGone": not site.inverter_reports.is_heard(truth.serial_number),
        "channels": [
            {
                "chanEid": eid,
                "created": site.gateway.clock.shown(heard.last.end_unix),
                "wattHours": {
                    "today": heard.days.today(heard.produced_j) // J_PER_WH,
                    "yesterday": heard.days.yesterday // J_PER_WH,
                    "week": heard.days.last_seven // J_PER_WH,
                },
                "watts": {
                    "now": heard.last.watts,
                    "nowUsed": heard.last.used_watts,
                    "max": heard.max_watts,
                },
                "lastReading": _last_reading(site, eid, heard),
                "lifetime": {
                    "createdTime": site.gateway.clock.shown(heard.last.end_unix),
                    "duration": heard.heard_for_s,
                    "joulesProduced": heard.produced_j,
                },
            }
        ],
    }


def _last_reading(site: Site, eid: int, heard: Heard) -> dict[str, object]:
    volts = site.energy.voltage_v * (2 if site.truth.wiring.legs == 2 else 1)
    return {
        "eid": eid,
        "interval_type": 0,
        "endDate": site.gateway.clock.shown(heard.last.end_unix),
        "duration": heard.last.duration_s,
        "flags": 0,
        "flags_hex": "0x0000000000000000",
        "joulesProduced": heard.last.produced_j,
        "acVoltageINmV": round(volts * 1000),
        "acFrequencyINmHz": round(site.energy.frequency_hz * 1000),
        "dcVoltageINmV": _DC_MV if heard.last.watts else 0,
        "dcCurrentINmA": heard.last.watts * 1_000_000 // _DC_MV,
        "channelTemp": _CHANNEL_C,
        "pwrConvErrSecs": 0,
        "pwrConvMaxErrCycles": 0,
        "joulesUsed": heard.last.used_j,
        "leadingVArs": 0,
        "laggingVArs": 0,
        "acCurrentInmA": round(1000 * heard.last.watts / volts) if volts else 0,
        "l1NAcVoltageInmV": 0,
        "l2NAcVoltageInmV": 0,
        "l3NAcVoltageInmV": 0,
        "rssi": _RSSI,
        "issi": _ISSI,
    }


_DC_MV, _CHANNEL_C, _RSSI, _ISSI = 40_000, 30, 106, 70
"""Panels, temperatures and power lines are not modelled; these are as in the captures."""


def _meter(site: Site, meter: Meter, number: int) -> dict[str, object]:
    legs = range(site.truth.wiring.legs)
    return {
        "devName": "eim",
        "sn": f"{site.truth.gateway.serial_number}EIM{number}",
        "active": True,
        "modGone": True,  # in every capture, of meters that work
        "channels": [
            _meter_channel(site, meter, leg)
            if leg in legs and meter.measures in site.interval_records.last
            else _unused(channel_eid(meter.eid, leg + 1))
            for leg in range(_METER_CHANNELS)
        ],
    }


def _meter_channel(site: Site, meter: Meter, leg: int) -> dict[str, object]:
    kept, name = site.interval_records, channel_eid(meter.eid, leg + 1)
    # At the mains it is total consumption that is told, beside what went in and out (public captures).
    told, counted = _TOLD.get(meter.measures, meter.measures), kept.last[meter.measures][leg]
    watts, volts = kept.watts(told, leg), site.energy.voltage_v
    cumulative = {
        "wh_dlvd_cum": kept.lifetime_nj(told, leg) // NJ_PER_WH,
        "varh_lead_cum": 0,
        "varh_lag_cum": 0,
        "vah_cum": kept.lifetime_nj(told, leg, Kind.APPARENT) // NJ_PER_WH,
    }
    return {
        "chanEid": name,
        "created": site.gateway.clock.shown(kept.ended_unix),
        "wattHours": {
            "today": kept.today_nj(told, leg) // NJ_PER_WH,
            "yesterday": kept.yesterday_nj(told, leg) // NJ_PER_WH,
            "week": kept.seven_days_nj(told, leg) // NJ_PER_WH,
        },
        "watts": {"now": watts, "nowUsed": 0, "max": kept.max_watts(told, leg)},
        "lastReading": {
            "eid": name,
            "interval_type": 0,
            "endDate": site.gateway.clock.shown(kept.ended_unix),
            "duration": INTERVAL_S,
            "curr_w": watts,
            **cumulative,
            "rms_mvolt": round(volts * 1000),
            "rms_mamp": round(1000 * abs(watts) / volts) if volts else 0,
            "freq_mhz": round(site.energy.frequency_hz * 1000),
            "wh_pos": counted.delivered_nj // NJ_PER_WH,
            "wh_neg": counted.received_nj // NJ_PER_WH,
        },
        "lifetime": {
            "createdTime": site.gateway.clock.shown(kept.ended_unix),
            "duration": kept.ended_unix - kept.counting_since_unix,
            **cumulative,
        },
    }


_TOLD = {NET: USED}


def _unused(eid: int) -> dict[str, object]:
    return {
        "chanEid": eid,
        "created": 0,
        "wattHours": {"today": 0, "yesterday": 0, "week": 0},
        "watts": {"now": 0, "nowUsed": 0, "max": 0},
        "lastReading": {},
        "lifetime": {},
    }


ROUTES: Mapping[tuple[str, str], Callable[[Site, Request], Answer]] = {
    ("GET", "/ivp/pdm/energy"): energy,
    ("GET", "/ivp/pdm/device_data"): device_data,
}
