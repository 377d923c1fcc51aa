"""ConsoleLog: a time on every line, bounded files, and no end that is not said."""

from pathlib import Path

from hil.transports.console_log import ConsoleLog

WALL = 1_700_000_000.25


def test_every_line_has_rig_time_and_wall_time_and_who_says_it(tmp_path: Path) -> None:
    log = ConsoleLog(tmp_path / "encharge.log", limit_bytes=1000, kept=1)
    log.write(12.3456, WALL, "STATE -> JOINED\nENC> ")
    log.write(12.5, WALL, "gap: unplugged", own=True)
    log.close()
    assert (tmp_path / "encharge.log").read_text() == (
        "      12.346 2023-11-14T22:13:20.250Z | STATE -> JOINED\n"
        "      12.346 2023-11-14T22:13:20.250Z | ENC> \n"
        "      12.500 2023-11-14T22:13:20.250Z ! gap: unplugged\n"
    )


def test_a_full_file_says_so_and_the_next_one_where_it_goes_on_from(tmp_path: Path) -> None:
    log = ConsoleLog(tmp_path / "encharge.log", limit_bytes=200, kept=2)
    for number in range(20):
        log.write(float(number), WALL, f"line {number}")
    log.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3, "two that are full, and the last one"
    files = [(tmp_path / name).read_text().splitlines() for name in names]
    assert names[-1] == "encharge.log"
    for ended in files[:-1]:
        assert ended[-1].endswith(" ! this file is full; it goes on in the next one")
    assert files[1][0].endswith(
        f" ! goes on from {names[0]}; encharge.{int(names[0][9:13]) - 2:04}.log was deleted, 2 are kept"
    )
    said = [line.split(" | ")[1] for lines in files for line in lines if " | " in line]
    assert said == [f"line {number}" for number in range(20)][-len(said) :], "none is lost between"
    assert all(path.stat().st_size < 400 for path in tmp_path.iterdir())


def test_a_recorder_that_begins_again_goes_on_counting(tmp_path: Path) -> None:
    for _ in range(2):
        log = ConsoleLog(tmp_path / "encharge.log", limit_bytes=10, kept=5)
        log.write(1.0, WALL, "something")
        log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "encharge.0001.log",
        "encharge.0002.log",
        "encharge.log",
    ]
