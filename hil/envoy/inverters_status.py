"""`/ivp/ens_rest/inverters_status`: what each inverter has taken over of the grid profile.

Source: a public capture of 7.0.88, and the interface page, which says that the older path
`/installer/agf/inverters_status` redirects to this one. Which firmware did so first is not known.
"""

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

from pydantic import model_validator

from hil.envoy.conversation import Conversation
from hil.envoy.document import Bare, Document
from hil.errors import NotOffered

INVERTERS_STATUS = "/ivp/ens_rest/inverters_status"
OLD_PATH = "/installer/agf/inverters_status"


class InverterStatus(Document):
    """One inverter."""

    serial_num: str
    device_type: str
    """`PCU`."""
    device_record_type: str
    """`AGF`."""
    admin_state: int
    ph_ind: str
    """`ph-a`, `ph-b`, `ph-c`, `ph-unk`, as the two that follow."""
    gcpa_ph_ind: str
    man_ph_ind: str
    status: int
    message: str
    """`cookie:0,VVAR:0,FRT:0,…`: 1 where the function has been taken over."""

    @model_validator(mode="after")
    def _of_pairs(self) -> Self:
        for pair in self.message.split(","):
            name, colon, digit = pair.partition(":")
            if not (name and colon and digit.strip().isdigit()):
                raise ValueError(f"message: {pair!r} is no name:number")
        return self

    @property
    def functions(self) -> Mapping[str, int]:
        """By name of the function, in the gateway's order."""
        pairs = (pair.partition(":") for pair in self.message.split(","))
        return {name.strip(): int(digit) for name, _, digit in pairs}

    @property
    def has_taken_over(self) -> bool:
        """Whether it carries the trip times and the power factor of the active profile."""
        return {self.functions.get(name) for name in ("VRT", "FRT", "FPF")} == {1}


class InvertersStatus(Bare[tuple[InverterStatus, ...]]):
    """Every inverter."""

    @property
    def by_serial_number(self) -> Mapping[str, InverterStatus]:
        return {inverter.serial_num: inverter for inverter in self.root}


def by_old_path(conversation: Conversation) -> InvertersStatus:
    """Ask at the older path, and follow its redirect if it leads to the newer one, and only then.

    Raises:
        NotOffered: a redirect to anywhere else, or nothing there.
    """
    reply = conversation.http.get(OLD_PATH)
    to = urlsplit(reply.headers.get("location", ""))
    if 300 <= reply.status < 400 and to.path == INVERTERS_STATUS:
        return conversation.get(InvertersStatus, INVERTERS_STATUS)
    return conversation.understand(InvertersStatus, reply)


def by_either_path(conversation: Conversation) -> InvertersStatus:
    """Ask at the path of this firmware: the newer one, else the older."""
    try:
        return conversation.get(InvertersStatus, INVERTERS_STATUS)
    except NotOffered as newer:
        if newer.status != 404:
            raise
        return by_old_path(conversation)


def set_phase(conversation: Conversation, serial_number: str, phase: str) -> None:
    """Say by hand on which phase an inverter is, at the path of this firmware.

    Source: a public interface description (the query). What the answer holds is not known.

    Raises:
        Refused: the gateway did not take it; NotOffered where it knows no such inverter.
    """
    query = {"serial_number": serial_number, "man_ph_ind": phase}
    reply = conversation.http.put(INVERTERS_STATUS, query=query)
    if reply.status == 404:
        reply = conversation.http.put(OLD_PATH, query=query)
    conversation.accept(reply)
