"""Who answers at each address of the rig file: another device or build ends a run before it begins."""

from hil.consoles.node import Node
from hil.envoy.client import Envoy
from hil.envoy.info_page import Info
from hil.errors import (
    NotAnEnvoy,
    NotAuthorized,
    Refused,
    Unintelligible,
    WrongBuild,
    WrongDevice,
)
from hil.rig.rig_file import RigFile
from hil.vocabulary.identity import Firmware
from hil.vocabulary.secret import Secret


def check_key(node: Node, named: Secret, description: RigFile) -> None:
    """Raises WrongDevice if `node` holds another link key than the rig file names."""
    held = node.link_key()
    if held is not None and held != named:
        raise WrongDevice(
            f"{node.name}: on {node.console.where} holds the link key {held}, {description.path} "
            f"points to {named}; suspect the wrong key file or variable, or a replaced radio"
        )


def gateway_info(description: RigFile, envoy: Envoy) -> Info:
    """Who the gateway says it is. Raises NotAnEnvoy if it is none."""
    expected = description.envoy.serial_number
    try:
        return envoy.info.read()
    except (Refused, Unintelligible) as error:
        said = str(error).partition("\n")[0]
        raise NotAnEnvoy(
            f"envoy {expected}: what answers at {description.envoy.reached_at} is no gateway ({said}); "
            "suspect the address in the rig file, a login page, or a proxy in between"
        ) from error


def check_gateway(description: RigFile, info: Info, envoy: Envoy) -> str | None:
    """The active grid profile, as `check_grid_profile`.

    Raises:
        WrongDevice, WrongBuild: it is not what the rig file says.
    """
    check_serial_number(description, info)
    check_firmware(description, info)
    return check_grid_profile(description, envoy)


def check_serial_number(description: RigFile, info: Info) -> None:
    """Raises WrongDevice if another gateway answers than the rig file says."""
    expected = description.envoy.serial_number
    if info.serial_number != expected:
        raise WrongDevice(
            f"envoy {expected}: at {description.envoy.reached_at} answers gateway {info.serial_number}; "
            "suspect the address in the rig file, or two gateways swapped"
        )


def check_firmware(description: RigFile, info: Info) -> None:
    """Raises WrongBuild if the gateway runs another firmware than the rig file expects."""
    expected = description.envoy.serial_number
    meant = Firmware.parse(description.expected.firmware)
    if info.firmware != meant:
        how = "" if description.gateway_update is None else " (hil safe does, by gateway_update)"
        raise WrongBuild(
            f"envoy {expected}: runs firmware {info.firmware}, the rig file expects {meant}: "
            f"not the build you meant to test; install it{how}, or change expected.firmware"
        )


def check_grid_profile(description: RigFile, envoy: Envoy) -> str | None:
    """The active grid profile; None where the gateway does not tell, which its test will say.

    Raises:
        WrongBuild: it is another than the rig file expects.
    """
    expected = description.envoy.serial_number
    wanted = description.expected.grid_profile
    try:
        profile = envoy.grid_profile.arf()
    except (NotAuthorized, Refused, Unintelligible):
        return None
    if (profile.name, profile.version) != (wanted.name, wanted.version):
        raise WrongBuild(
            f"envoy {expected}: runs grid profile {profile.name} {profile.version}, the rig file "
            f"expects {wanted.name} {wanted.version}: not the one you meant to test; set it, or "
            "change expected.grid_profile"
        )
    return f"{profile.name} {profile.version}"
