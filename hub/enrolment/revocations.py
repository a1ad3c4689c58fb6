"""Has the broker know who is revoked: rules, then list, then the word that it must start anew to see them.

Every hub process does this for the directory it has. What the database says is the truth; what lies in the directory is
brought to it, and a process that was not there when somebody was revoked brings it there at its start.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from hub.enrolment.authority import Authority
from hub.enrolment.broker import ACL, deny, order_restart, told, write_crl
from hub.enrolment.files import SHARED, alone, keep
from hub.storage.registry import Registry

_LOOK_S, _GATHER_S = 2.0, 1.0  # a batch of revocations costs one restart
_DAY = timedelta(days=1)
_COUNT_EVERY = timedelta(hours=1)

log = logging.getLogger(__name__)


class Revocations:
    """`count(door, code)` is told when the list could not be written: one that expired would lock everybody out."""

    def __init__(
        self,
        registry: Registry,
        authority: Authority,
        directory: Path,
        now: Callable[[], datetime],
        count: Callable[[str, str], None],
    ) -> None:
        self._registry, self._authority, self._directory = registry, authority, directory
        self._now, self._count = now, count
        self._written_at: datetime | None = None
        self._counted_at: datetime | None = None
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Somebody was revoked. In the event loop."""
        self._woken.set()

    async def run(self) -> None:
        while True:
            await asyncio.to_thread(self.publish)
            try:
                await asyncio.wait_for(self._woken.wait(), _LOOK_S)
                await asyncio.sleep(_GATHER_S)
            except TimeoutError:
                pass
            self._woken.clear()

    def publish(self) -> bool:
        """Bring the directory to what the database says, and renew the list every day. False when it failed."""
        now = self._now()
        try:
            self._publish(now)
        except Exception:
            if self._counted_at is None or now - self._counted_at >= _COUNT_EVERY:
                log.exception("the list of revoked certificates cannot be written to %s", self._directory)
                self._count("hub", "crl-not-written")
                self._counted_at = now
            return False
        self._counted_at = None
        return True

    def _publish(self, now: datetime) -> None:
        with alone(self._directory):
            self._bring(now)

    def _bring(self, now: datetime) -> None:
        revoked = self._registry.revoked_serials(now)
        if not self._written_at or now - self._written_at >= _DAY or set(revoked) - set(told(self._directory)):
            acl = self._directory / ACL
            keep(acl, deny(acl.read_text("utf-8"), self._registry.revoked_devices(now)).encode(), SHARED)
            write_crl(self._directory, self._authority, [*revoked, *self._registry.superseded_serials(now)])
            self._written_at = now
        order_restart(self._directory, revoked)
