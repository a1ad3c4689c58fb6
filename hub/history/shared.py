"""One question for all who ask the same at the same time: a page on two hundred screens costs as much as on one."""

import asyncio

import msgspec

from hub.history.asking import Answer, Question
from hub.history.history import Asked, Behind

_key = msgspec.json.Encoder(order="sorted").encode


class Shared:
    """As `Asked`. Whoever comes while an answer is being made waits for the same one, also for what goes wrong."""

    def __init__(self, past: Asked) -> None:
        self._past = past
        self._asked: dict[bytes, asyncio.Task[Answer]] = {}

    async def ask(self, question: Question) -> Answer:
        key = _key(question)
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = asyncio.create_task(self._past.ask(question), name="figures asked")
            asked.add_done_callback(lambda task: self._answered(key, task))
        return await asyncio.shield(asked)  # who goes away takes nothing from the others

    async def behind(self, question: Question, figure: str, most: int = 200) -> tuple[Behind, ...]:
        return await self._past.behind(question, figure, most)

    def _answered(self, key: bytes, task: "asyncio.Task[Answer]") -> None:
        del self._asked[key]
        if not task.cancelled():
            task.exception()  # nobody may be left to hear of it
