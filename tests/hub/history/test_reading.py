"""The files of the past are what the log says: however often reading was broken off, and whoever wrote them."""

from datetime import datetime
from pathlib import Path

from hub.domain import commands as c
from hub.history.asking import Question
from hub.history.counting import answer
from hub.history.files import Files, Reached
from tests.hub.history.conftest import append
from tests.support.day import Script


def worked(counters: tuple[str, ...] = ("1", "2")) -> Script:
    script = Script()
    for place, counter in enumerate(counters):
        script.sign_on(counter, str(1001 + place))
    for turn in range(12):
        script.take("ABC"[turn % 3])
        script.wait(37)
        for counter in counters:
            if turn % 3 == 2:
                script.do(c.CallNext, counter=counter)
                script.wait(11)
                script.do(c.Serve, counter=counter)
                script.wait(61)
    return script


def figures(files: Files, *names: str, by: tuple[str, ...] = ("service",)) -> dict[tuple[str, ...], list[object]]:
    question = Question(
        hall="small", first="2026-01-01", last="2026-12-31", by=by, figures=names or ("taken", "served")
    )
    got = answer(question, files.query, lambda relation: files.paths("small", relation, "2026-01-01", "2026-12-31"))
    return {row.key: list(row.values.values()) for row in got.rows}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("2026-*.parquet"))}


def read_all(reading) -> None:
    while reading.step():
        pass
    reading.flush()


def test_reading_that_was_broken_off_anywhere_comes_to_the_same_files(log, reader, tmp_path):
    script, done = worked(), 0
    whole = list(script.events)
    ends = [at for at in range(1, len(whole)) if whole[at].command != whole[at - 1].command]
    for upto in (ends[2], ends[9], ends[10], ends[25], len(whole)):  # a new process each, which had not always saved
        script.events = whole[:upto]
        done = append(log, script, done)
        reading, _ = reader("broken")
        reading.step()
        if upto != ends[9]:
            reading.flush()
    reading, _ = reader("whole")
    read_all(reading)
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")
    assert len(contents(tmp_path / "whole")) == 4  # nobody booked


def test_a_day_is_counted_by_service(log, reader):
    append(log, worked())
    reading, files = reader()
    read_all(reading)
    assert figures(files, "taken") == {("A",): [4], ("B",): [4], ("C",): [4]}
    assert sum(counts[0] for counts in figures(files, "served").values()) == 6  # of 8 called, 2 are open
    assert figures(files, "called", by=()) == {(): [8]}


def test_what_comes_later_is_read_from_where_reading_had_come_to(log, reader):
    script = worked()
    done = append(log, script)
    read_all(reader()[0])
    script.do(c.EndDay)
    append(log, script, done)
    reading, files = reader()
    assert reading.behind() == (done, len(script.events))
    read_all(reading)
    assert figures(files, "abandoned_share", by=()) == {(): [4 / 12]}


def test_two_processes_may_write_one_folder(log, reader):
    script = worked()
    done = append(log, script)
    first, files = reader()
    second, of_second = reader()
    read_all(first)
    read_all(second)
    script.do(c.EndDay)
    append(log, script, done)
    read_all(second)
    assert figures(files, "abandoned_share", by=()) == figures(of_second, "abandoned_share", by=())


def test_another_life_of_the_log_is_read_from_its_beginning(log, reader):
    append(log, worked())
    reading, files = reader()
    files.reach(Reached(epoch=99, position=10_000))  # what a backup does not know
    files.write("small", "2026-01-09", {"tickets": [], "turns": []})
    read_all(reading)
    assert files.reached() == Reached(1, log.last_position())
    assert figures(files, "taken", by=("day",)) == {("2026-01-05",): [12]}


def test_a_folder_that_was_deleted_is_made_again(log, reader, tmp_path):
    append(log, worked())
    read_all(reader()[0])
    before = contents(tmp_path / "history")
    for path in sorted((tmp_path / "history").rglob("*.*")):
        path.unlink()
    read_all(reader()[0])
    assert contents(tmp_path / "history") == before


def test_time_goes_on_at_an_open_counter_though_nothing_happens(log, reader):
    script = Script()
    script.sign_on("1", "1001")
    append(log, script)
    at = datetime.fromisoformat
    reading, files = reader(now=at("2026-01-05T09:10:00+08:00"))
    read_all(reading)
    assert figures(files, "open_s", by=()) == {(): [600]}
    reading, files = reader("later", now=at("2026-01-05T10:10:00+08:00"))
    read_all(reading)
    assert figures(files, "idle_s", by=("hour",)) == {("09",): [3600], ("10",): [600]}


def test_a_counter_that_was_left_open_over_night_counts_until_its_days_last_event(log, reader):
    script = Script()
    script.sign_on("1", "1001")
    script.wait(120)
    script.take("A")
    append(log, script)
    reading, files = reader()
    read_all(reading)
    assert figures(files, "open_s", by=()) == {(): [120]}
