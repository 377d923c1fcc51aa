"""The gateway's shell as the rig file describes it. Nothing is connected yet."""

from hil.clock import Clock
from hil.evidence.timeline import Timeline
from hil.rig.addresses import host_and_port
from hil.rig.rig_file import RigFile
from hil.transports.ssh import SshAccess, SshShell

SSH_PORT = 22


def opened_shell(description: RigFile, *, clock: Clock, timeline: Timeline) -> SshShell | None:
    """None where the rig file describes none. Raises RigFileError where its password cannot be read."""
    if description.envoy.shell is None:
        return None
    ssh = description.envoy.shell.ssh
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
