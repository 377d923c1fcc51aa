"""Those beside a run: none of them can stop it, or do what its role does not let it do."""

import json
import select
import time
from contextlib import closing
from pathlib import Path

import pytest

from hil.errors import KeeperLost
from hil.rig.rig_folder import holder_of
from hil.transports.frames import TURN_BEGINS
from hil.transports.keeper_link import KeeperLink
from selftest.cli.test_console import in_use
from selftest.keeper.abort_suite import Desk
from selftest.keeper.test_aborts import folder_of
from selftest.rig.desk import FIRST


def socket_of(desk: Desk) -> Path:
    holder = holder_of(folder_of(desk))
    assert holder is not None
    return Path(holder.socket)


def number_of(link: KeeperLink, serial_number: str) -> int:
    return [each.name for each in link.consoles].index(serial_number)


def test_a_terminal_that_is_stopped_in_its_turn_does_not_keep_the_run_from_typing(
    tmp_path: Path,
) -> None:
    with (
        in_use(tmp_path, speed=5.0) as desk,
        closing(KeeperLink(socket_of(desk), role="console", who="somebody", turn_s=0.4)) as link,
    ):
        number = number_of(link, FIRST)
        heard: list[bytes] = []
        link.on_written = lambda console, _, data: heard.append(data)
        link.write(number, b"devinfo\r", TURN_BEGINS)  # and never says that it is over
        until_s = time.monotonic() + 20
        while b"".join(heard).count(b"psts") < 3:
            assert time.monotonic() < until_s, f"the run does not type any more: {heard}"
            link.read(1.0)
    texts = [
        json.loads(line)["text"] for line in (desk.run / "timeline.jsonl").read_text().splitlines()
    ]
    assert "somebody typed and then did not let go of it; others type again" in texts


def test_who_only_looks_on_cannot_type_and_an_unknown_role_is_none(tmp_path: Path) -> None:
    with in_use(tmp_path, speed=None) as desk:
        with closing(KeeperLink(socket_of(desk), role="watch", who="somebody")) as link:
            link.write(number_of(link, FIRST), b"leave\r", TURN_BEGINS)
            while link.lost is None and select.select([link.fileno()], [], [], 60)[0]:
                link.read(0)
            assert link.lost is not None
            assert "watch only looks on: it may not type" in link.lost
        with pytest.raises(KeeperLost, match="there is no role 'boss'"):
            KeeperLink(socket_of(desk), role="boss", who="somebody")
    assert "leave" not in (desk.run / "timeline.jsonl").read_text("utf-8")
