"""curl on the simulated gateway: the options that somebody uses, and its own exit codes."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hil.simulator.shell.result import Result

_WITH_VALUE = {
    "-X": "method",
    "--request": "method",
    "-w": "told",
    "--write-out": "told",
    "-m": "limit",
    "--max-time": "limit",
    "--connect-timeout": "limit",
    "--noproxy": "ignored",
    "-d": "data",
    "--data": "data",
    "--data-binary": "data",
    "--data-raw": "data",
    "-H": "header",
    "--header": "header",
}
_FLAGS = {
    "-q", "-s", "-S", "-g", "-i", "-I", "--silent", "--show-error", "--include", "--head", "--globoff"
}  # fmt: skip


@dataclass
class _Asked:
    url: str = ""
    flags: set[str] = field(default_factory=set)
    headers: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


def curl(words: Sequence[str], stdin: bytes, *, port: int) -> Result:
    """Ask the gateway's own web server, which listens on `port` for whoever is on the gateway."""
    try:
        asked = _understood(words)
    except ValueError as error:
        return Result(2, err=f"curl: {error}\n")
    url = urlsplit(asked.url if "//" in asked.url else f"http://{asked.url}")
    if url.hostname not in ("localhost", "127.0.0.1"):
        return Result(6, err=f"curl: (6) Could not resolve host: {url.hostname}\n")
    if url.scheme != "http" or url.port not in (None, 80):
        return Result(7, err=f"curl: (7) Failed to connect to {url.netloc}\n")
    data = asked.values.get("data")
    body = stdin if data == "@-" else (data or "").encode()
    head_only = bool(asked.flags & {"-I", "--head"})
    method = asked.values.get("method") or (
        "HEAD" if head_only else "GET" if data is None else "POST"
    )
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    raw = _exchange(port, _request(method, target, asked.headers, body, has_body=data is not None))
    if not raw:
        return Result(52, err="curl: (52) Empty reply from server\n")
    head, _, content = raw.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1].decode()
    shows_head = head_only or bool(asked.flags & {"-i", "--include"})
    told = asked.values.get("told", "").replace("\\n", "\n")
    told = told.replace("%{http_code}", status).replace("%{size_download}", str(len(content)))
    shown = (head + b"\r\n\r\n" if shows_head else b"") + content
    return Result(0, out=shown + told.encode())


def _understood(words: Sequence[str]) -> _Asked:
    asked = _Asked()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-") and not word.startswith("--") and len(word) > 2:
            # Short options in one word: -sS, -XPOST.
            rest.insert(0, word[2:] if word[:2] in _WITH_VALUE else f"-{word[2:]}")
            word = word[:2]
        if word in _WITH_VALUE:
            if not rest:
                raise ValueError(f"option {word}: requires parameter")
            name, value = _WITH_VALUE[word], rest.pop(0)
            if name == "header":
                asked.headers.append(value)
            else:
                asked.values[name] = value
        elif word in _FLAGS:
            asked.flags.add(word)
        elif word.startswith("-"):
            raise ValueError(f"option {word}: is unknown to the simulated curl")
        else:
            asked.url = word
    if not asked.url:
        raise ValueError("no URL specified!")
    return asked


def _request(
    method: str, target: str, headers: Sequence[str], body: bytes, *, has_body: bool
) -> bytes:
    own = {"Host": "localhost", "User-Agent": "curl/7.65.3", "Accept": "*/*"}
    if has_body:
        own["Content-Type"] = "application/x-www-form-urlencoded"
    for each in headers:
        name, _, value = each.partition(":")
        own = {key: said for key, said in own.items() if key.lower() != name.strip().lower()}
        if value.strip():  # "Expect:" takes a header away
            own[name.strip()] = value.strip()
    own |= {"Connection": "close"}
    if has_body:
        own["Content-Length"] = str(len(body))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in own.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _exchange(port: int, request: bytes) -> bytes:
    """All that comes back; nothing where the web server is away."""
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            with suppress(
                ConnectionError
            ):  # refused before it was read to the end: the answer is there
                connection.sendall(request)
            while data := connection.recv(65536):
                received += data
    except ConnectionError:
        return received
    return received
