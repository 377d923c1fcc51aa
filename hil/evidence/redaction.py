"""Nothing that opens a device reaches a disk: applied to every text before it is written.

Three nets. By value: of a secret that is known, any run of eight characters or more is masked, so
that a truncated dump or a reply cut in two gives no piece away. By form: what looks like a link
key or a token is masked even when nobody announced it (a key just read from a device). By name, in
the bodies of a gateway: what a document calls a password or a wireless network is hidden.

Consoles talk much and hardly ever say a secret, so most of a text is let through by a coarse sieve
(`_Net`), and only words of what stays in it are looked at closely.
"""

import re
import string
from array import array
from collections.abc import Iterable

from hil.vocabulary.secret import Secret, fingerprint

PIECE = 8
"""Characters of a secret that may never stand together in an artifact."""

# Any run of 8 characters has one of 4 in it that begins at a multiple of 4, wherever the run lies:
# a text is a row of numbers of 4 characters each.
_GRAM = array("I").itemsize

# Every character but hexadecimal digits is the same.
_HEXADECIMAL = bytes(ord("h") if chr(n) in string.hexdigits else ord(".") for n in range(256))

_LINK_KEY = 32
"""Hexadecimal digits."""

HIDDEN = "‹hidden›"

NAMES = (
    r"install_?code|zigbee_ic|pass(?:word|phrase|wd)?|psk|wpa_?key|e?ssid|secret|(?:\w*_)?token|"
    r"session_?id|api_?key|private_?key"
)
"""What a document calls a thing that opens another; a regular expression. Link keys go by their form."""

_NAMED = re.compile(rf'("(?:{NAMES})"\s*:\s*")(?:[^"\\]|\\.)+', re.IGNORECASE)

# No more is asked of what stands around them: in a repr a key may follow the n of a "\n".
_FORMS = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f])"  # a link key: 128 bits
    r"|eyJ[\w-]{8,}(?:\.[\w-]+){0,2}"  # a JWT
)
_CHARACTERS_OF_FORMS = string.ascii_letters + string.digits + "_-."


def hide_named(text: str) -> str:
    """`text`, a JSON document or a piece of one, with `HIDDEN` for what its names say is secret."""
    return _NAMED.sub(rf"\1{HIDDEN}", text)


_STRANGE = re.compile(r"[^\x00-\x7f→←·…‹›—−]")
"""Anything but ASCII and the marks of our own evidence, which are no letter in any case."""


