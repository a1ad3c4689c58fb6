"""The streams: whole snapshots, only when changed, resumable, with a beat; nothing is left when a reader goes."""

import asyncio
import socket
from datetime import UTC, datetime

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from hub.domain import commands as c
from hub.web.daybook import DayBook
from hub.web.live import Live
from tests.hub.web.test_web_pages import events
from tests.support.hub import open_desk, run
from tests.support.live import until


class Stub:
    """A page that shows one number."""

    def __init__(self) -> None:
        self.value = 0
        self.may_go_on = True


class NoDesk:
    """A hall in which nothing happens: what moves comes from the poll."""

    position = 0

    def halls(self):
        return []

    async def since(self, position):
        await asyncio.Event().wait()


def stream_app(page, live, gap_s=0.0):
    async def show(request):
        async def snapshot():
            return {"value": page.value}

        async def still(request):
            return page.may_go_on

        return await live.stream(request, snapshot, gap_s=gap_s, poll_s=0.05, still=still)

    return Starlette(routes=[Route("/live", show)])


def make_live(loop, beat_s):
    async def make():
        return Live(DayBook(NoDesk()), lambda: datetime.now(UTC), beat_s)

    return loop.run(make())


def test_a_stream_begins_with_a_beat_and_the_whole_and_says_nothing_twice(loop, serve):
    page, live = Stub(), make_live(loop, 0.3)
    served = serve(stream_app(page, live))
    with httpx.Client(base_url=served.url, timeout=20) as client:
        seen = events(client, "/live", 4)
    assert [event for event, _, _ in seen] == ["beat", "show", "beat", "beat"]
    assert seen[1][2] == {"value": 0}
    assert set(seen[0][2]) == {"now", "build"}


def test_a_reader_that_comes_back_is_sent_only_what_it_does_not_have(loop, serve):
    page, live = Stub(), make_live(loop, 0.3)
    served = serve(stream_app(page, live))
    with httpx.Client(base_url=served.url, timeout=20) as client:
        ident = events(client, "/live", 2)[1][1]
        assert [event for event, _, _ in events(client, "/live", 2, {"last-event-id": ident})] == ["beat", "beat"]
        page.value = 1
        again = events(client, "/live", 2, {"last-event-id": ident})
    assert again[1][0] == "show"
    assert again[1][2] == {"value": 1}


def test_a_stream_ends_when_its_reader_goes_away(loop, serve):
    page, live = Stub(), make_live(loop, 15)
    served = serve(stream_app(page, live))
    with httpx.Client(base_url=served.url, timeout=20) as client:
        events(client, "/live", 2)
        assert live.open <= 1
    until(lambda: live.open == 0, "the stream is closed")


def test_a_stream_ends_when_its_reader_may_not_go_on(loop, serve):
    page, live = Stub(), make_live(loop, 0.1)
    served = serve(stream_app(page, live))
    with httpx.Client(base_url=served.url, timeout=20) as client, client.stream("GET", "/live") as answer:
        lines = answer.iter_lines()
        next(lines)
        page.may_go_on = False
        for _ in lines:
            pass
    assert live.open == 0


def test_a_reader_that_does_not_read_is_sent_the_newest_later_and_no_backlog(loop, serve):
    """What waits for it is what fits the sockets: the snapshots between are never made."""

    class Big(Stub):
        made = 0

    page, live = Big(), make_live(loop, 15)

    async def show(request):
        async def snapshot():
            page.made += 1
            return {"value": page.made, "filler": "x" * 200_000}

        return await live.stream(request, snapshot, gap_s=0.0, poll_s=0.001)

    served = serve(Starlette(routes=[Route("/live", show)]))
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as lazy:
        lazy.sendall(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: page.made >= 5, "the stream runs")
        made = [-1, page.made]

        def stalled():
            made.append(page.made)
            loop.run(asyncio.sleep(0.3))
            return page.made == made[-1]

        until(stalled, "the stream waits for its reader")
        assert page.made < 200
    until(lambda: live.open == 0, "the stream is closed")


def test_open_streams_do_not_keep_the_hub_from_shutting_down(pages):
    with pages.visitor() as reader, reader.stream("GET", "/board/small/lobby/live") as answer:
        next(answer.iter_lines())
        pages.served.stop()  # fails when the server has not ended within its time


def test_the_day_book_knows_what_happened_before_it_opened_and_after(tmp_path):
    async def story():
        async with open_desk(tmp_path) as desk:

            async def do(ident, kind, **fields):
                return await desk.handle("small", kind(id=ident, at=desk.now(), by="test", **fields))

            await do("1", c.SignOn, counter="1", clerk="1001")
            await do("2", c.TakeTicket, service="A")
            book = DayBook(desk)
            await book.open()
            assert [event.command for event in book.book("small").recent] == ["1", "2"]
            count = book.count
            await do("3", c.CallNext, counter="1")
            assert await book.moved(count, 10) > count
            assert len(book.book("small").ticket("A001")) == 3
            await do("4", c.End, counter="1")
            while book.book("small").tally("1").served == 0:
                await book.moved(book.count, 1)
            tally = book.book("small").tally("1")
            assert (tally.served, tally.average_s) == (1, None)  # nobody pressed "serve": no time was measured

    run(story())


def test_the_day_book_begins_anew_with_the_day(tmp_path):
    at = [datetime(2026, 1, 4, 15, 0, tzinfo=UTC)]

    async def story():
        async with open_desk(tmp_path, now=lambda: at[0]) as desk:
            book = DayBook(desk)
            await book.open()
            await desk.handle("small", c.TakeTicket(id="a", at=at[0], by="test", service="A"))
            at[0] = datetime(2026, 1, 4, 16, 30, tzinfo=UTC)  # past midnight in Beijing
            assert await desk.turn_day("small")
            assert book.book("small").day == "2026-01-05"
            assert not book.book("small").recent
            await desk.handle("small", c.TakeTicket(id="b", at=at[0], by="test", service="A"))
            while not book.book("small").recent:
                await book.moved(book.count, 1)
            assert [event.command for event in book.book("small").recent] == ["b"]

    run(story())
