"""The firmware of the Zigbee devices, and how the gateway brings a new one to them.

One device after the other gets its image over the air, is mute while it programs itself, and starts
anew. That an update is given up off the grid, and with batteries that are low, unless it is told
to go on all the same, is public (the names of the two switches); all times are assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hil.simulator.assumptions import FirmwareAssumptions
from hil.simulator.energy import Energy
from hil.simulator.node import Node
from hil.simulator.relay import MainsRelay
from hil.simulator.relay_guards import Guard
from hil.simulator.site_file import ImagesTruth
from hil.simulator.world import World
from hil.vocabulary.devices import DeviceType
from hil.vocabulary.grid import MainsState

ACTOR = "firmware manager"
OFF_GRID = "System is off grid"


class Outcome(StrEnum):
    """How the last update has ended, in the gateway's words."""

    NONE = "None"
    DONE = "Update Successful"
    ABORTED = "Update Aborted"


@dataclass(frozen=True, slots=True)
class Told:
    """What an update was told to do."""

    force: bool = False
    """Also where a device runs the image already."""
    overwrite_off_grid: bool = False
    overwrite_low_soc: bool = False


class FirmwareUpdate:
    """The gateway's firmware manager, as far as the devices are concerned."""

    def __init__(
        self,
        world: World,
        *,
        nodes: Mapping[str, Node],
        relay: MainsRelay,
        energy: Energy,
        images: ImagesTruth | None,
    ) -> None:
        self._world, self._nodes, self._images = world, nodes, images
        self._relay, self._energy = relay, energy
        self._told = Told()
        self._left: list[Node] = []
        self._count = 0
        self.is_running = False
        self.agent_is_starting = False
        """Whether the process behind `/ivp/ensemble` is not there: it starts anew after an update."""
        self.outcome = Outcome.NONE
        self.failure = OFF_GRID if world.has_defect("island-update-never-begins") else "None"
        """Why the last update was given up."""
        relay.guards.watch(Guard.UPDATE, self.holds_the_relay)
        world.add(ACTOR, self)

    def holds_the_relay(self) -> bool:
        """Whether the mains relay has to stay where it is."""
        return self.is_running and not self._world.has_defect("opens-during-an-update")

    @property
    def progress_pct(self) -> float:
        """Of the devices that are to be updated, how many are."""
        return 100 * (1 - len(self._left) / self._count) if self.is_running else 0.0

    def begin(self, told: Told) -> None:
        """Update every device; one that is under way goes on as it was told to."""
        if self.is_running:
            return
        if self._is_off_grid and self._world.has_defect("island-update-never-begins"):
            return
        wanted = [node for node in self._nodes.values() if self._image_for(node) is not None]
        self._left = [
            node for node in wanted if told.force or node.app_firmware != self._image_for(node)
        ]
        self._told, self._count = told, max(1, len(self._left))
        self.is_running, self.outcome, self.failure = True, Outcome.NONE, "None"
        self._world.after(self._assumed.check_s, ACTOR, "next device")

    def handle(self, event: str, payload: dict[str, object]) -> None:
        """A step of the update is over."""
        match event:
            case "next device":
                self._next_device()
            case "image is there":
                self._program(self._left[0])
            case "programmed":
                self._programmed(self._left.pop(0))
            case "agent is up":
                self.agent_is_starting = False

    def _next_device(self) -> None:
        if (why := self._obstacle) is not None:
            self._end(Outcome.ABORTED, why)
            if self._left and self._world.has_defect("given-up-update-goes-on"):
                self._world.after(self._assumed.transfer_s, ACTOR, "image is there")
        elif not self._left:
            self.agent_is_starting = True
            self._world.after(self._assumed.agent_start_s, ACTOR, "agent is up")
            self._end(Outcome.DONE)
        else:
            self._world.after(self._assumed.transfer_s, ACTOR, "image is there")

    def _program(self, node: Node) -> None:
        if not node.operational:
            self._end(Outcome.ABORTED, f"{node.serial_number} does not take its image")
            return
        node.power_off()
        self._world.after(self._assumed.program_s, ACTOR, "programmed")

    def _programmed(self, node: Node) -> None:
        image = self._image_for(node)
        if image is not None and not self._world.has_defect("update-keeps-the-old-firmware"):
            node.app_firmware = image
        is_last = not self._left
        if not (is_last and self._world.has_defect("update-leaves-a-device-dark")):
            node.power_on()
        self._world.after(self._assumed.between_s, ACTOR, "next device")

    def _end(self, outcome: Outcome, failure: str = "None") -> None:
        self.is_running, self.outcome, self.failure = False, outcome, failure

    @property
    def _is_off_grid(self) -> bool:
        return self._relay.is_there and self._relay.oper is not MainsState.CLOSED

    @property
    def _obstacle(self) -> str | None:
        """Why no device may be updated now."""
        if self._is_off_grid and not (
            self._told.overwrite_off_grid or self._world.has_defect("update-ignores-the-island")
        ):
            return OFF_GRID
        lowest_pct = min(each.reported_soc_pct for each in self._energy.batteries.values())
        is_told = self._told.overwrite_low_soc or self._world.has_defect(
            "update-ignores-low-charge"
        )
        if lowest_pct < self._assumed.low_soc_pct and not is_told:
            return "Battery is low"
        return None

    def _image_for(self, node: Node) -> str | None:
        if self._images is None:
            return None
        is_switch = node.truth.device_type is DeviceType.ENPOWER
        return self._images.enpower if is_switch else self._images.encharge

    @property
    def _assumed(self) -> FirmwareAssumptions:
        return self._world.assumptions.firmware
