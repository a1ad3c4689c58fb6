"""The past, as it is asked: figures, and the rows behind a figure."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from halls.format import Hall
from hub.history import counting
from hub.history.asking import Answer, NotReadyError, Question
from hub.history.files import Files
from hub.history.makers import Makers
from hub.history.reading import Reading
from hub.history.relations import Notable, Relation, Unread
from hub.storage.database import Where
from hub.storage.event_log import EventLog

_NEAR = 5000  # events that an answer waits for; about a day's, when nobody asked
_FRESH_S, _OLD_S = 2.0, 20.0  # an answer that is older is made fresh meanwhile; one that is old waits for it
_SHARE = 0.1  # of the time may go into keeping fresh
_BETWEEN_S, _LOOK_S = 0.02, 20.0  # the first: while catching up, so that a press need not wait long
_ANSWERS_KEPT = 500

_T = TypeVar("_T")
_key = msgspec.json.Encoder(order="sorted").encode

log = logging.getLogger(__name__)


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """A row that a figure was counted from. `about`: columns of its relation (hub/history/relations.py) as they are."""

    day: str
    number: str  # empty: a stretch of a counter's time, or an appointment
    about: dict[str, object]


class Asked(Protocol):
    """What pages and exports ask. Any coroutine may; an answer is at the most a few seconds behind the queue."""

    async def ask(self, question: Question) -> Answer:
        """Raises UnknownFigureError, NotReadyError, LogError."""

    async def behind(self, question: Question, figure: str, most: int = 200) -> tuple[Behind, ...]:
        """The rows that the figure is taken from, by time; narrowed as the question is (`by` does not matter)."""

    async def notable(self, hall: str, first: str, last: str) -> list[Notable]:
        """What people did that explains figures of those days, by day. Raises NotReadyError, LogError."""

    def unread(self, hall: str = "") -> list[Unread]:
        """Events that are in no figure, of all days; without a hall, of all halls."""


class History:
    """`run()` keeps it up to date while nobody asks. `fresh_s`: so often is it brought up to date while somebody asks;
    0: for each question, which waits for it."""

    def __init__(self, reading: Reading, files: Files, fresh_s: float = _FRESH_S) -> None:
        self._reading, self._files, self._fresh_s = reading, files, fresh_s
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._counters = ThreadPoolExecutor(2, thread_name_prefix="figures")
        self._turn = asyncio.Lock()
        self._looked, self._took = float("-inf"), 0.0
        self._freshening: asyncio.Task[None] | None = None
        self._answers: dict[bytes, Answer] = {}
        self._asked: dict[bytes, asyncio.Task[Answer]] = {}

    async def close(self) -> None:
        """What is being done is finished first."""
        if self._freshening is not None:
            self._freshening.cancel()
        for pool in (self._reader, self._counters):
            await asyncio.to_thread(pool.shutdown)
        await asyncio.to_thread(self._reading.close)
        self._files.close()

    async def run(self) -> None:
        """For ever. What a question cannot wait for is read here, a little at a time."""
        while True:
            more = False
            try:
                async with self._turn:
                    more = await self._in(self._reader, self._reading.step)
                    if not more:
                        self._outdated(await self._in(self._reader, self._reading.flush))
                if not more:
                    more = await self._in(self._reader, self._reading.tidy)
            except Exception:
                log.exception("figures of the past cannot be brought up to date now; trying again")
            await asyncio.sleep(_BETWEEN_S if more else _LOOK_S)

    async def ask(self, question: Question) -> Answer:
        """Whoever asks while the same is being answered waits for that answer, also for what goes wrong: a page on two
        hundred screens costs as much as on one."""
        counting.figures(question.figures)
        key = _key(question)
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = asyncio.create_task(self._answered(key, question), name="figures asked")
            asked.add_done_callback(lambda task: self._told(key, task))
        return await asyncio.shield(asked)  # who goes away takes nothing from the others

    async def _answered(self, key: bytes, question: Question) -> Answer:
        await self._fresh()
        known = self._answers.get(key)
        if known is None:
            known = await self._in(self._counters, self._answer, question)
            if len(self._answers) >= _ANSWERS_KEPT:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = known
        return known

    def _told(self, key: bytes, task: "asyncio.Task[Answer]") -> None:
        del self._asked[key]
        if not task.cancelled():
            task.exception()  # nobody may be left to hear of it

    async def behind(self, question: Question, figure: str, most: int = 200) -> tuple[Behind, ...]:
        await self._fresh()
        rows = await self._in(
            self._counters, counting.behind, question, figure, most, self._files.query, self._paths(question)
        )
        return tuple(Behind(day=row["day"], number=row.get("number", ""), about=row) for row in rows)

    async def notable(self, hall: str, first: str, last: str) -> list[Notable]:
        await self._fresh()
        return self._files.notable(hall, first, last)

    def unread(self, hall: str = "") -> list[Unread]:
        return self._files.unread(hall)

    async def _fresh(self) -> None:
        """As new as is promised. Raises NotReadyError where that would take long."""
        age = asyncio.get_running_loop().time() - self._looked
        if self._fresh_s == 0 or age > _OLD_S:
            await self._look()
        elif age > max(self._fresh_s, self._took / _SHARE) and (self._freshening is None or self._freshening.done()):
            self._freshening = asyncio.create_task(self._look_again(), name="fresh figures")

    async def _look_again(self) -> None:
        try:
            await self._look()
        except NotReadyError:
            pass
        except Exception:
            log.exception("figures cannot be made fresh now; trying again")

    async def _look(self) -> None:
        clock = asyncio.get_running_loop().time
        begun = clock()
        async with self._turn:
            if self._looked >= begun:  # somebody else's look, which began after this question
                return
            done, total = await self._in(self._reader, self._reading.behind)
            if total - done > _NEAR or await self._in(self._reader, lambda: self._reading.is_making):
                raise NotReadyError(done, total)
            started = clock()
            while await self._in(self._reader, self._reading.step):
                pass
            self._outdated(await self._in(self._reader, self._reading.flush))
            self._looked, self._took = started, clock() - started

    def _outdated(self, changed: set[tuple[str, str]]) -> None:
        """Answers of those days are none any more."""
        for key, answer in list(self._answers.items()):
            asked = answer.question
            if any(hall == asked.hall and asked.first <= day <= asked.last for hall, day in changed):
                del self._answers[key]

    def _answer(self, question: Question) -> Answer:
        told = counting.answer(question, self._files.query, self._paths(question))
        unread = len(self._files.unread(question.hall, question.first, question.last))
        return msgspec.structs.replace(told, unread=unread)

    def _paths(self, question: Question) -> Callable[[Relation], list[str]]:
        return lambda relation: self._files.paths(question.hall, relation, question.first, question.last)

    async def _in(self, where: ThreadPoolExecutor, work: Callable[..., _T], *values: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(where, work, *values)


def history_of(
    halls: Iterable[Hall],
    events: EventLog,
    folder: Path,
    now: Callable[[], datetime],
    fresh_s: float = _FRESH_S,
    database: Where | None = None,
) -> History:
    """`events` is this one's alone, and stays open until it is closed. `database`: where processes beside this one read
    it, when much is to be made; without, that is done in this one."""
    files, halls = Files(folder), tuple(halls)
    makers = None if database is None else Makers(database, folder, halls)
    return History(Reading(halls, events, files, now, makers), files, fresh_s)
