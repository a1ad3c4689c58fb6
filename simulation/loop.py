"""An event loop whose time is virtual and whose processes can be killed or frozen between any two of their steps.

No selector and no threads: what is due next happens next, in one order that depends on nothing but the seed.
"""

import asyncio
import contextlib
import contextvars
import heapq
import itertools
from collections.abc import Callable, Coroutine
from typing import Any, cast

_BUSY_S = 0.002
_process: "contextvars.ContextVar[Process | None]" = contextvars.ContextVar("process", default=None)


def running_process() -> "Process | None":
    """Whose step this is."""
    return _process.get()


class KilledError(BaseException):
    """Raised inside a process that was killed in the middle of blocking work: the work has no result any more."""


class BusyError(BaseException):
    """Raised by blocking work that would wait for another process: it is tried again a little later."""


class Process:
    """Something that fails as a whole. What it had planned when it is killed never happens."""

    def __init__(self, name: str, loop: "VirtualLoop") -> None:
        self.name, self._loop = name, loop
        self.alive = True
        self.frozen_until = 0.0
        self.busy_until: dict[int, float] = {}  # executor → when its thread is free again
        self.work_s: Callable[[], float] = lambda: 0.0005  # how long blocking work takes
        self.context = contextvars.copy_context()
        self.context.run(_process.set, self)

    def kill(self) -> None:
        self.alive = False

    def freeze(self, seconds: float) -> None:
        """As a machine that is suspended, or swaps: everything of it waits."""
        self.frozen_until = self._loop.time() + seconds

    def later(self, delay_s: float, callback: Callable[..., object], *arguments: Any) -> asyncio.TimerHandle:
        return self._loop.call_later(delay_s, callback, *arguments, context=self.context)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        return self._loop.create_task(work, context=self.context)


class VirtualLoop(asyncio.AbstractEventLoop):
    """What asyncio itself needs of a loop, and no more. `time()`: seconds since the world began.

    `fault`: the first error that nobody took, or None.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._count = itertools.count()
        self._due: list[tuple[float, int, asyncio.TimerHandle, Process | None]] = []
        self.fault: BaseException | None = None
        self._graves: list[asyncio.Task[Any]] = []  # tasks of the dead: collected late, so that they stay silent

    # What a simulation drives.

    def run(self, until: float, after: Callable[[], None], wanted: Callable[[], bool] | None = None) -> None:
        """Everything that is due by `until`, calling `after` each step; ends early when `wanted()` is true."""
        asyncio._set_running_loop(self)
        try:
            while self._due and self._due[0][0] <= until and not (wanted and wanted()):
                self._step()
                after()
                if self.fault is not None:
                    raise self.fault
            if not (wanted and wanted()):
                self._now = max(self._now, until)
        finally:
            asyncio._set_running_loop(None)

    def _step(self) -> None:
        when, number, handle, process = heapq.heappop(self._due)
        if handle.cancelled() or (process is not None and not process.alive):
            return
        self._now = max(self._now, when)
        if process is not None and process.frozen_until > self._now:
            heapq.heappush(self._due, (process.frozen_until, number, handle, process))
            return
        handle._run()

    def close(self) -> None:
        """Let go of what the dead were about to do."""
        for task in self._graves:
            if not task.done():
                with contextlib.suppress(BaseException):
                    cast(Any, task.get_coro()).close()
        self._due.clear()

    # What asyncio asks of a loop.

    def time(self) -> float:
        return self._now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now, callback, *args, context=context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + max(0.0, delay), callback, *args, context=context)

    def outside(self, delay_s: float, callback: Callable[..., object], *arguments: Any) -> asyncio.TimerHandle:
        """Of no process, whoever is asking: it happens even if that one dies meanwhile."""
        return self.call_later(delay_s, callback, *arguments, context=contextvars.Context())

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        context = contextvars.copy_context() if context is None else context  # an empty one is false
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._due, (when, next(self._count), handle, context.get(_process)))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It stays in the heap until it is due."""

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Any, *, name: str | None = None, context: contextvars.Context | None = None
    ) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name or "task", context=context)
        cast(Any, task)._log_destroy_pending = False
        self._graves.append(task)
        if len(self._graves) > 5000:
            self._graves = [one for one in self._graves if not one.done()]
        return task

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """As a thread would do it: one after another, a little later; and not at all once the process is dead."""
        answer, process = self.create_future(), _process.get()
        delay_s, key = (process.work_s() if process else 0.0), id(executor)
        begins = max(self._now, process.busy_until.get(key, 0.0)) if process else self._now
        if process:
            process.busy_until[key] = begins + delay_s
        self.call_at(begins + delay_s, self._work, answer, func, args)
        return answer

    def _work(self, answer: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            result = func(*args)
        except KilledError:
            return
        except BusyError:
            self.call_later(_BUSY_S, self._work, answer, func, args)
        except Exception as error:
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(result)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        process = _process.get()
        if process is None or process.alive:
            error = context.get("exception")
            self.fault = self.fault or error or RuntimeError(str(context.get("message")))
