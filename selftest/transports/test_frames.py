"""Frames between a keeper and its clients, however they arrive; and what is sent as one."""

import select
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.transports.frames import HEAD, LONGEST_BYTES, Frame, FrameReader, framed, framed_json
from hil.transports.keeper_link import KeeperLink

FRAMES = st.lists(st.tuples(st.sampled_from(Frame), st.binary(max_size=40)), max_size=6)


@given(FRAMES, st.lists(st.integers(min_value=1, max_value=50), max_size=12))
def test_frames_are_the_same_however_they_arrive(
    frames: list[tuple[Frame, bytes]], pieces: list[int]
) -> None:
    stream = b"".join(framed(kind, content) for kind, content in frames)
    reader, heard = FrameReader(), list[tuple[int, bytes]]()
    for size in pieces:
        heard += reader.feed(stream[:size])
        stream = stream[size:]
    heard += reader.feed(stream)
    assert heard == frames


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="no keeper's socket"):
        FrameReader().feed(HEAD.pack(LONGEST_BYTES + 1, 1))


def test_what_belongs_together_is_sent_as_one(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "keeper"))
        listener.listen()
        accepted: list[socket.socket] = []

        def welcome() -> None:
            accepted.append(listener.accept()[0])
            accepted[0].recv(1000)
            accepted[0].sendall(framed_json(Frame.HELLO, {"consoles": []}))

        keeper = threading.Thread(target=welcome)
        keeper.start()
        link = KeeperLink(tmp_path / "keeper", role="run", who="a test")
        keeper.join()
        (connection,) = accepted
        with connection:
            with link.together():
                link.note(b'{"text": "sent"}')
                with link.together():
                    link.write(0, b"status\r", 1)
                assert select.select([connection], [], [], 0)[0] == []
            both = FrameReader().feed(connection.recv(1000))
            link.hurry(0)
            alone = FrameReader().feed(connection.recv(1000))
            link.close()

    assert [kind for kind, _ in both] == [Frame.EVENT, Frame.WRITE]
    assert [kind for kind, _ in alone] == [Frame.WAITING]
