"""What only shows when something is done to the rig: times of loss and return, of the relay, of a profile.

Done on a rig that is opened as for a run: its keeper watches, its baseline is taken first and put back
after each lesson.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from hil.consoles.node import Node
from hil.envoy.zigbee import ProvisionItem
from hil.errors import HilError, NotInTime, RadioBusy, Refused, Unavailable, Unreachable
from hil.evidence.timeline import Kind
from hil.learning.cli_lessons import log_line
from hil.learning.findings import Findings
from hil.rig.rig import Rig, open_rig
from hil.rig.rig_file import RigFile
from hil.transports.lines import plain
from hil.vocabulary.grid import MainsState
from hil.vocabulary.secret import Secret
from hil.vocabulary.zigbee import PAIRED, NetworkMode

LOST_WITHIN_S, BACK_WITHIN_S, WINDOW_WITHIN_S = 900.0, 600.0, 900.0
RELAY_WITHIN_S, PROFILE_WITHIN_S, BOOT_WITHIN_S = 300.0, 3600.0, 900.0
"""Rig seconds after which something is given up: several times what anybody believes."""

SCANS_FOR_S, LOOK_EVERY_S = 40.0, 0.7
"""Rig seconds in which a radio tries to join several times, and between two commands to it."""

STRANGER = ProvisionItem(
    serial_num="122099999999",
    link_key=Secret("0123456789ABCDEF0123456789ABCDEF"),
    mac_addr="0013A20099999999",
    device_type=13,
)
"""A battery that does not exist."""


def disturb(description: RigFile, findings: Findings, *, directory: Path, reboots: bool) -> None:
    """Learn what takes a disturbance; the rig is as it was found afterwards.

    Raises:
        RigError: it does not open, as a run would find it.
        RestoreFailed: it could not be put back; it is out then, as after a run.
    """
    with open_rig(description, seed=0, directory=directory, who="hil learn --disturb") as rig:
        lessons: dict[str, Callable[[Rig, Findings], None]] = {
            "forced loss and return": _loss_and_return,
            "seal": _seal,
            "join window": _window,
            "mains relay": _relay,
            "a lost Enpower": _lost_enpower,
            "grid profile": _profile,
        }
        if reboots:
            lessons["a restart of the gateway"] = _reboot
        for name, lesson in lessons.items():
            rig.timeline.note("suite", Kind.STEP, f"learn: {name}")
            try:
                lesson(rig, findings)
            except HilError as error:
                findings.unmeasured(f"lesson: {name}", str(error).partition("\n")[0])
            put_back = rig.baseline.restore()
            if put_back:
                told = "; ".join(map(str, put_back))
                rig.timeline.note("suite", Kind.STEP, f"learn: put back after {name}: {told}")


def _since(rig: Rig, began_s: float) -> float:
    return rig.clock.now() - began_s


def _communicates(rig: Rig, node: Node) -> bool:
    return rig.envoy.ensemble.inventory().device(node.serial_number).communicating


def _loss_and_return(rig: Rig, findings: Findings) -> None:
    node = rig.encharges[0]
    mark = node.console.mark()
    try:
        dropped = node.drop_from_network()
    finally:
        _what_was_said(rig, node, mark, findings)
    findings.news(
        f"{node.name}: forced loss",
        f"out and kept out in {dropped.took_s:.1f} s, {dropped.rounds} rounds",
    )
    rig.waiting.until(
        lambda: _communicates(rig, node),
        lambda communicating: not communicating,
        what=f"{node.name}: shown as not communicating",
        within_s=LOST_WITHIN_S,
        every_s=2,
    )
    lost_s = _since(rig, dropped.at_s)
    told = f"out at {dropped.at_s:.1f} s of rig time, communicating false {lost_s:.1f} s later"
    # A poll that was just answered when it left counts from then; the gateway shows it a while later.
    findings.number("gateway.comm_lost_after_s", [lost_s], [told], grain_s=15.0)
    began_s = rig.clock.now()
    try:
        rejoined = node.rejoin()
    except HilError as error:
        findings.unmeasured(f"{node.name}: time to rejoin", str(error).partition("\n")[0])
        raise
    findings.news(f"{node.name}: time to rejoin", f"{rejoined.took_s:.1f} s")
    findings.compared(
        f"{node.name}: stuck at AI FF after DJ 1 and 0",
        "one time of ten",
        "no" if rejoined.by == "enable joining" else f"yes, freed by {rejoined.by}",
        source="two Digi forum threads; the rate is assumed",
        agrees=True,
    )
    rig.waiting.until(
        lambda: _communicates(rig, node),
        bool,
        what=f"{node.name}: communicating again",
        within_s=BACK_WITHIN_S,
    )
    findings.news(
        f"{node.name}: communicates again",
        f"{_since(rig, began_s):.1f} s after it was allowed to join",
    )


def _what_was_said(rig: Rig, node: Node, mark: int, findings: Findings) -> None:
    """What the recipe has heard: words, and what log lines begin with."""
    dialect = node.console.dialect
    said = rig.recorder.recordings[node.serial_number].stream.read(mark)
    lines = plain(said.decode("utf-8", "replace").replace("\r", "\n")).split("\n")
    stamped = [line for line in lines if re.match(r"\W*\[ *\d+\.\d+\]", line)]
    log_line(node.name, dialect, stamped, findings)
    waiting = [line for line in lines if dialect.waiting_to_join in line]
    findings.compared(
        "cli.waiting_to_join",
        dialect.waiting_to_join,
        dialect.waiting_to_join if waiting else "not said",
        waiting[:2],
        source="interface page",
    )


def _busy_radio(rig: Rig, findings: Findings) -> None:
    """How long the CLI waits for a radio that scans before it gives up: one that finds no open window
    scans again and again.
    """
    node, mark = rig.encharges[0], rig.timeline.mark()
    dialect = node.console.dialect
    node.reset_network()
    until_s = rig.clock.now() + SCANS_FOR_S
    while rig.clock.now() < until_s:
        with suppress(RadioBusy):  # that is what is waited for
            node.console.ask(dialect.at_command("DJ 0"))
        rig.clock.sleep(LOOK_EVERY_S)
    rig.envoy.zigbee.provision([rig.provision_items[node.serial_number]])
    took: list[float] = []
    told: list[str] = []
    for event in rig.timeline.since(mark):
        end = event.text.rpartition(" s: ")[2].removeprefix(dialect.prompt)
        if "took_s" in event.data and dialect.no_response.fullmatch(end):
            took.append(float(str(event.data["took_s"])))
            told.append(f"at {event.rig_s:.3f} s {event.text}")
    if took:
        findings.number("cli.at_timeout_s", took, told[:5], grain_s=0.2)
    else:
        findings.unmeasured("cli.at_timeout_s", "the radio was never busy when it was asked")


def _seal(rig: Rig, findings: Findings) -> None:
    """Whether a sealed site takes a device that it does not know."""
    answer = rig.envoy.zigbee.provision([STRANGER])
    result = answer.results.get(STRANGER.serial_num)
    refuses = result is None or not result.ok
    told = f"POST /ivp/zb/provision of {STRANGER.serial_num} on a sealed site: {answer}"
    if not refuses:
        rig.envoy.zigbee.deprovision([STRANGER.serial_num])
    believed = "gateway.sealed_refuses_new_devices"
    findings.compared(believed, True, refuses, [told], source="assumed")


def _window(rig: Rig, findings: Findings) -> None:
    """How long devices may join after the site was reopened."""
    began_s = rig.clock.now()
    rig.envoy.zigbee.reopen()
    if rig.envoy.zigbee.pairing_status().mode != NetworkMode.JOIN_ENABLED:
        findings.unmeasured("gateway.permit_join_s", "a reopened site lets nobody join by itself")
        return
    rig.waiting.until(
        lambda: rig.envoy.zigbee.pairing_status().mode,
        lambda mode: mode == NetworkMode.JOIN_DISABLED,
        what="the window for joining closes by itself",
        within_s=WINDOW_WITHIN_S,
        every_s=2,
    )
    open_s = _since(rig, began_s)
    told = f"DELETE /ivp/zb/commission, {open_s:.1f} s later Join Disabled"
    findings.number("gateway.permit_join_s", [open_s], [told], grain_s=4.0)
    states = rig.envoy.zigbee.pairing_status().states
    findings.news(
        "gateway: unsealing keeps the pairs",
        "yes" if all(each in PAIRED for each in states.values()) else f"no: {dict(states)}",
    )
    _busy_radio(rig, findings)


def _relay(rig: Rig, findings: Findings) -> None:
    if rig.enpower is None:
        findings.unmeasured("relay.open_command_s", "no Enpower on this rig")
        return
    for name, command, is_there in (
        ("relay.open_command_s", rig.envoy.ensemble.open_relay, True),
        ("relay.close_command_s", rig.envoy.ensemble.close_relay, False),
    ):
        began_s = rig.clock.now()
        command()
        seen: list[tuple[float, str]] = []

        def oper(began_s: float = began_s, seen: list[tuple[float, str]] = seen) -> str:
            state = str(rig.envoy.ensemble.relay().mains_oper_state)
            if not seen or seen[-1][1] != state:
                seen.append((round(_since(rig, began_s), 1), state))
            return state

        rig.waiting.until(
            oper,
            lambda state, is_there=is_there: (state != MainsState.CLOSED) is is_there,  # type: ignore[misc]
            what=f"the mains relay is {'open' if is_there else 'closed'}",
            within_s=RELAY_WITHIN_S,
        )
        told = "mains_oper_state, seconds after the command: " + ", ".join(map(str, seen))
        findings.number(name, [seen[-1][0]], [told], grain_s=6.0)
        if is_there:  # back only from an island that is in step
            rig.waiting.until(
                oper,
                lambda state: state == MainsState.OPEN_SYNCHRONIZED,
                what="the island is in step with the grid",
                within_s=RELAY_WITHIN_S,
            )
            apart_s = seen[-1][0] - seen[-2][0]
            told = f"open to in step: {seen[-2:]}"
            findings.number("relay.synchronize_s", [apart_s], [told], grain_s=6.0)


def _lost_enpower(rig: Rig, findings: Findings) -> None:
    """What a command is answered that no Enpower hears."""
    if rig.enpower is None:
        findings.unmeasured("relay.command_timeout_s", "no Enpower on this rig")
        return
    rig.enpower.drop_from_network()
    rig.waiting.until(
        lambda: _communicates(rig, rig.nodes[0]),
        lambda communicating: not communicating,
        what=f"{rig.enpower.name}: shown as not communicating",
        within_s=LOST_WITHIN_S,
        every_s=2,
    )
    began_s = rig.clock.now()
    try:
        said = f"taken: {rig.envoy.ensemble.open_relay()!r}"
    except (Refused, Unavailable, Unreachable) as error:
        said = str(error).partition("\n")[0]
    took_s = _since(rig, began_s)
    findings.number(
        "relay.command_timeout_s", [took_s], [f"POST /ivp/ensemble/relay: {said}"], grain_s=2.0
    )
    rig.enpower.rejoin()


def _profile(rig: Rig, findings: Findings) -> None:
    second = rig.description.second_grid_profile
    if second is None:
        findings.unmeasured(
            "profile.device_s", "the rig file names no second_grid_profile to change to"
        )
        return
    began_s = rig.clock.now()
    rig.envoy.grid_profile.select(second.name, second.version)
    done_s: dict[str, float] = {}

    def without_it() -> list[str]:
        lacking = []
        for device in rig.envoy.ensemble.inventory().devices:
            if "prop.done" in device.device_status:
                done_s.setdefault(device.serial_num, round(_since(rig, began_s), 1))
            else:
                done_s.pop(device.serial_num, None)
                lacking.append(device.serial_num)
        return lacking

    rig.waiting.until(
        without_it,
        lambda lacking: bool(lacking),
        what="the gateway shows that a profile is on its way",
        within_s=60,
    )
    rig.waiting.until(
        without_it,
        lambda lacking: not lacking,
        what="every device has taken over the profile",
        within_s=PROFILE_WITHIN_S,
        every_s=2,
    )
    times = [0.0, *sorted(done_s.values())]
    apart = [later - earlier for earlier, later in pairwise(times)]
    told = f"prop.done, seconds after the change: {done_s}"
    findings.number("profile.device_s", apart, [told], grain_s=4.0)


def _reboot(rig: Rig, findings: Findings) -> None:
    serial = rig.description.envoy.serial_number
    if rig.power_switch is None or serial not in rig.power_switch.outlets:
        findings.unmeasured("gateway.boot_s", "the gateway is on no outlet of the rig file")
        return
    rig.power_switch.off(serial)
    rig.clock.sleep(10)
    rig.power_switch.on(serial)
    began_s = rig.clock.now()
    try:
        rig.waiting.until(
            rig.envoy.answers,
            bool,
            what="the gateway answers again",
            within_s=BOOT_WITHIN_S,
        )
    except NotInTime as late:
        findings.unmeasured("gateway.boot_s", str(late).partition("\n")[0])
        return
    booted_s = _since(rig, began_s)
    told = f"power on, first answer {booted_s:.1f} s later"
    findings.number("gateway.boot_s", [booted_s], [told], grain_s=3.0)
