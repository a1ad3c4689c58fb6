"""What a person is told on their phone: reminders, a place that became free, three people before them."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from hub.people.outbox import Outbox
from hub.people.vault import Vault


class Notices:
    def __init__(self, vault: Vault, outbox: Outbox, now: Callable[[], datetime]) -> None:
        self._vault, self._outbox, self._now = vault, outbox, now

    async def tell(self, person: str, text: str, *, ident: str, expires_at: datetime) -> bool:
        """`person`: a pseudonym. Returns when it is on the disk; it goes out soon, or after `expires_at` never.

        Once for each `ident` (up to 200 characters, nothing of the person in it), however often it is called and by how
        many processes. False: nobody there, no phone, or told before.
        """
        if await asyncio.to_thread(self._put, person, text, ident, expires_at):
            self._outbox.wake()
            return True
        return False

    def _put(self, person: str, text: str, ident: str, expires_at: datetime) -> bool:
        phone = self._vault.phone(person)
        if phone is None:
            return False
        return self._outbox.put(phone, text, ident=ident, expires_at=expires_at, now=self._now(), person=person)
