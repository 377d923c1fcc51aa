"""`/ivp/firmware_manager`: what an update of the devices is at, and the command to begin one.

Source: a public description of 7.0.88 (Enphase-API), with no update running.
"""

from typing import Literal

from pydantic import Field, JsonValue

from hil.envoy.conversation import Conversation
from hil.envoy.document import Document

STATE, UPDATE_ALL = "/ivp/firmware_manager/state", "/ivp/firmware_manager/update_all"

NO_UPDATE_RUNNING = 10
"""The only status whose number is known."""

Said = Literal["true", "false"]


class SiteSync(Document):
    """What the firmware manager is at."""

    current_status: int = Field(alias="Current_Status")
    current_status_str: str = Field(alias="Current_Status_str")
    last_status: int = Field(alias="Last_Status")
    last_status_str: str = Field(alias="Last_Status_str")
    type: int = Field(alias="Type")
    type_str: str = Field(alias="Type_str")
    # Hours, minutes, seconds, with two colons between them.
    estimated_time_left: str = Field(alias="Estimated Time Left")
    total_duration: str = Field(alias="Total Duration")
    current_essimg_version: str = Field(alias="Current essimg version")
    failure_reason: str = Field(alias="Failure Reason")
    zigbee_dongle: int = Field(alias="Zigbee Dongle")
    zigbee_status_str: str = Field(alias="Zigbee Status_str")
    zigbee_firmware: str = Field(alias="Zigbee Firmware")
    auto_update_enable: Said
    auto_update_8_hrs_disable: Said
    progress: str = Field(alias="Progress")

    @property
    def is_running(self) -> bool:
        """Whether an update is under way."""
        return self.current_status != NO_UPDATE_RUNNING


class FirmwareState(Document):
    """`/ivp/firmware_manager/state`."""

    site_sync: SiteSync = Field(alias="SiteSync")
    updates: tuple[JsonValue, ...]


class FirmwareManager:
    """`/ivp/firmware_manager`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def state(self) -> SiteSync:
        """What it is at."""
        return self._conversation.get(FirmwareState, STATE).site_sync

    def update_all(
        self,
        *,
        force: bool = False,
        overwrite_off_grid: bool = False,
        overwrite_low_soc: bool = False,
    ) -> None:
        """Bring the firmware that the gateway holds to every device; `force`: also to those that run
        it. Off the grid, or with batteries that are low, it is given up unless `overwrite_…` is set.
        The answer says only that it was asked for.
        """
        told = {
            "force": force,
            "overwrite_off_grid": overwrite_off_grid,
            "overwrite_low_soc": overwrite_low_soc,
        }
        body = {name: "true" if value else "false" for name, value in told.items()}
        self._conversation.accept(self._conversation.send(UPDATE_ALL, body))
