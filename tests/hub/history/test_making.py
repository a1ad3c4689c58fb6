"""Much that is to be read is made day by day, several at a time, and comes to the same files as reading in order."""

import os
import signal
import subprocess
import sys
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import events as e
from hub.history.maker import Begin
from hub.history.makers import Makers
from hub.history.whole import Made, Wanted
from hub.storage.event_log import Append, EventLog
from tests.hub.history.conftest import append
from tests.hub.history.test_reading import contents, figures, read_all, worked
from tests.support.day import Script, small_hall

DAYS = [f"2026-01-{day:02}" for day in range(5, 10)]
ALL = {(day,): [12] for day in DAYS}


def days(log: EventLog, script: Script) -> None:
    """The script's day, again and again."""
    for day in DAYS:
        moved = date.fromisoformat(day) - date.fromisoformat(script.state.day)
        for after, event in enumerate(script.events):
            command = f"{day}/{event.command}/{after}"
            told = replace(event, at=event.at + moved, command=command)
            log.append([Append("small", day, after, command, (told,), ())])


def stepped(reading) -> int:
    steps = 0
    while reading.step():
        steps += 1
    reading.flush()
    return steps


def test_days_made_beside_the_hub_or_in_it_are_those_that_reading_in_order_makes(log, reader, tmp_path):
    script = worked()
    script.do(c.EndDay)
    days(log, script)
    now = datetime.fromisoformat("2026-01-09T18:00:00+08:00")  # the last of them still runs
    read_all(reader("in order", now)[0])
    stepped(reader("here", now, far=0)[0])
    stepped(reader("beside", now, far=0, makers=2)[0])
    whole = contents(tmp_path / "in order")
    assert len(whole) == 4 * len(DAYS)
    assert contents(tmp_path / "here") == whole
    assert contents(tmp_path / "beside") == whole


def test_what_was_made_before_a_restart_is_not_made_again(log, reader):
    days(log, worked())
    reading, files = reader(far=0)
    for _ in range(3):
        assert reading.step()
    reading.close()  # killed: nothing else is told
    made = files.reached()
    assert (made.position, len(made.made), made.upto) == (0, 3, log.last_position())
    reading, files = reader(far=0)
    assert reading.behind() == (sum(made.made.values()), log.last_position())
    assert stepped(reading) == len(DAYS) - 3
    assert figures(files, "taken", by=("day",)) == ALL


def test_what_is_added_to_a_day_while_days_are_made_is_in_it(log, reader):
    script = worked()
    days(log, script)
    reading, files = reader(far=0)
    reading.step()
    late = tuple(replace(event, command="late") for event in script.do(c.EndDay))
    log.append([Append("small", DAYS[-1], log.end("small", DAYS[-1])[0], "late", late, ())])
    stepped(reading)
    assert files.reached().position == log.last_position()
    shares = figures(files, "abandoned_share", by=("day",))
    assert (shares[DAYS[0],], shares[DAYS[-1],]) == ([0.0], [4 / 12])


def test_one_of_the_processes_that_share_a_folder_makes_days_and_another_takes_over(log, reader):
    days(log, worked())
    first, _ = reader(far=0)
    second, files = reader(far=0)
    assert first.step()
    assert not second.step()
    assert second.is_making
    first.close()
    stepped(second)
    assert not second.is_making
    assert figures(files, "taken", by=("day",)) == ALL


def test_a_process_that_dies_leaves_its_day_to_the_others(log, reader):
    days(log, worked())
    reading, files = reader(far=0, makers=1)
    makers: Makers = reading._makers
    makers.free()
    os.kill(makers.pids()[0], signal.SIGKILL)
    stepped(reading)
    assert figures(files, "taken", by=("day",)) == ALL


def test_a_maker_ends_with_its_hub_and_tells_each_day_that_it_made(log, tmp_path):
    append(log, worked())
    begin = Begin(str(tmp_path / "hub.db"), True, str(tmp_path / "history"), (small_hall(),))
    wanted = msgspec.json.encode(Wanted("small", "2026-01-05", 0)) + b"\n"
    command = [sys.executable, "-m", "hub.history.maker"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as maker:
        maker.stdin.write(msgspec.json.encode(begin) + b"\n" + wanted)
        maker.stdin.flush()
        made = msgspec.json.decode(maker.stdout.readline(), type=Made)
        assert made == Made("small", "2026-01-05", log.last_position())
        maker.stdout.close()  # as a killed hub leaves it, in the middle of a day
        maker.stdin.write(wanted)
        maker.stdin.close()
        assert (maker.wait(60), maker.stderr.read()) == (0, b"")


def test_an_event_that_cannot_be_read_is_counted_once_however_often_it_is_read(log, reader):
    script = worked()
    done = append(log, script)
    ended = script.do(c.EndDay)
    cancelled = next(event for event in ended if isinstance(event, e.TicketCancelled))
    strange = replace(cancelled, number="Z999", command="strange")  # of another hall file
    log.append([Append("small", "2026-01-05", done, "strange", (strange,), ())])
    log.append([Append("small", "2026-01-05", done + 1, "c-end", ended, ())])
    for far in (0, 10**6):
        for _ in range(2):
            reading, files = reader(f"far {far}", far=far)
            read_all(reading)
            (unread,) = files.unread("small", "2026-01-05", "2026-01-05")
            assert (unread.day, unread.version, unread.kind) == ("2026-01-05", done + 1, "ticket-cancelled")
            assert "Z999" in unread.why
            assert files.unread("small", "2026-01-06", "2026-01-07") == []
    assert figures(files, "abandoned_share", by=()) == {(): [4 / 12]}
