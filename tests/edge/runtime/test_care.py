"""Restart and log: when nobody is disturbed, in time, and each answered once."""

from datetime import UTC, datetime

from edge.runtime.care import Care
from edge.runtime.log_ring import LogRing
from edge.runtime.orders import Orders
from tests.support.live import until
from wire.orders import Restart, SendLog

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AT = NOW.timestamp()


class Bench:
    def __init__(self, ring: LogRing | None = None) -> None:
        self.why, self.woken = "", 0
        self.care = Care(Orders({}, "b"), lambda: self.why, self._wake, ring)

    def _wake(self) -> None:
        self.woken += 1


def restart(ident: str = "r-1", wait_s: float = 60) -> Restart:
    return Restart(id=ident, at=NOW, wait_s=wait_s)


def test_a_free_agent_restarts_at_once_and_says_so_first():
    bench = Bench()
    assert bench.care.take(restart(), AT) == []
    assert bench.care.wake_at() == AT
    [done] = bench.care.tick(AT)
    assert (done.to, done.ok) == ("r-1", True)
    assert bench.care.restarts


def test_it_waits_until_nobody_is_disturbed():
    bench = Bench()
    bench.why = "正在出票 A ticket is being made"
    bench.care.take(restart(), AT)
    assert bench.care.tick(AT) == []
    assert bench.care.wake_at() == AT + 0.5
    bench.why = ""
    assert [done.ok for done in bench.care.tick(AT + 30)] == [True]


def test_it_does_not_wait_for_ever_and_says_for_whom_it_waited():
    bench = Bench()
    bench.why = "正在出票 A ticket is being made"
    bench.care.take(restart(), AT)
    [done] = bench.care.tick(AT + 61)
    assert (done.ok, done.text, bench.care.restarts) == (False, bench.why, False)
    assert bench.care.wake_at() is None


def test_a_second_restart_is_refused_while_one_waits():
    bench = Bench()
    bench.why = "busy"
    bench.care.take(restart(), AT)
    [done] = bench.care.take(restart("r-2"), AT)
    assert (done.to, done.ok) == ("r-2", False)


def test_a_log_is_collected_beside_the_loop_and_sent_when_that_looks_again(monkeypatch):
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    ring = LogRing()
    ring._lines.append("2026-11-22T02:00:00Z INFO edge: started")
    bench = Bench(ring)
    assert bench.care.take(SendLog(id="l-1", at=NOW), AT) == []
    until(lambda: bench.woken, "it is collected")
    [done] = bench.care.tick(AT)
    assert (done.to, done.ok, done.log) == ("l-1", True, "2026-11-22T02:00:00Z INFO edge: started")


def test_an_agent_without_a_log_says_so(monkeypatch):
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    bench = Bench()
    bench.care.take(SendLog(id="l-1", at=NOW), AT)
    until(lambda: bench.woken, "it is looked for")
    assert [done.ok for done in bench.care.tick(AT)] == [False]
