"""What the hub keeps of devices beside their views: settings, releases. Each is a `Keeper`, given to the gateway."""

from typing import Protocol

from hub.roster import Seat
from wire.base import View
from wire.messages import UpMessage


class Keeper(Protocol):
    """`kind`: of the retained down topic that it fills, "" for none. `takes`: the up messages that are for it."""

    kind: str
    takes: tuple[type, ...]

    async def load(self) -> bool:
        """Read anew from the database what `desired` answers from; at the start, every ten seconds, and when told so.
        True when something has changed."""

    def desired(self, seat: Seat) -> View | None:
        """What the device there should be; epoch and version are the gateway's to give. None: nothing is retained."""

    async def take(self, seat: Seat, device: str, message: UpMessage) -> str:
        """A message of one of the kinds in `takes`. Returns "" to have it answered with ok, or the code of a refusal;
        what it raises is logged, and the message not answered: if it is journaled, it comes again."""
