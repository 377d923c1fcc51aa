"""Telnet as a serial server speaks it: RFC 854 with COM-PORT-CONTROL (RFC 2217), server's side."""

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44
OPTIONS = frozenset({BINARY, SUPPRESS_GO_AHEAD, COM_PORT})

SIGNATURE, SET_BAUDRATE, SET_DATASIZE, SET_PARITY, SET_STOPSIZE, SET_CONTROL = range(6)
PURGE_DATA = 12
PURGES_OUTPUT = frozenset({b"\x01", b"\x03"})
"""Purge the access server's receive buffer (what the device said), or both buffers."""
ANSWER = 100
"""A server's answer has the command's number plus this."""

SUBNEGOTIATION_BYTES = 256
"""Longer ones are cut: nothing that is spoken here comes near it."""


def escaped(data: bytes) -> bytes:
    """Console bytes as they go over the wire."""
    return data.replace(bytes([IAC]), bytes([IAC, IAC]))


class TelnetServer:
    """One connection's state. Fed with what comes, it tells console bytes from negotiation."""

    def __init__(self) -> None:
        self.replies = bytearray()
        """Negotiation to send, complete commands only; whoever sends it empties it."""
        self.purged = False
        """The client wants what waits unread to be dropped; whoever does so clears it."""
        self._offered: set[tuple[int, int]] = set()
        self._settings = {
            SET_BAUDRATE: (115200).to_bytes(4),
            SET_DATASIZE: b"\x08",
            SET_PARITY: b"\x01",
            SET_STOPSIZE: b"\x01",
        }
        self._command: int | None = None
        self._iac = False
        self._sub: bytearray | None = None
        for option in (BINARY, COM_PORT):
            self._offer(WILL, option)
            self._offer(DO, option)

    def feed(self, data: bytes) -> bytes:
        """Take what came; the console bytes in it."""
        console = bytearray()
        for byte in data:
            if self._command is not None:
                self._negotiate(self._command, byte)
                self._command = None
            elif self._iac:
                self._iac = False
                self._after_iac(byte, console)
            elif byte == IAC:
                self._iac = True
            else:
                self._keep(byte, console)
        return bytes(console)

    def _keep(self, byte: int, console: bytearray) -> None:
        if self._sub is None:
            console.append(byte)
        elif len(self._sub) < SUBNEGOTIATION_BYTES:
            self._sub.append(byte)

    def _after_iac(self, byte: int, console: bytearray) -> None:
        if byte == IAC:
            self._keep(byte, console)
        elif byte in (DO, DONT, WILL, WONT):
            self._command = byte
        elif byte == SB:
            self._sub = bytearray()
        elif byte == SE and self._sub is not None:
            sub, self._sub = bytes(self._sub), None
            if len(sub) >= 2 and sub[0] == COM_PORT:
                self._set(sub[1], sub[2:])

    def _offer(self, verb: int, option: int) -> None:
        """Say it once: an answer to an answer would go round for ever."""
        if (verb, option) not in self._offered:
            self._offered.add((verb, option))
            self.replies += bytes([IAC, verb, option])

    def _negotiate(self, verb: int, option: int) -> None:
        if verb == DO:
            self._offer(WILL if option in OPTIONS else WONT, option)
        elif verb == WILL:
            self._offer(DO if option in OPTIONS else DONT, option)

    def _set(self, command: int, value: bytes) -> None:
        if command == SIGNATURE:
            value = b"simulated console"
        elif command in self._settings:
            if any(value):  # zero asks
                self._settings[command] = value
            value = self._settings[command]
        elif command == PURGE_DATA:
            self.purged |= value in PURGES_OUTPUT
        elif command == SET_CONTROL and value == b"\x00":
            value = b"\x01"  # flow control, asked for: none
        elif command > PURGE_DATA:
            return
        self.replies += bytes([IAC, SB, COM_PORT, command + ANSWER])
        self.replies += escaped(value) + bytes([IAC, SE])
