"""Has on disk what the hub wants played: one thread fetches, checks, purges, and hands plays over."""

import errno
import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

import msgspec

from edge.runtime.device import Emit
from edge.runtime.download import Part
from edge.runtime.fetching import BusyError, GoneError
from edge.signage_player.plays import Plays
from edge.signage_player.programme import BatchTaken, BatchWaiting, Journal, Keep, Stored, Whole
from edge.signage_player.shelf import FullError, Shelf
from wire.base import Fact
from wire.messages import ContentItem, Emergency, Programme
from wire.programme import items

_BACKOFF_S = (2.0, 5.0, 10.0, 30.0, 60.0)
_LOOK_S = 20.0  # how often files that should be here are looked for

log = logging.getLogger(__name__)


class AnyFetcher(Protocol):
    def fetch(self, part: Part[ContentItem], go_on: Callable[[], bool]) -> None:
        """Raises FetchError, OSError."""


class _Suspect(msgspec.Struct, frozen=True):
    """mpv could not play it: is it still what it was?"""

    item: ContentItem


_Word: TypeAlias = Keep | Journal | BatchTaken | _Suspect | None


class Keeper:
    """`on_change()` is called on the keeper's thread when a file came or went. Playing waits for none of this.

    `spread_s`: how long, at the most, a first fetch waits, so that the screens of a hall do not all come at once.
    """

    def __init__(
        self,
        shelf: Shelf,
        plays: Plays,
        fetcher: AnyFetcher,
        on_change: Callable[[], None],
        spread_s: float = 0.0,
        backoff_s: tuple[float, ...] = _BACKOFF_S,
    ) -> None:
        self._shelf, self._plays, self._fetcher = shelf, plays, fetcher
        self._on_change, self._spread_s, self._backoff_s = on_change, spread_s, backoff_s
        self._words: queue.SimpleQueue[_Word] = queue.SimpleQueue()
        self._emit: Emit = lambda make: None
        self._stopping = False
        self._wish: Keep | None = None  # None: the hub has not said yet
        self._whole: Programme | None = None  # plays
        self._pointer: Programme | None = None  # is on disk as the one to play
        self._emergency: Emergency | None = None
        self._unchecked: list[ContentItem] = []
        self._failures = 0
        self._not_before = 0.0
        self._batch = ""
        self._lacks = 0
        self._faults: dict[str, str] = {}  # of fetching, by what they are about
        self._unplayable: dict[str, str] = {}  # by hash
        self.corrupt = 0  # files that were not what they should be, since the start
        self._thread = threading.Thread(target=self._run, name="content", daemon=True)

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def perform(self, effect: Keep | Journal | BatchTaken) -> None:
        self._words.put(effect)

    def suspect(self, item: ContentItem) -> None:
        """From any thread: it could not be played."""
        self._words.put(_Suspect(item))

    def stop(self) -> None:
        """What was played is on disk when it returns."""
        self._stopping = True
        self._words.put(None)
        if self._thread.ident is not None:
            self._thread.join(20)

    def health(self) -> dict[str, Fact]:
        """`content_lacks`: files that are not here yet; `content_fault`: what is wrong, and what to do."""
        found: dict[str, Fact] = {
            "content_lacks": self._lacks,
            "content_mb": self._shelf.megabytes(),
            "content_corrupt": self.corrupt,
            "plays_waiting": len(self._plays),
            "plays_lost": self._plays.lost,
        }
        faults = [*self._faults.values(), *self._unplayable.values()]
        return {**found, "content_fault": "; ".join(faults)} if faults else found

    # The keeper's thread.

    def _run(self) -> None:
        self._begin()
        while not self._stopping:
            try:
                self._hear(self._patience_s())
                if self._unchecked:
                    self._check(self._unchecked.pop(0))
                self._work()
            except Exception:
                log.exception("content")
                self._later()
        self._plays.close()

    def _begin(self) -> None:
        self._whole = self._pointer = self._shelf.programme()
        self._emergency = self._shelf.emergency()
        programme, emergency = self._whole, self._emergency
        self._emit(lambda at: Stored(at=at, programme=programme, emergency=emergency))
        self._unchecked = list(items(self._whole).values())

    def _patience_s(self) -> float:
        if self._unchecked:
            return 0.0
        wanted = self._wish.programme if self._wish else self._whole
        if not self._lacking() and wanted == self._whole == self._pointer:
            return min(_LOOK_S, self._plays.seal_s)
        return min(_LOOK_S, max(0.0, self._not_before - time.monotonic()))

    def _hear(self, patience_s: float = 0.0) -> None:
        """Take in all that was said, waiting for it if there is time; and hand over plays."""
        try:
            word = self._words.get(block=patience_s > 0, timeout=patience_s)
            while True:
                self._heard(word)
                word = self._words.get_nowait()
        except queue.Empty:
            pass
        self._plays.pass_time()
        self._hand_over()

    def _heard(self, word: _Word) -> None:
        match word:
            case Keep():
                self._wished(word)
            case Journal(play):
                self._plays.add(play)
            case BatchTaken(ident):
                self._plays.taken(ident)
                self._batch = ""
            case _Suspect(item):
                self._check(item, played=True)

    def _wished(self, wish: Keep) -> None:
        before, self._wish = self._wish, wish
        urgent = wish.emergency is not None and (before is None or wish.emergency != before.emergency)
        self._failures = 0
        self._unplayable.clear()
        self._not_before = 0.0 if urgent else time.monotonic() + random.uniform(0, self._spread_s)  # noqa: S311
        if wish.emergency != self._emergency:
            self._emergency = wish.emergency
            try:
                self._shelf.keep_emergency(wish.emergency)
            except OSError as error:
                self._fault("disk", f"the emergency is shown, but not kept for after a power cut: {error}")

    def _hand_over(self) -> None:
        """The oldest batch, one at a time."""
        batch = None if self._batch else self._plays.oldest()
        if batch is not None:
            self._batch = batch.id
            self._emit(lambda at: BatchWaiting(at=at, batch=batch))

    def _check(self, item: ContentItem, *, played: bool = False) -> None:
        """A file that is not what it should be goes, and is fetched again; one that is, cannot be played here."""
        if not self._shelf.has(item) or not self._shelf.check(item):
            self.corrupt += 1
            log.warning("%s (%s) is missing or damaged: it is fetched again", item.name, item.sha256[:12])
            self._not_before = 0.0
            self._on_change()
        elif played:
            self._unplayable[item.sha256] = f"{item.name}: this screen cannot play it; encode it as H.264 in MP4"

    def _work(self) -> None:
        """Fetch the next file that is not here; or, when all are, let the programme be played."""
        lacking = self._lacking()
        self._lacks = len(lacking)
        if not lacking:
            self._complete()
        elif time.monotonic() >= self._not_before:
            self._fetch(lacking)

    def _urgent(self) -> dict[str, ContentItem]:
        item = self._emergency.item if self._emergency else None
        return {item.sha256: item} if item else {}

    def _wanted(self) -> dict[str, ContentItem]:
        """What must not be purged: the emergency's, what plays now, what is to play."""
        return {**self._urgent(), **items(self._whole), **items(self._wish.programme if self._wish else None)}

    def _lacking(self) -> list[ContentItem]:
        """The emergency's first. What the hub does not want any more is not fetched again, though it plays still."""
        programme = self._wish.programme if self._wish else self._whole
        return [item for item in {**self._urgent(), **items(programme)}.values() if not self._shelf.has(item)]

    def _fetch(self, lacking: list[ContentItem]) -> None:
        """One after another; what the hub does not have must not keep the others from coming."""
        wish = self._wish
        for item in lacking:
            try:
                self._fetch_one(item)
            except GoneError as error:
                self._fault(item.sha256, str(error))
            except BusyError as error:
                return self._later(error.retry_s)
            except FullError as error:
                self._fault("room", str(error))
                return self._later()
            except OSError as error:
                return self._failed(error)
            if self._stopping or self._wish is not wish:
                return None
        return self._later() if self._lacking() else None  # those that the hub does not have

    def _fetch_one(self, item: ContentItem) -> None:
        part, wish = self._shelf.part(item), self._wish
        try:
            self._shelf.make_room(item.size - part.size, self._wanted())
            self._fetcher.fetch(part, lambda: self._may_go_on(wish))
            if part.size < item.size:
                return
            if not self._shelf.keep(part):
                self.corrupt += 1
                raise OSError(f"{item.name or item.sha256[:12]} came damaged: it is fetched again")
        finally:
            part.close()
        self._failures = 0
        for about in ("network", "disk", "room", item.sha256):
            self._faults.pop(about, None)
        self._on_change()

    def _may_go_on(self, wish: Keep | None) -> bool:
        """A new wish goes first: it may be an emergency's. What else is said meanwhile is taken in."""
        self._hear()
        return not self._stopping and self._wish is wish

    def _failed(self, error: OSError) -> None:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            purged = self._shelf.purge(self._wanted())
            self._fault("disk", "the disk is full: what is here goes on playing; free some space on the board")
            if purged:
                return
        else:
            self._fault("network", f"content cannot be fetched now: {error}")
        self._later()

    def _later(self, seconds: float | None = None) -> None:
        step = self._backoff_s[min(self._failures, len(self._backoff_s) - 1)] if seconds is None else seconds
        self._failures += 1
        self._not_before = time.monotonic() + step * random.uniform(1.0, 2.0)  # noqa: S311 - jitter, not a secret

    def _complete(self) -> None:
        """All of the wish is here: it plays, and the pointer to it is written last."""
        self._faults.clear()
        if self._wish is None:
            return
        programme = self._wish.programme
        if programme != self._whole:
            self._whole = programme
            self._emit(lambda at: Whole(at=at, programme=programme))
        if programme != self._pointer and time.monotonic() >= self._not_before:
            try:
                self._shelf.keep_programme(programme)
                self._pointer = programme
            except OSError as error:
                self._failed(error)  # it plays all the same; after a power cut the one before would

    def _fault(self, about: str, text: str) -> None:
        if self._faults.get(about) != text:
            log.warning("%s", text)
        self._faults[about] = text
