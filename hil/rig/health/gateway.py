"""The gateway's part of a rig's health: there, the right one, its build, its clock, our way in."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from hil.consoles.gateway_shell import GatewayShell
from hil.envoy.client import Envoy
from hil.envoy.info_page import Info
from hil.envoy.way_in import claims_of, made_for_another
from hil.errors import HilError
from hil.rig.checks import (
    check_firmware,
    check_grid_profile,
    check_serial_number,
    gateway_info,
)
from hil.rig.health.check import Check, State, found_and_suspected, looked, unseen
from hil.rig.rig_file import RigFile
from hil.transports.http_auth import Auth, Bearer, Digest
from hil.vocabulary.grid import GridMode

GATEWAY, FIRMWARE, PROFILE = "gateway", "gateway firmware", "grid profile"
SHELL = "gateway shell"
CLOCK, TOKEN, WAY_IN = "gateway clock", "token", "authorization"

NOT_TOLD = "the gateway does not tell us; its own test will say so"

DAYS_OF_WARNING = 14
"""An owner's token lasts a year; an installer's half a day, and is always near its end."""


def gateway_checks(description: RigFile, envoy: Envoy, auth: Auth) -> Iterator[Check]:
    """Ask the gateway who it is and what it runs; changes nothing."""
    infos: list[Info] = []

    def who() -> str:
        info = gateway_info(description, envoy)
        infos.append(info)
        check_serial_number(description, info)
        return f"{info.serial_number} answers at {description.envoy.reached_at}"

    yield looked(GATEWAY, who, otherwise="see what answers at that address")
    if not infos:
        yield token_check(description, auth, time.time())
        for name in (FIRMWARE, CLOCK, PROFILE, WAY_IN):
            yield unseen(name, "no answer from the gateway that is meant")
        return
    (info,) = infos
    yield clock_check(description, info)
    yield token_check(description, auth, info.time)

    def build() -> str:
        check_firmware(description, info)
        return str(info.software)

    yield looked(FIRMWARE, build)

    def profile() -> str:
        active = check_grid_profile(description, envoy)
        return active or NOT_TOLD

    yield looked(PROFILE, profile)
    yield looked(WAY_IN, lambda: _let_in(envoy), otherwise="get another token or password")


def clock_check(description: RigFile, info: Info) -> Check:
    """How far the gateway's clock is from this machine's, where the rig file has them compared.

    To be called at once when the gateway has answered.
    """
    within_s = description.envoy.clock_within_s
    if within_s is None:
        return Check(CLOCK, State.OK, "not compared (envoy.clock_within_s of the rig file)")
    ahead_s = info.time - time.time()
    seen = f"{_duration(abs(ahead_s))} {'ahead of' if ahead_s > 0 else 'behind'} this machine's"
    if abs(ahead_s) <= within_s:
        return Check(CLOCK, State.OK, seen if abs(ahead_s) > 2 else "as this machine's")
    todo = (
        "see that both have a time server (gateway: internet or a local NTP; here: timedatectl); tokens, "
        "tariff and schedules go by it. Or widen envoy.clock_within_s"
    )
    return Check(CLOCK, State.RED, f"{seen}, {within_s:g} s are allowed", todo)


def token_check(description: RigFile, auth: Auth, now: float) -> Check:
    """How long the token still lasts, as it says itself; `now` in UNIX seconds, the gateway's."""
    if isinstance(auth, Digest):
        return Check(TOKEN, State.OK, f"none: digest as {auth.user}")
    if not isinstance(auth, Bearer):
        asked = description.envoy.auth.bearer or description.envoy.auth.digest
        if asked is not None:
            return unseen(TOKEN, "it could not be read")
        return Check(TOKEN, State.OK, "none is needed")
    said = claims_of(auth.token)
    if said is not None and made_for_another(said, description.envoy.serial_number):
        return Check(
            TOKEN,
            State.RED,
            f"was made for gateway {said.audience}, not for {description.envoy.serial_number}",
            "get one for this gateway, or point the rig file to it",
        )
    until = said.until if said is not None else None
    if until is None:
        return Check(TOKEN, State.OK, "does not say when it ends")
    left_s, when = until - now, f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"
    if left_s <= 0:
        return Check(TOKEN, State.RED, f"ended {_duration(-left_s)} ago ({when})", "get a new one")
    state = State.OK if left_s > DAYS_OF_WARNING * 86400 else State.WARN
    todo = (
        "" if state is State.OK else "get a new one before it ends, maybe in the middle of a night"
    )
    return Check(TOKEN, state, f"lasts for {_duration(left_s)} more ({when})", todo)


def _let_in(envoy: Envoy) -> str:
    """What an owner's token opens; what takes more is told where it is read."""
    envoy.ensemble.inventory()
    return "let in"


def _duration(seconds: float) -> str:
    for unit, length_s in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"


def shell_check(shell: GatewayShell) -> Check:
    """Whether its shell lets us in and answers."""

    def look() -> str:
        shell.carried_out("true")
        return f"answers at {shell.where}"

    return looked(SHELL, look, otherwise="see what envoy.shell of the rig file says")


def grid_mode(envoy: Envoy) -> Check:
    """What the batteries think of the grid; follows the mains relay."""
    try:
        mode = envoy.ensemble.relay().enchg_grid_mode
    except HilError as error:
        return Check("grid mode", State.WARN, *found_and_suspected(error))
    if mode == GridMode.ON_GRID:
        return Check("grid mode", State.OK, str(mode))
    todo = "see that the relay is closed and the grid is there; batteries follow in minutes"
    return Check("grid mode", State.WARN, f"{mode} instead of {GridMode.ON_GRID}", todo)


def joining(envoy: Envoy) -> Check:
    """Whether the gateway's join window is open; either is fine."""
    try:
        status = envoy.zigbee.pairing_status()
    except HilError as error:
        return Check("join window", State.WARN, *found_and_suspected(error))
    return Check("join window", State.OK, "open" if status.joining_is_allowed else "closed")
