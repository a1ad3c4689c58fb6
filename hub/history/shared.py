"""One answer for all who ask the same: a page on two hundred screens costs as much as on one."""

import asyncio
from collections import OrderedDict

import msgspec

from hub.history.asking import Answer, Question
from hub.history.history import Asked, Behind

FRESH_S = 2.0
_KEPT = 512

_key = msgspec.json.Encoder(order="sorted").encode


class Shared:
    """As `Asked`. An answer serves for `fresh_s` seconds, and whoever comes while it is being made waits for the same
    one. What goes wrong is told to all who waited, and asked anew by the next."""

    def __init__(self, past: Asked, fresh_s: float = FRESH_S) -> None:
        self._past, self._fresh_s = past, fresh_s
        self._answers: OrderedDict[bytes, tuple[float, asyncio.Future[Answer]]] = OrderedDict()

    async def ask(self, question: Question) -> Answer:
        loop, key = asyncio.get_running_loop(), _key(question)
        at, answer = self._answers.get(key, (float("-inf"), None))
        if answer is None or (answer.done() and (loop.time() - at >= self._fresh_s or _failed(answer))):
            answer = asyncio.ensure_future(self._past.ask(question))
            answer.add_done_callback(_seen)
            self._answers[key] = loop.time(), answer
            self._answers.move_to_end(key)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return await asyncio.shield(answer)  # who goes away takes nothing from the others

    async def behind(self, question: Question, figure: str, most: int = 200) -> tuple[Behind, ...]:
        return await self._past.behind(question, figure, most)


def _failed(answer: "asyncio.Future[Answer]") -> bool:
    return answer.cancelled() or answer.exception() is not None


def _seen(answer: "asyncio.Future[Answer]") -> None:
    """Nobody may be left to hear of an exception."""
    if not answer.cancelled():
        answer.exception()
