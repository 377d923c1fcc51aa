"""A rig at the moment of a failure: every view of the gateway, and what each console said last."""

from collections.abc import Mapping

from hil.envoy import (
    ensemble,
    grid_profile,
    inverters_status,
    livedata,
    meters,
    secondary_control,
    zigbee,
)
from hil.envoy.client import Envoy
from hil.envoy.conversation import INFO_PATH
from hil.errors import HilError
from hil.evidence.exchanges import laid_out
from hil.transports.recorded import RecordedConsole

VIEWS = (
    INFO_PATH,
    ensemble.RELAY,
    ensemble.INVENTORY,
    ensemble.STATUS,
    ensemble.POWER,
    ensemble.SECONDARY_CONTROL,
    livedata.STATUS,
    zigbee.STATUS,
    zigbee.PAIRING_STATUS,
    meters.METERS,
    grid_profile.ARF,
    inverters_status.INVERTERS_STATUS,
    secondary_control.SC_STATUS,
)
"""Read only; none of them changes anything, or makes the gateway ask its devices."""


LAST_BYTES = 2048
"""How much of each console is shown."""


def views_of(envoy: Envoy) -> str:
    """Every view, one after the other, each answer laid out; a gateway that is silent is asked once."""
    told: list[str] = []
    for path in VIEWS:
        try:
            reply = envoy.view(path)
        except HilError as silent:
            told.append(f"GET {path}\n{silent}")
            break
        told.append(f"GET {path} → {reply.status}\n{laid_out(reply.text)}")
    return "\n\n".join(told)


def last_lines(recordings: Mapping[str, RecordedConsole]) -> str:
    """What every console said last, also before the test; a line that is lost says why."""
    told: list[str] = []
    for recording in recordings.values():
        stream = recording.stream
        said = stream.since(max(stream.first, stream.received - LAST_BYTES))
        text = said.decode("utf-8", "backslashreplace").replace("\r", "")
        lost = f"\n! {stream.trouble}" if stream.trouble else ""
        told.append(f"{stream.wire}, {recording.label}\n{text or '(nothing yet)'}{lost}")
    return "\n\n".join(told)
