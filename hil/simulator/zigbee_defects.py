"""Deliberate bugs of radio, pairing and sealing: what breaks the promises ZB."""

from hil.simulator.defect import Defect

ZIGBEE_DEFECTS = (
    Defect(
        "weak-link-is-lost",
        "The gateway takes no answer of a device whose link is weak.",
        "ZB-038",
    ),
    Defect(
        "signal-outlives-the-link",
        "A device that is out of the Zigbee network is shown with its full signal for ever.",
        "ZB-050",
    ),
    Defect(
        "join-ignores-dj",
        "A device that is out of the network goes on joining although DJ is 1.",
        "ZB-021",
        also_met_in=("ensemble",),
    ),
    Defect(
        "seal-without-last-key",
        "The agent's file is written before the last device's key is in it.",
        "ZB-013",
    ),
    Defect(
        "wrong-key-accepted",
        "The coordinator lets a registered device join whatever its link key is.",
        "ZB-004",
    ),
    Defect(
        "any-place-accepted",
        "A battery may be provisioned at any phase and der_index.",
        "ZB-009",
    ),
    Defect(
        "phase-taken-twice",
        "Two batteries may be provisioned at one phase of a three-phase site.",
        "ZB-008",
        rig="sim-three-phase-emea",
    ),
    Defect(
        "devinfo-of-the-last-release",
        "A device names on its console a firmware that it does not run.",
        "ZB-063",
        also_met_in=("ensemble", "gateway"),
    ),
    Defect(
        "duplicate-goes-unsaid",
        "A device that stands twice in a request is taken twice, and nothing is said of it.",
        "ZB-064",
    ),
    Defect(
        "no-room-forgets-the-oldest",
        "A device for which there is no room is refused, and the oldest one is forgotten.",
        "ZB-065",
    ),
    Defect(
        "bad-serial-spoils-the-others",
        "One bad serial number makes the gateway refuse every device of the request.",
        "ZB-005",
    ),
    Defect(
        "deleted-device-stays-listed",
        "A deleted device is never taken out of the inventory.",
        "ZB-006",
    ),
    Defect(
        "delete-stops-after-the-first",
        "Of several devices in one request only the first is deleted.",
        "ZB-007",
    ),
    Defect(
        "seals-too-early",
        "The site is sealed although a registered device is not paired.",
        "ZB-010",
    ),
    Defect("seal-leaves-joining-open", "Sealing does not close the window for joining.", "ZB-011"),
    Defect(
        "reopening-keeps-the-file",
        "Reopening the site leaves the agent's file where it is.",
        "ZB-012",
        also_met_in=("gateway",),
    ),
    Defect(
        "lost-node-communicates",
        "A device that is out of the network is shown as communicating for ever.",
        "ZB-021",
        also_met_in=("ensemble",),
    ),
    Defect(
        "left-node-stays-joined", "A device that left is not struck off the joined nodes.", "ZB-021"
    ),
    Defect(
        "rejoined-node-never-reports",
        "The reports of a device that was away are dropped.",
        "ZB-022",
    ),
    Defect("dj-throws-out-a-joined-node", "DJ 1 makes a joined device leave.", "ZB-023"),
    Defect(
        "dj-survives-power",
        "A device that loses its power still has the DJ that it was set to.",
        "ZB-024",
    ),
    Defect(
        "reboot-forgets-the-seal",
        "A sealed gateway that loses its power comes back without its devices.",
        "ZB-014",
        also_met_in=("gateway",),
    ),
    Defect(
        "mac-is-ignored",
        "A device is registered by its serial number, whatever MAC it was given.",
        "ZB-015",
    ),
    Defect(
        "expired-entry-unsaid",
        "A device whose key entry has expired is shown as registered for ever.",
        "ZB-015",
    ),
    Defect(
        "unknown-serial-stops-a-delete",
        "One unknown serial number among several makes the gateway delete none of them.",
        "ZB-016",
    ),
    Defect(
        "old-release-deletes-a-list",
        "A gateway before 6.0.92 deletes the devices of a list all the same.",
        "ZB-017",
        firmware="6.0.50",
    ),
    Defect(
        "power-cut-loses-the-key",
        "A device that loses its power does not know its link key any more.",
        "ZB-018",
    ),
    Defect(
        "delete-keeps-the-key",
        "The coordinator keeps the key of a deleted device, and lets it in.",
        "ZB-019",
    ),
    Defect(
        "one-wrong-key-at-a-time",
        "While one device is named for its wrong key, no other is.",
        "ZB-020",
    ),
    Defect(
        "closed-window-admits",
        "The coordinator lets any device join although its window is closed.",
        "ZB-025",
    ),
    Defect(
        "orphan-never-rejoins",
        "A device that was out of reach looks for its network for ever, and does not take it.",
        "ZB-031",
    ),
    Defect(
        "found-device-stays-lost",
        "A device that has found back communicates, and its pairing reads `lost` for ever.",
        "ZB-031",
    ),
    Defect(
        "no-network-reads-closed-window",
        "A device that hears no network at all says that a window is closed.",
        "ZB-032",
    ),
    Defect(
        "same-again-is-refused",
        "A device that is registered already is refused, though nothing in the request differs.",
        "ZB-027",
    ),
    Defect(
        "pairs-only-when-asked",
        "On an open site a HELLO is heard only for a while after somebody has asked for the pairing status.",
        "ZB-028",
    ),
    Defect(
        "unplugging-restarts-the-radio",
        "A device whose console is unplugged and plugged in again starts its radio anew.",
        "ZB-029",
    ),
    Defect(
        "any-type-accepted",
        "A device pairs whatever type it was provisioned as.",
        "ZB-033",
    ),
    Defect(
        "unanswered-hello-stays",
        "A device whose HELLO nobody answers stays in the network.",
        "ZB-033",
    ),
    Defect(
        "sealed-site-takes-strangers",
        "A sealed site registers a device that it does not know.",
        "ZB-034",
    ),
    Defect(
        "empty-request-succeeds",
        "A provision request without any device is answered with success.",
        "ZB-035",
        also_met_in=("gateway",),
    ),
    Defect(
        "any-key-accepted",
        "A device is registered with a key of all zeros or all ones.",
        "ZB-036",
    ),
    Defect(
        "sealed-key-is-replaced",
        "A sealed device that is provisioned with another key has that key from then on.",
        "ZB-037",
    ),
    Defect(
        "lost-at-once",
        "A device that leaves is shown as lost at once, without a poll that it has missed.",
        "ZB-021",
        also_met_in=("ensemble",),
    ),
    Defect(
        "rejoined-node-is-shown-late",
        "A device that was given up is shown as communicating minutes after it is back.",
        "ZB-022",
        also_met_in=("ensemble",),
    ),
    Defect(
        "pairing-unsaid-by-the-device",
        "A device that is paired says on its console that it has joined, and no more.",
        "ZB-001",
    ),
    Defect(
        "rejoin-leaks-a-buffer",
        "Each device that joins leaves one of the gateway's message buffers in use.",
        "ZB-026",
    ),
    Defect(
        "searching-reads-joined",
        "A radio that searches for its network says that it has joined (AI 0).",
        "ZB-026",
    ),
    Defect(
        "forbidden-join-reads-joined",
        "A radio that may not join says that it has (AI 0).",
        "ZB-021",
        also_met_in=("ensemble",),
    ),
    Defect(
        "refused-key-reads-no-network",
        "A radio whose key was refused says that it hears no network (AI 21).",
        "ZB-004",
    ),
    Defect(
        "stranger-reads-closed-window",
        "A radio that is sent no key says that the window is closed (AI 23).",
        "ZB-015",
    ),
    Defect(
        "channel-of-another-network",
        "A radio names the channel next to its own.",
        "ZB-066",
    ),
    Defect(
        "address-halves-swapped",
        "A radio tells the two halves of its address the wrong way round.",
        "ZB-066",
    ),
    Defect(
        "address-in-the-network-unsaid",
        "A radio that has joined says that it has no address in the network.",
        "ZB-066",
    ),
    Defect(
        "short-network-id",
        "A radio tells the short id of its network where the long one is asked for.",
        "ZB-066",
    ),
    Defect(
        "parent-unsaid",
        "A device that has joined says that it has no parent.",
        "ZB-066",
    ),
    Defect(
        "lost-reads-well",
        "A device that is lost has the status word of one that is well.",
        "ZB-050",
    ),
    Defect(
        "retries-not-counted",
        "The gateway does not count the polls that a device leaves unanswered.",
        "ZB-050",
    ),
    Defect(
        "radio-names-another-firmware",
        "A radio names another firmware of its own than its device does.",
        "ZB-063",
    ),
    Defect(
        "devinfo-of-another-radio",
        "A device tells another MAC than its own.",
        "ZB-063",
    ),
    Defect(
        "hellos-not-counted",
        "The gateway does not count the HELLO of a device that joins.",
        "ZB-026",
    ),
    Defect(
        "device-info-not-counted",
        "The gateway does not count the answer of a device that it has asked who it is.",
        "ZB-026",
    ),
    Defect(
        "registrations-not-counted",
        "The gateway does not count the devices that are provisioned.",
        "ZB-001",
    ),
    Defect(
        "deletions-not-counted",
        "The gateway does not count the devices that are deleted.",
        "ZB-006",
    ),
    Defect(
        "refused-keys-not-counted",
        "The gateway does not count a device that is refused for its key.",
        "ZB-004",
    ),
    Defect(
        "lost-polls-not-counted",
        "The gateway does not count what it has sent in vain.",
        "ZB-021",
    ),
)