class Redactor:
    """Masks the secrets of one rig in any text."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._values: set[str] = set()
        self._net = _Net(frozenset())
        self.learn(*secrets)

    def learn(self, *secrets: Secret) -> None:
        """Mask these from now on."""
        new = {secret.reveal() for secret in secrets} - self._values
        if not new:
            return
        self._values |= {value for value in new if value}
        self._net = _Net(frozenset(self._values))

    def scrub(self, text: str) -> str:
        """`text` with every secret replaced by its fingerprint."""
        return self._net.scrub(text)


class _Net:
    """What is masked, as long as no further secret is learned."""

    def __init__(self, values: frozenset[str]) -> None:
        pieces = {
            value[start : start + PIECE]
            for value in values
            for start in range(max(1, len(value) - PIECE + 1))
        }
        # A lookahead finds pieces that overlap; _thorough() joins them.
        alternatives = "|".join(re.escape(piece) for piece in sorted(pieces))
        self._pieces = re.compile(f"(?=({alternatives}))", re.IGNORECASE) if pieces else None
        # Only of what is not strange it is known without the regular expression which letters are the same.
        self._is_plain = all(value.isascii() and value.isprintable() for value in values)
        said = "".join(values)
        of_words = re.escape("".join(sorted({*_CHARACTERS_OF_FORMS, *said, *said.swapcase()})))
        shortest = min(map(len, pieces), default=PIECE)
        self._word = re.compile(f"[{of_words}]{{{shortest},}}")
        self._whole_pieces = frozenset(p.upper() for p in pieces if len(p) == PIECE)
        self._whole_bytes = frozenset(p.encode("ascii", "replace") for p in self._whole_pieces)
        self._short_pieces = tuple(p.upper() for p in pieces if len(p) < PIECE)
        self._grams = frozenset(
            gram
            for piece in (self._whole_pieces if self._is_plain else ())
            for start in range(PIECE - _GRAM + 1)
            for gram in array("I", piece[start : start + _GRAM].encode())
        )
        self._strangers = bytes(n for n in range(256) if chr(n) not in said.upper())
        self._shortest_run = PIECE * b"h" if set(said) <= set(string.hexdigits) else b""
        """What a text without a piece of these lacks, in `_HEXADECIMAL`."""

    def scrub(self, text: str) -> str:
        if not self._is_plain:
            return self._thorough(text)
        if text.isascii() or not _STRANGE.search(text):
            return self._sieve(text)
        lines = text.splitlines(keepends=True)
        return "".join(
            self._thorough(line) if _STRANGE.search(line) else self._sieve(line) for line in lines
        )

    def _sieve(self, text: str) -> str:
        """Every secret lies within one word: a run of characters that secrets are made of."""
        if not self._may_hold_a_secret(text):
            return text
        suspects = {word for word in set(self._word.findall(text)) if self._holds_a_secret(word)}
        if not suspects:
            return text
        return self._word.sub(
            lambda found: (
                self._thorough(found.group()) if found.group() in suspects else found.group()
            ),
            text,
        )

    def _may_hold_a_secret(self, text: str) -> bool:
        if "eyJ" in text:
            return True
        upper = text.upper()
        if self._short_pieces and any(piece in upper for piece in self._short_pieces):
            return True
        data = upper.encode("ascii", "replace")  # our own marks: no secret has one
        digits = data.translate(_HEXADECIMAL)
        if _LINK_KEY * b"h" in digits:
            return True
        # Keys are hexadecimal, and most of what a console says has no such run.
        if not self._grams or self._shortest_run not in digits:
            return False
        # What no secret is made of parts no run of eight: it may as well not stand there.
        data = data.translate(None, self._strangers)
        numbers = array("I", data[: len(data) // _GRAM * _GRAM])
        if not (hits := self._grams.intersection(numbers)):
            return False
        # Four characters are soon those of a key by chance; the eight around them are not.
        places = (place * _GRAM for place, number in enumerate(numbers) if number in hits)
        return any(
            data[at : at + PIECE] in self._whole_bytes
            for place in places
            for at in range(max(0, place + _GRAM - PIECE), place + 1)
        )

    def _holds_a_secret(self, word: str) -> bool:
        upper = word.upper()
        starts = range(len(upper) - PIECE + 1)
        return (
            not self._whole_pieces.isdisjoint([upper[at : at + PIECE] for at in starts])
            or _FORMS.search(word) is not None
            or any(piece in upper for piece in self._short_pieces)
        )

    def _thorough(self, text: str) -> str:
        """The plain form, which the fast one must equal."""
        text = _FORMS.sub(lambda match: mask(match.group()), text)
        if self._pieces is None:
            return text
        spans: list[tuple[int, int]] = []
        for match in self._pieces.finditer(text):
            start, end = match.span(1)
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        for start, end in reversed(spans):
            text = text[:start] + mask(text[start:end]) + text[end:]
        return text


def mask_pieces(text: str, value: str, *, at_least: int = 2) -> str:
    """`text` without any piece of `value` of `at_least` characters: for what a console says while a
    secret is typed on it, whose echo other messages may cut in pieces. Masks too much now and then.
    """
    upper, held = text.upper(), value.upper()
    shown: list[str] = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and upper[at : end + 1] in held:
            end += 1
        is_piece = end - at >= min(at_least, len(held))
        shown.append(mask(value) if is_piece else text[at])
        at = end if is_piece else at + 1
    return "".join(shown)


def mask(value: str) -> str:
    """What stands in an artifact for `value`. Case does not matter: keys are hexadecimal."""
    return f"‹secret {fingerprint(value.upper())}›"
