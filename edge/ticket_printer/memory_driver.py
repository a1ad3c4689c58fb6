"""The part "memory": the own series on disk. A thread of its own, because a disk may take its time."""

import logging
import queue
import threading
from pathlib import Path

from edge.runtime.device import Effect, Emit
from edge.ticket_printer.events import Memory, Remember, Remembered, Restored
from edge.ticket_printer.memory_file import MemoryFile, MemoryFileError
from wire.base import Fact

log = logging.getLogger(__name__)


class MemoryDriver:
    def __init__(self, state_dir: str) -> None:
        self._file = MemoryFile(Path(state_dir))
        self._jobs: queue.SimpleQueue[Memory | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="saves the own series", daemon=True)
        self._emit: Emit = lambda _: None
        self._error = ""

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._restore()
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, Remember):
            self._jobs.put(effect.memory)

    def health(self) -> dict[str, Fact]:
        return {"memory_error": self._error} if self._error else {}

    def stop(self) -> None:
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(5)

    def _restore(self) -> None:
        """A damaged file gives no Restored: better no own numbers than one of them twice."""
        try:
            memory = self._file.load()
        except MemoryFileError as error:
            self._failed(error)
            return
        self._emit(lambda at: Restored(at=at, memory=memory))

    def _run(self) -> None:
        while (memory := self._jobs.get()) is not None:
            self._save(memory)

    def _save(self, memory: Memory) -> None:
        reason = ""
        try:
            self._file.save(memory)
            self._error = ""
        except MemoryFileError as error:
            self._failed(error)
            reason = str(error)
        self._emit(lambda at: Remembered(at=at, memory=memory, ok=not reason, reason=reason))

    def _failed(self, error: MemoryFileError) -> None:
        self._error = str(error)
        log.error("%s", error)
