"""Proof of play until the hub has it: batches in a journal on disk, bounded; the oldest go first."""

import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from edge.runtime.disk import Disk
from edge.runtime.outbox import Entry, Outbox
from wire import codec
from wire.messages import Play, Played

BATCH, BATCHES_MAX = 50, 400  # 20,000 plays: two and a half days of a picture every 12 seconds

log = logging.getLogger(__name__)


class Plays:
    """Belongs to one thread. `lost`: plays for which there was no room, since the start.

    `seal_s`: how long plays wait in memory, so that the card is not written for each.
    """

    def __init__(
        self,
        path: Path,
        seal_s: float = 60.0,
        disk: Disk | None = None,
        clock: Callable[[], float] = time.monotonic,
        batches_max: int = BATCHES_MAX,
    ) -> None:
        self._outbox, self._clock, self._max, self.seal_s = Outbox(path, disk), clock, batches_max, seal_s
        self._boot, self._count = secrets.token_hex(4), 0
        self._open: list[Play] = []
        self._opened_at = 0.0
        self._untold = 0  # lost, and not yet said in a batch
        self.lost = 0

    def __len__(self) -> int:
        """Batches that the hub has not taken."""
        return len(self._outbox)

    def add(self, play: Play) -> None:
        if not self._open:
            self._opened_at = self._clock()
        self._open.append(play)
        if len(self._open) >= BATCH:
            self.seal()

    def pass_time(self) -> None:
        if self._open and self._clock() - self._opened_at >= self.seal_s:
            self.seal()

    def seal(self) -> None:
        """What was added is on disk when this returns, or, where the disk takes nothing, waits for the next time."""
        if not self._open:
            return
        while len(self._outbox) >= self._max:
            self._drop_oldest()
        self._count += 1
        batch = Played(id=f"{self._boot}-p{self._count}", plays=tuple(self._open), lost=self._untold)
        try:
            self._outbox.add(Entry(batch.id, codec.kind_of(batch), codec.encode(batch)))
        except OSError:
            self._opened_at = self._clock()
            self._forget(max(0, len(self._open) - BATCH * 2), self._open)
            return
        self._open, self._untold = [], 0

    def oldest(self) -> Played | None:
        for entry in self._outbox.pending():
            batch = _batch(entry)
            if batch is not None:
                return batch
            self._outbox.done(entry.id)
        return None

    def taken(self, ident: str) -> None:
        """The hub has that batch."""
        self._outbox.done(ident)

    def close(self) -> None:
        self.seal()
        self._outbox.close()

    def _drop_oldest(self) -> None:
        entry = self._outbox.pending()[0]
        batch = _batch(entry)
        self._outbox.done(entry.id)
        self._lose(len(batch.plays) if batch else 0)

    def _forget(self, many: int, plays: list[Play]) -> None:
        del plays[:many]
        self._lose(many)

    def _lose(self, many: int) -> None:
        self.lost += many
        self._untold += many


def _batch(entry: Entry) -> Played | None:
    try:
        found = codec.decode_up(entry.kind, entry.body)
    except (codec.BadMessageError, msgspec.MsgspecError):
        return None
    return found if isinstance(found, Played) else None
