"""A Zigbee device of the site: its radio on the way into the network, its host, its console.

What happens in which state is the table of `zigbee_join.py`; this gives it time, chance and words.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

from hil.simulator.device_cli import Cli
from hil.simulator.network import Network
from hil.simulator.radio_path import RadioPath
from hil.simulator.site_file import EnchargeTruth, EnpowerTruth
from hil.simulator.world import World
from hil.simulator.zigbee_join import (
    IN_NETWORK,
    LOG_LINES,
    RADIO_BUSY,
    TRANSITIONS,
    JoinEvent,
    NodeState,
)
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.zigbee import AssociationCode


class Node:
    """An Encharge's or Enpower's radio and host.

    Comes into the site's past in full operation. `DJ` and `verbose` are in RAM; the link key and
    the network it is in outlive a loss of power.
    """

    def __init__(self, truth: EnpowerTruth | EnchargeTruth, world: World, network: Network) -> None:
        self.truth, self.world, self.network = truth, world, network
        self.app_firmware = truth.app_firmware
        self.state = NodeState.OPERATIONAL
        self.association = AssociationCode.JOINED
        self.dj = world.assumptions.zigbee.dj_default
        self.verbose = False
        self.tells_its_key = True
        """Whether its host has the copy of the link key that `pair get_key` shows."""
        self.node_id: str | None = None
        """Its 16-bit id in the network that it remembers; None when it remembers none."""
        self.join_retries = 0
        """Attempts to join since it was last in a network."""
        self.path = RadioPath(world)
        self.booted_at_s = world.now_s
        self._tried_at_s = world.now_s
        self._attempts_apart_s = 0.0
        self._hellos = 0
        self._rejoins = 0
        self._orphan_timer: int | None = None
        self._timer: int | None = None
        self._report_timer: int | None = None
        world.add(self.serial_number, self)
        network.attach(self)
        self.node_id = network.take_in(self)
        self.cli = Cli(self, world)
        self._report_after_a_while()

    @property
    def serial_number(self) -> str:
        return self.truth.serial_number

    @property
    def console(self) -> str:
        """The name of its console."""
        return self.truth.serial_number

    @property
    def eui(self) -> str:
        return self.truth.mac

    @property
    def operational(self) -> bool:
        return self.state is NodeState.OPERATIONAL

    @property
    def in_reach(self) -> bool:
        return self.path.in_reach

    @property
    def in_network(self) -> bool:
        return self.state in IN_NETWORK

    @property
    def radio_busy(self) -> bool:
        """Whether the radio takes no setting now."""
        return self.state in RADIO_BUSY

    @property
    def running(self) -> bool:
        """Whether its firmware is up and its console answers."""
        return self.state not in (NodeState.OFF, NodeState.BOOT)

    def receive(self, data: bytes) -> None:
        """Bytes typed on its console."""
        self.cli.receive(data)

    # What is done to it.

    def power_off(self) -> None:
        """Cut its power: everything in RAM is gone, nothing is said to anyone."""
        if self.state is NodeState.OFF:
            return
        if self.node_id is not None:
            self.network.fell_silent(self.eui)
        dj = self.dj
        self._forget_ram()
        if self.world.has_defect("power-cut-loses-the-key"):
            self.tells_its_key = False
        if self.world.has_defect("dj-survives-power"):
            self.dj = dj
        self.cli.reset()
        self.network.on_power(self.serial_number, False)
        self._happens(JoinEvent.POWER_LOST)

    def power_on(self) -> None:
        """Give it power again."""
        if self.state is not NodeState.OFF:
            return
        self.booted_at_s = self.world.now_s
        self.join_retries = 0
        self.network.on_power(self.serial_number, True)
        self.cli.say(f"\r\nbootloader {self.truth.radio_bootloader}\r\n")
        self._happens(JoinEvent.POWER_BACK)

    def leave(self) -> None:
        """`znr`: leave the network and start joining anew. A radio that is stuck ignores it."""
        if self.state is NodeState.STUCK_FF:
            return
        self._attempts_apart_s = 0.0
        self.association = AssociationCode.SEARCHING
        if self.node_id is not None:
            self.node_id = None
            if self.in_reach:
                self.network.left(self.eui)
            else:
                self.network.fell_silent(self.eui)
        self._happens(JoinEvent.LEAVE)

    def told_to_leave(self) -> None:
        """A ZDO leave from the coordinator; heard only in the network."""
        if self.in_network and self.in_reach:
            self.leave()

    def attenuate(self, attenuation_db: float) -> None:
        """Change what lies between the antennas."""
        was_in_reach, self.path.attenuation_db = self.in_reach, attenuation_db
        if was_in_reach == self.in_reach:
            return
        self.world.cancel(self._orphan_timer)
        if not self.in_network:
            return
        if self.in_reach:
            assert self.node_id is not None
            self.network.resumed(self, self.node_id)
        else:
            self.network.fell_silent(self.eui)
            orphan_s = self.world.assumptions.zigbee.orphan_s
            self._orphan_timer = self.world.after(orphan_s, self.serial_number, "orphaned")

    def set_dj(self, dj: int) -> None:
        """Forbid (1) or allow (0) the next join. Nothing happens to a device that has joined."""
        if dj == 1 and self.world.has_defect("dj-throws-out-a-joined-node"):
            self.told_to_leave()
        allowed_again = self.dj == 1 and dj == 0
        self.dj = dj
        if (
            allowed_again
            and self.state is NodeState.WAITING_TO_JOIN
            and self.world.chance(self.serial_number, "stuck at FF")
            < self.world.assumptions.zigbee.stuck_ff_prob
        ):
            self.association = AssociationCode.SEARCHING
            self._happens(JoinEvent.JOINING_STUCK)

    def console_plugged_in_again(self) -> None:
        """Somebody has pulled its console and put it back."""
        if self.world.has_defect("unplugging-restarts-the-radio"):
            self.restart_radio()

    def restart_radio(self) -> None:
        """`zb at FR`: the radio starts over; the network in its NVM is resumed."""
        if not self.running:
            return
        self._forget_ram()
        if self.state is NodeState.STUCK_FF and not self.world.assumptions.zigbee.fr_frees_stuck:
            return
        self._happens(JoinEvent.RADIO_RESTARTED)

    # What time does to it.

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A timer of this device has run out."""
        match event:
            case "timer":
                self._ELAPSED[self.state](self)
            case "report":
                if self.in_reach:
                    self.network.reported(self.serial_number)
                self._report_after(self._report_s)
            case "orphaned":
                if self.operational:
                    self._rejoins, self.association = 0, AssociationCode.SEARCHING
                    self._happens(JoinEvent.ORPHANED)
            case _:
                raise ValueError(f"device {self.serial_number} knows no event {event!r}")

    def _started(self) -> None:
        if self.state is NodeState.BOOT:
            self.cli.greet()
        if self.node_id is None:
            self._happens(JoinEvent.STARTED_WITHOUT_NETWORK)
        else:
            self._happens(JoinEvent.STARTED_WITH_NETWORK)

    def _resume_ended(self) -> None:
        assert self.node_id is not None
        self.association = AssociationCode.JOINED
        if self.in_reach:
            self.network.resumed(self, self.node_id)
        self._happens(JoinEvent.RESUMED)

    def _rejoin_ended(self) -> None:
        zigbee = self.world.assumptions.zigbee
        self._rejoins += 1
        self.log(f"Rejoin: {self._rejoins}")
        assert self.node_id is not None
        if self.world.has_defect("orphan-never-rejoins"):
            self._after(zigbee.rejoin_s)
        elif self.in_reach and self.network.powered:
            self.association = AssociationCode.JOINED
            self.network.resumed(self, self.node_id)
            self._happens(JoinEvent.REJOINED)
            self._report_after_a_while()
        elif self._rejoins < zigbee.rejoin_tries:
            self._after(zigbee.rejoin_s)
        else:
            self.node_id = None
            self._happens(JoinEvent.REJOIN_GIVEN_UP)

    def _join_ticked(self) -> None:
        if self.dj == 1 and not self.world.has_defect("join-ignores-dj"):
            self.association = AssociationCode.UNEXPECTED_STATE
            self._after(self.world.assumptions.zigbee.join_retry_s)
            return
        self._tried_at_s = self.world.now_s
        self.join_retries += 1
        self.association = AssociationCode.SEARCHING
        self._happens(JoinEvent.JOIN_TICK)

    def _scan_ended(self) -> None:
        if not (self.in_reach and self.network.powered):
            blind = self.world.has_defect("no-network-reads-closed-window")
            self.association = AssociationCode.JOIN_NOT_ALLOWED if blind else AssociationCode.NO_PAN
            self._happens(JoinEvent.NO_BEACON)
        elif self.network.permits_joining(self.eui):
            self._happens(JoinEvent.BEACON_SAVED)
        else:
            self.association = AssociationCode.JOIN_NOT_ALLOWED
            self._happens(JoinEvent.JOIN_NOT_ALLOWED)

    def _association_ended(self) -> None:
        if self.in_reach:
            self._happens(JoinEvent.ASSOCIATED)
        else:
            self.association = AssociationCode.NO_RESPONSE_FROM_PARENT
            self._happens(JoinEvent.NO_ANSWER)

    def _key_wait_ended(self) -> None:
        if self._may_read_the_network_key:
            self.node_id = self.network.joined(self)
            self.join_retries, self._attempts_apart_s = 0, 0.0
            self.association = AssociationCode.JOINED
            self._happens(JoinEvent.KEY_RECEIVED)
            return
        zigbee = self.world.assumptions.zigbee
        self.association = AssociationCode.NETWORK_KEY_NOT_RECEIVED
        if self.in_reach:
            self.association = self.network.refused(self.eui)
        self._attempts_apart_s = min(
            2 * (self._attempts_apart_s or zigbee.join_retry_s), zigbee.key_fail_backoff_max_s
        )
        self._happens(JoinEvent.KEY_REFUSED)
        self._after(max(0.0, self._tried_at_s + self._attempts_apart_s - self.world.now_s))

    def _hello_due(self) -> None:
        if self._hellos == self.world.assumptions.zigbee.hello_tries:
            if not self.world.has_defect("unanswered-hello-stays"):
                self.leave()
            return
        self._hellos += 1
        self.log("HELLO sent")
        if self.in_reach and self.network.hello(self, self.truth.device_type):
            self._happens(JoinEvent.HELLO_ANSWERED)
        else:
            self._after(self.world.assumptions.zigbee.hello_retry_s)

    def _configuration_ended(self) -> None:
        if not (self.in_reach and self.network.powered):
            self.leave()
            return
        self._happens(JoinEvent.CONFIGURED)
        self.network.configured(self.serial_number)
        self._report_after_a_while()

    def _leave_ended(self) -> None:
        self._happens(JoinEvent.LEFT)

    def _happens(self, event: JoinEvent) -> None:
        self.state = TRANSITIONS[self.state][event]
        self.world.touch()
        for line in LOG_LINES.get(event, ()):
            self.log(
                line.format(
                    ai=self.association,
                    epid=self.network.extended_pan_id,
                    pan=self.network.pan_id,
                    channel=self.network.channel,
                    waiting=self.world.assumptions.cli.waiting_to_join,
                )
            )
        self._hellos = 0
        self._after(self._time_in(self.state))
        if self.state is not NodeState.OPERATIONAL and not (self.running and self.path.is_double):
            self.world.cancel(self._report_timer)
            self._report_timer = None

    def _time_in(self, state: NodeState) -> float | None:
        zigbee = self.world.assumptions.zigbee
        key_wait_s = zigbee.key_wait_s
        if state is NodeState.KEY_WAIT and self._may_read_the_network_key:
            key_wait_s = zigbee.key_exchange_s
        times_s: Mapping[NodeState, float] = {
            NodeState.BOOT: zigbee.boot_s,
            NodeState.RADIO_RESTART: zigbee.fr_s,
            NodeState.RESUMING: zigbee.resume_s,
            NodeState.WAITING_TO_JOIN: zigbee.join_retry_s,
            NodeState.SCANNING: zigbee.scan_s,
            NodeState.ASSOCIATING: zigbee.associate_s,
            NodeState.KEY_WAIT: key_wait_s,
            NodeState.JOINED: zigbee.hello_s,
            NodeState.REGISTERED: zigbee.meta_s,
            NodeState.LEAVING: zigbee.leave_s,
            NodeState.REJOINING: zigbee.rejoin_s,
        }
        return times_s.get(state)

    @property
    def _may_read_the_network_key(self) -> bool:
        return self.in_reach and self.network.trusts(self.eui, self.truth.link_key)

    def _after(self, delay_s: float | None) -> None:
        self.world.cancel(self._timer)
        self._timer = None
        if delay_s is not None:
            self._timer = self.world.after(delay_s, self.serial_number, "timer")

    @property
    def _report_s(self) -> float:
        gateway = self.world.assumptions.gateway
        is_switch = self.truth.device_type is DeviceType.ENPOWER
        return gateway.enpower_report_s if is_switch else gateway.report_s

    def _report_after_a_while(self) -> None:
        luck = self.world.chance(self.serial_number, "first report")
        self._report_after(luck * self._report_s)

    def _report_after(self, delay_s: float) -> None:
        self.world.cancel(self._report_timer)
        self._report_timer = self.world.after(delay_s, self.serial_number, "report")

    def _forget_ram(self) -> None:
        self.dj = self.world.assumptions.zigbee.dj_default
        self.verbose = False
        self.association = AssociationCode.SEARCHING
        self._attempts_apart_s = 0.0

    def log(self, text: str) -> None:
        """A log line of its radio, where it is told to print them."""
        if self.verbose:
            up_ms = round((self.world.now_s - self.booted_at_s) * 1000)
            self.cli.say(f"[{up_ms // 1000}.{up_ms % 1000:03d}] ZB: {text}\r\n")

    _ELAPSED: ClassVar[Mapping[NodeState, Callable[["Node"], None]]] = {
        NodeState.BOOT: _started,
        NodeState.RADIO_RESTART: _started,
        NodeState.RESUMING: _resume_ended,
        NodeState.WAITING_TO_JOIN: _join_ticked,
        NodeState.SCANNING: _scan_ended,
        NodeState.ASSOCIATING: _association_ended,
        NodeState.KEY_WAIT: _key_wait_ended,
        NodeState.JOINED: _hello_due,
        NodeState.REGISTERED: _configuration_ended,
        NodeState.LEAVING: _leave_ended,
        NodeState.REJOINING: _rejoin_ended,
    }
    """What the end of the time in a state means there."""
