"""What only a server can do to a log: go away, come back, lose its power, tell others, and be the wrong one."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import psycopg
import pytest

from hub.settings import Address, Settings, SettingsError
from hub.storage import postgresql_log
from hub.storage.database import DatabaseError, open_database, open_log
from hub.storage.event_log import Append, CommandKnownError, EventLog, LogUnavailableError, StreamMovedError
from provisioning.postgresql.process import Postgresql
from tests.contract.facts import everything, noted, positions
from tests.support.day import SMALL, small_hall
from tests.support.live import until


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    """Its own, since it is stopped."""
    with Postgresql() as started:
        yield started


@pytest.fixture
def url(server: Postgresql) -> str:
    url = server.database()
    open_database(url).dispose()
    return url


@pytest.fixture
def another(url: str) -> Iterator[Callable[[], EventLog]]:
    opened: list[EventLog] = []

    def open_another() -> EventLog:
        opened.append(open_log(url))
        return opened[-1]

    yield open_another
    for log in opened:
        log.close()


def test_a_server_that_was_restarted_is_found_again(server, another):
    log = another()
    log.append([noted("small", 1)])
    server.stop()
    server.start()
    assert positions(log.append([noted("small", 2)])) == [2]
    server.stop()
    server.start()
    assert positions(log.after(0)) == [1, 2]


def test_a_server_that_comes_back_soon_is_waited_for(server, another):
    log = another()
    server.stop()
    starting = threading.Timer(1.0, server.start)
    starting.start()
    try:
        assert positions(log.append([noted("small", 1)])) == [1]
    finally:
        starting.join()


def test_a_server_that_stays_away_is_said(server, another, monkeypatch):
    monkeypatch.setattr(postgresql_log, "_PATIENCE_S", 0.3)
    log = another()
    server.stop()
    try:
        with pytest.raises(LogUnavailableError):
            log.append([noted("small", 1)])
        with pytest.raises(LogUnavailableError):
            log.after(0)
    finally:
        server.start()
    assert positions(log.append([noted("small", 1)])) == [1]


def test_what_append_returned_survives_a_power_cut(server, another):
    """Again and again in the middle of appends: what was said is there, and nothing is there twice."""
    log, versions, enough = another(), iter(range(1, 100_000)), threading.Event()
    said: list[str] = []

    def write() -> None:
        while not enough.is_set():
            append = noted("small", next(versions))
            while not stored(append):
                pass
            said.append(append.command)

    def stored(append: Append) -> bool:
        """False: nobody can tell now."""
        try:
            log.append([append])
        except LogUnavailableError:
            return False
        except (StreamMovedError, CommandKnownError):  # it was in time, before the server went
            assert log.of_command(append.command)
        return True

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            seen = len(said)
            until(lambda seen=seen: len(said) > seen + 50 or not writer.is_alive(), "appends go on")
            server.crash()
            server.start()
    finally:
        enough.set()
        writer.join()
    found = Counter(one.event.command for one in everything(another()))
    assert set(found.values()) == {1}
    assert set(said) == set(found)


def test_who_stops_in_the_middle_of_his_turn_loses_it(another):
    """A process that is frozen, or cut off, while it has the log: the others wait for two seconds at the most."""
    frozen, log = another(), another()
    frozen.claim(0)
    assert positions(log.append([noted("small", 1)])) == [1]
    assert positions(frozen.append([noted("small", 2)])) == [2]


def test_others_are_heard_of_at_once_and_oneself_is_not(another):
    log, other, heard = another(), another(), threading.Event()
    log.listen(heard.set)
    until(heard.is_set, "it listens")
    heard.clear()
    log.append([noted("small", 1)])
    other.append([noted("small", 2)])
    until(heard.is_set, "it hears of the other's")
    assert positions(log.after(1)) == [2]


def test_listening_goes_on_after_a_restart_of_the_server(server, another):
    log, other, heard = another(), another(), threading.Event()
    log.listen(heard.set)
    until(heard.is_set, "it listens")
    server.stop()
    heard.clear()  # before it is there again: it may listen before `start` has returned
    server.start()
    until(heard.is_set, "it listens again, and looks for what it may have missed", 60)
    heard.clear()
    other.append([noted("small", 1)])
    until(heard.is_set, "it hears of the other's")


def test_a_commit_waits_for_the_disk_whatever_the_servers_default_is(url, another):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET synchronous_commit = off")
    assert another()._db.execute("SHOW synchronous_commit").fetchone() == ("on",)


# What is wrong is said in words.


def settings(database: str) -> Settings:
    address = Address.of("127.0.0.1:8000")
    return Settings(
        data=SMALL.parent, halls=(small_hall(),), http=address, est=address, broker=address, database_url=database
    )


@pytest.mark.parametrize("text", ["hub.db", "mysql://x/y", "postgresql://tingxu:a b@x/y", "postgresql:tingxu"])
def test_what_is_no_url_of_a_postgresql_is_refused_with_an_example(text):
    with pytest.raises(SettingsError, match="such as postgresql://tingxu@db"):
        settings(text)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://tingxu:secret@127.0.0.1:1/tingxu", "cannot be used.*refused"),
        ("postgresql://tingxu:secret@/tingxu?host=/nowhere", "cannot be used"),
        ("postgresql://tingxu:secret@x/y?no-such=option", "not the URL"),
    ],
)
def test_a_server_that_cannot_be_reached_is_said_without_the_password(url, said):
    with pytest.raises(DatabaseError, match=said) as refused:
        open_database(url)
    assert "secret" not in str(refused.value)


def test_a_database_that_is_not_there_is_said(url):
    with pytest.raises(DatabaseError, match='"no-such-database" does not exist'):
        open_database(f"postgresql://tingxu@/no-such-database?{url.partition('?')[2]}")


def test_the_command_ends_with_words_when_the_database_is_away(tmp_path):
    command = ["init", "--data", str(tmp_path), "--hall", str(SMALL), "--database", "postgresql://x@127.0.0.1:1/x"]
    ended = subprocess.run([sys.executable, "-m", "hub", *command], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("hub: the PostgreSQL database cannot be used: ")
    assert "Traceback" not in ended.stderr


def test_a_hub_without_the_driver_says_what_to_install(tmp_path):
    """A hub on SQLite needs no driver, and its lock has none."""
    command = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from hub.storage.database import open_database\n"
        "from pathlib import Path\n"
        f"open_database(Path({str(tmp_path / 'hub.db')!r}))\n"
        "open_database('postgresql://x@127.0.0.1:1/x')"
    )
    ended = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False)
    assert "DatabaseError: PostgreSQL needs a driver" in ended.stderr
    assert "locks/postgresql.txt" in ended.stderr
