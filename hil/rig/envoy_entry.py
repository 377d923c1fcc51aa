"""The gateway's part of a rig file: where it is, how it lets us in. Keys: `rigs/README.md`."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from hil.files.closed_yaml import Closed, Misfit, exactly_one
from hil.files.forms import SerialNumber
from hil.rig.addresses import THROUGH_SHELL, Fingerprint, GatewayUrl, HostAddress, HostKey
from hil.rig.console_entry import ConsoleEntry, DialectEntry
from hil.rig.secrets import SecretReference

_WAYS_IN = "none, {bearer: …} or {digest: …}"


def _auth(value: object) -> object:
    if value == "none":
        return {}
    if not value:
        raise ValueError(f"has no value; write {_WAYS_IN}")
    if not isinstance(value, dict | Auth):  # not quoted: it may be the token itself
        raise ValueError(f"this is no way to log in; write {_WAYS_IN}")
    return value


class DigestUser(Closed):
    """The user of firmware before 7, by digest authentication."""

    user: str
    password: SecretReference


class Auth(Closed):
    """How the gateway lets us in. Neither key: not at all (`auth: none`)."""

    bearer: SecretReference | None = None
    digest: DigestUser | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if self.model_fields_set:
            exactly_one(self)
        return self


class OtherTokens(Closed):
    """Tokens that tests show to see them refused; the rig itself is never run by them."""

    weaker: SecretReference | None = None
    """A good one of an owner, where the rig's own is an installer's."""
    ended: SecretReference | None = None
    """One of this gateway that has ended."""


class SshEntry(Closed):
    """The gateway's shell over SSH."""

    address: HostAddress
    """HOST or HOST:PORT."""
    user: str
    password: SecretReference | None = None
    key_file: str | None = None
    """A private key without a passphrase, from the rig file's folder."""
    host_key: HostKey
    """Its fingerprint, as `ssh-keygen -l` prints it."""

    @model_validator(mode="after")
    def _has_one_proof(self) -> Self:
        if (self.password is None) == (self.key_file is None):
            raise ValueError("write password or key_file, one of them")
        return self


class SerialShellEntry(Closed):
    """The gateway's shell on its serial console, behind a login."""

    console: ConsoleEntry
    user: str
    password: SecretReference | None = None
    """None: it asks for none."""
    dialect: DialectEntry = Field(default_factory=dict)
    """What it says otherwise than `hil/consoles/shell_dialect.py`, unchecked here."""


class ShellEntry(Closed):
    """A way to a shell on the gateway, one of them."""

    ssh: SshEntry | None = None
    serial: SerialShellEntry | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        exactly_one(self)
        return self

    @property
    def reached_at(self) -> str:
        """For messages."""
        if self.ssh is not None:
            return f"ssh {self.ssh.user}@{self.ssh.address}"
        assert self.serial is not None
        return f"{self.serial.user} on {self.serial.console.port}"

    @property
    def password(self) -> SecretReference | None:
        """That of the way it is."""
        way = self.ssh or self.serial
        return way.password if way else None


class EnvoyEntry(Closed):
    """The gateway under test."""

    url: GatewayUrl
    """`shell`: its interface is asked from its own shell."""
    serial_number: SerialNumber
    auth: Annotated[Auth, BeforeValidator(_auth)]
    other_tokens: OtherTokens = OtherTokens()
    certificate_sha256: Fingerprint | None = None
    """64 lower-case digits, no colons. Always there when the url is https."""
    shell: ShellEntry | None = None
    high_backup_soc_path: Annotated[str | None, Field(pattern=r"^/[!-~]+$")] = None
    """Where the high backup SoC limit is read and written: the interface page has lost its path."""
    clock_within_s: Annotated[float, Field(gt=0)] | None = 300.0
    """How far its clock may be from this machine's; None: they are not compared."""

    @model_validator(mode="after")
    def _certificate_fits_the_url(self) -> Self:
        if self.is_asked_through_its_shell:
            return self._asked_for_nothing()
        url = urlsplit(self.url)
        if url.scheme == "https" and self.certificate_sha256 is None:
            host = f"{url.netloc.rpartition('@')[2]}{'' if url.port else ':443'}"
            raise ValueError(
                "https needs certificate_sha256: a gateway signs its certificate itself, so this "
                "one has to be known; get it on a line you trust with: "
                f"openssl s_client -connect {host} </dev/null "
                "| openssl x509 -noout -fingerprint -sha256"
            )
        if url.scheme == "http" and self.certificate_sha256 is not None:
            raise Misfit("http shows no certificate; the url must be https", at=("url",))
        return self

    @property
    def is_asked_through_its_shell(self) -> bool:
        """Whether there is no other way to its REST interface."""
        return self.url == THROUGH_SHELL

    @property
    def reached_at(self) -> str:
        """Where its REST interface is, for messages."""
        if self.shell is None or not self.is_asked_through_its_shell:
            return self.url
        return f"its own shell, {self.shell.reached_at}"

    @property
    def serial_shell(self) -> SerialShellEntry | None:
        """Its shell's serial console, where that is the way."""
        return self.shell.serial if self.shell else None

    @property
    def secrets(self) -> dict[str, SecretReference]:
        """Every secret it points to, by its key."""
        found = {
            "auth.bearer": self.auth.bearer,
            "auth.digest.password": self.auth.digest.password if self.auth.digest else None,
            "other_tokens.weaker": self.other_tokens.weaker,
            "other_tokens.ended": self.other_tokens.ended,
            f"shell.{'serial' if self.serial_shell else 'ssh'}.password": self.shell.password
            if self.shell
            else None,
        }
        return {key: secret for key, secret in found.items() if secret is not None}

    def _asked_for_nothing(self) -> Self:
        if self.shell is None:
            raise Misfit("that needs the shell: write envoy.shell too", at=("url",))
        if self.auth.bearer or self.auth.digest:
            raise Misfit("on its own shell a gateway asks for nothing: write none", at=("auth",))
        if self.certificate_sha256 is not None:
            raise Misfit("no certificate is shown there", at=("certificate_sha256",))
        return self
