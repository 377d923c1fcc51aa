"""The gateway's shell as the rig file describes it. Nothing is connected and nothing typed yet."""

from hil.clock import Clock
from hil.consoles.serial_shell import SerialShell
from hil.errors import Unreachable
from hil.evidence.timeline import Timeline
from hil.rig.addresses import host_and_port
from hil.rig.dialects import shell_dialect_of
from hil.rig.envoy_entry import SerialShellEntry, SshEntry
from hil.rig.rig_file import RigFile
from hil.transports.recorded import RecordedConsole, RecordedConsoles
from hil.transports.shell import Ran, Shell
from hil.transports.ssh import SshAccess, SshShell

SSH_PORT = 22


def opened_shell(
    description: RigFile, *, clock: Clock, timeline: Timeline, consoles: RecordedConsoles
) -> Shell | None:
    """None where the rig file describes none. `consoles` are those that could be opened.

    Raises:
        RigFileError: its password cannot be read, or a dialect override cannot be used.
    """
    described = description.envoy.shell
    if described is None:
        return None
    if described.ssh is not None:
        return _over_ssh(described.ssh, description, clock=clock, timeline=timeline)
    assert described.serial is not None
    recording = consoles.recordings.get(description.envoy.serial_number)
    if recording is None:
        return _NotOpen(described.reached_at)
    return _on_a_line(described.serial, description, recording, clock=clock, timeline=timeline)


class _NotOpen:
    """A shell whose serial line could not be opened, which has been told: a `Shell` of which nothing comes."""

    def __init__(self, where: str) -> None:
        self.where = where

    def run(self, command: str, *, stdin: bytes = b"", silent: bool = False) -> Ran:
        raise Unreachable(f"{self.where}: {command}: its serial line is not open")

    def close(self) -> None:
        pass


def _over_ssh(ssh: SshEntry, description: RigFile, *, clock: Clock, timeline: Timeline) -> SshShell:
    host, port = host_and_port(ssh.address, SSH_PORT)
    access = SshAccess(
        host=host,
        port=port,
        user=ssh.user,
        host_key=ssh.host_key,
        password=ssh.password.resolve(description.folder) if ssh.password else None,
        key_file=description.folder / ssh.key_file if ssh.key_file else None,
    )
    return SshShell(access, clock=clock, timeline=timeline)


def _on_a_line(
    serial: SerialShellEntry,
    description: RigFile,
    recording: RecordedConsole,
    *,
    clock: Clock,
    timeline: Timeline,
) -> SerialShell:
    return SerialShell(
        recording,
        user=serial.user,
        password=serial.password.resolve(description.folder) if serial.password else None,
        dialect=shell_dialect_of(description),
        clock=clock,
        timeline=timeline,
    )
