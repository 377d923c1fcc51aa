"""A device's own web server, asked from its own shell with curl.

From there nothing is asked for: no TLS, no token, no redirect. So a bench that has a shell and no
LAN has the whole interface.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.transports.shell import Ran, Shell, line_of

LOCALHOST = "http://localhost"

_FAILED = {
    5: "it knows no proxy that its environment names",
    6: "it does not know its own name localhost",
    7: "its web server does not listen; suspect a gateway that is starting (its pages come up minutes "
    "after the shell)",
    28: "connected, but no answer in time; suspect a gateway under load (its slow pages, the minutes "
    "after 23:00) or one process of it that hangs",
    52: "the connection was dropped before an answer came; suspect a web server that restarts, or a "
    "process behind it that crashed",
    55: "the request could not be sent to its end; suspect a web server that restarts",
    56: "the answer broke off in the middle; suspect a web server that restarts",
    127: "there is no curl on it; suspect another shell than the gateway's",
}
"""curl's exit codes (its manual), and the shell's own."""

_NOTHING_SENT = (5, 6, 7, 127)


class CurlTrouble(Exception):
    """No answer. `may_have_arrived`: the request may have been carried out."""

    def __init__(self, message: str, *, may_have_arrived: bool) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


@dataclass(frozen=True, slots=True)
class CurlAnswer:
    """What the web server said."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class Curl:
    """Requests to `http://localhost` by curl on a device's shell."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        limit_s: float,
    ) -> CurlAnswer:
        """Ask; nothing is followed or sent again. `limit_s` is the gateway's own time.

        Raises:
            CurlTrouble: no answer came.
            HilError: as `Shell.run`.
        """
        words = [
            "curl",
            "-q",
            "-s",
            "-S",
            "-g",
            "--noproxy",
            "*",
            "-i",
            "-m",
            f"{max(1, round(limit_s))}",
        ]
        # The body's length cannot be told from the headers where it comes in chunks.
        words += ["-w", r"\n%{http_code} %{size_download}", "-H", "Expect:"]
        words += ["-I"] if method == "HEAD" else ["-X", method]
        for name, value in headers.items():
            words += ["-H", f"{name}: {value}"]
        if body:
            # By standard input: no quoting, no limit of a command line.
            words += ["--data-binary", "@-"]
        ran = self._shell.run(line_of(*words, LOCALHOST + path), stdin=body, silent=True)
        if ran.status != 0:
            raise CurlTrouble(
                f"through {self._shell.where}: {_story(ran)}",
                may_have_arrived=ran.status not in _NOTHING_SENT,
            )
        return _answer(ran, self._shell.where)


def _story(ran: Ran) -> str:
    said = ran.stderr.decode("utf-8", "replace").strip()
    known = _FAILED.get(ran.status, "suspect the gateway's web server, or its curl")
    return f"curl ended with {ran.status}" + (f" ({said})" if said else "") + f": {known}"


def _answer(ran: Ran, where: str) -> CurlAnswer:
    """Status, headers and body, told apart by the sizes that curl itself counted."""
    rest, _, told = ran.stdout.rpartition(b"\n")
    status, _, length = told.partition(b" ")
    if not (status.isdigit() and length.isdigit()):
        raise CurlTrouble(
            f"through {where}: curl did not say how it ended (its last line is {told[:60]!r}); "
            "suspect a very old curl, or a shell that cuts output",
            may_have_arrived=True,
        )
    cut = len(rest) - int(length)
    head, content = rest[:cut], rest[cut:]
    # There may be several heads (100 Continue): the last one counts.
    block = head.replace(b"\r\n", b"\n").strip(b"\n").split(b"\n\n")[-1]
    lines = block.decode("iso-8859-1").split("\n")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name, value = name.strip(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return CurlAnswer(int(status), headers, content)
