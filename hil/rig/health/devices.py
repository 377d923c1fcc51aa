"""The devices' part of a rig's health: consoles, radios, relay, and the bench's instruments."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress

from hil.clock import Clock
from hil.consoles.node import Node
from hil.consoles.replies import DeviceInfo
from hil.errors import HilError, NotAuthorized, NotOffered, Unintelligible, WrongDevice
from hil.evidence.timeline import Timeline
from hil.rig.checks import check_key
from hil.rig.drivers import Drivers
from hil.rig.facet import Facet
from hil.rig.health.check import Check, State, found_and_suspected, looked, unseen
from hil.rig.instrument_facets import InReach, MainsSupply
from hil.rig.profile_facets import ProfileTakenOver
from hil.rig.rig_file import DeviceEntry, RigFile
from hil.rig.shell_facets import Installed
from hil.rig.who_answers import check_identity
from hil.transports.recorded import RecordedConsole
from hil.vocabulary.secret import Secret

AC_SOURCE, ATTENUATOR = "ac source", "attenuator"
_INSTRUMENT_OF: Mapping[type[Facet], str] = {MainsSupply: AC_SOURCE, InReach: ATTENUATOR}


def called(device: DeviceEntry) -> str:
    """Kind and serial number."""
    return f"{device.device_type.name.lower()} {device.serial_number}"


def answers_as(node_name: str, info: DeviceInfo, where: str) -> Check:
    """Green: the device that is meant is on its console."""
    seen = f"{info.serial_number} answers on {where}, firmware {info.app_firmware}"
    return Check(f"{node_name}: console", State.OK, seen)


def console_check(
    node: Node,
    recording: RecordedConsole,
    description: RigFile,
    *,
    clock: Clock,
    timeline: Timeline,
) -> Check:
    """Who answers on a console; where it is another device of this rig, which one to swap."""
    try:
        info = check_identity(node, recording, clock=clock, timeline=timeline)
    except HilError as error:
        seen, todo = found_and_suspected(error)
        if isinstance(error, WrongDevice) and (other := _swapped_with(node, seen, description)):
            todo = f"swap the consoles of {node.name} and {called(other)}: cables, or ports in the rig file"
        return Check(f"{node.name}: console", State.RED, seen, todo)
    return answers_as(node.name, info, node.console.where)


def _swapped_with(node: Node, seen: str, description: RigFile) -> DeviceEntry | None:
    for device in description.devices:
        if device.serial_number != node.serial_number and f"answers {device.serial_number}" in seen:
            return device
    return None


def key_check(node: Node, named: Secret | None, description: RigFile) -> Check:
    """Whether a device holds the link key that the rig file points to."""
    name = f"{node.name}: link key"
    if named is None:
        return unseen(name, "the rig file's could not be read")

    def look() -> str:
        check_key(node, named, description)
        return "as in the rig file"

    return looked(name, look)


def facet_checks(
    drivers: Drivers,
    rig: str,
    *,
    known: set[str],
    gateway_answers: bool,
    instruments: Collection[str],
) -> Iterator[Check]:
    """Everything that has to be so for a test to begin, as the drivers read it; changes nothing.

    `known`: the devices that answer on their consoles; `instruments`: those that answer. What depends on others is not looked at.
    """
    for facet in drivers.facets:
        if facet.is_remembered or (
            facet.wanted is None and not isinstance(facet, ProfileTakenOver)
        ):
            continue
        if isinstance(facet, Installed):
            continue  # the gateway's own check has said it
        node = getattr(facet, "node", None)
        if isinstance(node, Node):
            if node.name not in known:
                yield unseen(facet.name, "nobody has answered on its console as it")
                continue
        elif not gateway_answers and hasattr(facet, "envoy"):
            yield unseen(facet.name, "no answer from the gateway that is meant")
            continue
        instrument = _INSTRUMENT_OF.get(type(facet))
        if instrument is not None and instrument not in instruments:
            yield unseen(facet.name, f"the {instrument} does not answer")
            continue
        yield _facet_check(facet, rig)


def _facet_check(facet: Facet, rig: str) -> Check:
    try:
        now = facet.read()
    except (NotAuthorized, NotOffered, Unintelligible) as error:
        seen = str(error).partition("\n")[0]
        todo = "a run does not watch it, nor put it back; an installer's token may show it"
        return Check(facet.name, State.WARN, seen, todo)
    except HilError as error:
        return Check(facet.name, State.RED, *found_and_suspected(error))
    if isinstance(facet, ProfileTakenOver):
        state = State.WARN if now else State.OK
        todo = "wait: devices take it over one after the other, in minutes" if now else ""
        return Check(facet.name, state, shown(now), todo)
    if not facet.differs(facet.wanted, now):
        return Check(facet.name, State.OK, shown(now))
    seen = f"{shown(now)} instead of {shown(facet.wanted)}"
    todo = f"hil safe --rig {rig}, which puts it right"
    if isinstance(facet.wanted, Mapping) and isinstance(now, Mapping):
        strangers = ", ".join(sorted(set(now) - set(facet.wanted)))
        if strangers:  # nothing in hil deletes what somebody else may need
            todo = f"add {strangers} to the rig file, or delete them from the gateway"
    return Check(facet.name, State.RED, seen, todo)


def shown(value: object) -> str:
    """A facet's value for people."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {state}" for name, state in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def instrument_checks(drivers: Drivers) -> Iterator[Check]:
    """Whether the bench's instruments answer; switches nothing."""
    if (switch := drivers.power_switch) is not None:

        def look() -> str:
            switch.look()
            return (
                f"answers at {switch.name.rpartition(' ')[2]}; nobody can ask an outlet how it is"
            )

        yield looked("power switch", look)
    if (source := drivers.ac_source) is not None:
        yield looked(AC_SOURCE, source.identify)
    if (attenuator := drivers.attenuator) is not None:
        yield looked(ATTENUATOR, attenuator.identify)


def radio_note(node: Node) -> Check:
    """Pairing as the device itself sees it, in its own words; not judged."""
    seen = "it does not say"
    with suppress(HilError):
        pairing = node.pairing()
        seen = f"pairing {pairing.pairing}, zb {pairing.zb}, {pairing.retries} retries"
    return Check(f"{node.name}: pairing, as it says", State.OK, seen)
