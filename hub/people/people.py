"""All that a hub has of people, put together from its database and the vault's key."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from hub.people.codes import OneTimeCodes
from hub.people.effort import Effort
from hub.people.messages import Messenger
from hub.people.notices import Notices
from hub.people.outbox import Outbox
from hub.people.sealing import Keys
from hub.people.vault import Vault
from hub.people.visits import Visits
from hub.pseudonyms import Pseudonyms
from hub.storage.efforts import Efforts
from hub.storage.messages import Messages
from hub.storage.one_time import OneTime
from hub.storage.person_records import PersonRecords
from hub.storage.visits import VisitRows

KEPT_DAYS = 180
_ROUND_S = 600.0

log = logging.getLogger(__name__)


class OtherKeyError(ValueError):
    """The vault was sealed under another key than this one."""


class People:
    """`key`: of the vault, 32 bytes. `words(code, minutes, language)`: the text of a one-time code. `kept_days`: after
    the last that is known of somebody they are erased. Raises OtherKeyError."""

    def __init__(
        self,
        engine: Engine,
        pseudonyms: Pseudonyms,
        key: bytes,
        messenger: Messenger,
        now: Callable[[], datetime],
        words: Callable[[str, int, str], str],
        kept_days: int = KEPT_DAYS,
    ) -> None:
        keys, self._records = Keys(key), PersonRecords(engine)
        if not self._records.check(keys.look_up("vault", "check")):
            raise OtherKeyError("people's data in the database were sealed with another key")
        self._now, self._kept = now, timedelta(days=kept_days)
        self.messenger = messenger
        self.vault = Vault(self._records, pseudonyms, keys, messenger.forget)
        self.outbox = Outbox(Messages(engine), keys, messenger, now)
        self.notices = Notices(self.vault, self.outbox, now)
        self.codes = OneTimeCodes(OneTime(engine), keys, self.outbox, words)
        self.visits = Visits(VisitRows(engine), keys, self.vault)
        self.effort = Effort(Efforts(engine), keys)

    async def run(self) -> None:
        """What is due by itself: who is long gone is forgotten, and all that is over."""
        while True:
            try:
                await asyncio.to_thread(self.keep)
            except Exception:
                log.exception("people's data could not be looked through; trying again")
            await asyncio.sleep(_ROUND_S)

    def keep(self) -> int:
        """One round; how many people were erased."""
        now = self._now()
        erased = self.vault.expire(now - self._kept, now)
        if erased:
            log.info("%d people of whom nothing is known for %d days were erased", erased, self._kept.days)
        for part in (self.codes, self.visits, self.outbox, self.effort):
            part.sweep(now)
        if not self._records.scrub():
            log.info("readers hold up the cleaning of the database's files; it comes with the next round")
        return erased
