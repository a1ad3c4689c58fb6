"""What devices and boards are shown: published whenever it differs from what the broker retains."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec.structs import replace

from hub.desk import Desk
from hub.domain import projection
from hub.mqtt import views
from hub.mqtt.keeping import Keeper
from hub.mqtt.retained import Retained
from hub.mqtt.session import Session
from hub.roster import Roster, Seat
from hub.screens.screens import Screens
from wire import codec, topics
from wire.base import View

_MACHINES_S = 2.0  # how often ticket machines are: how long people wait takes milliseconds to work out
_URGENT = ("led_window", "caller", "evaluator")  # whatever else is at a counter comes after them

log = logging.getLogger(__name__)


class Showing:
    """Publishes over `session`, and notes it in `retained`. `screens`: what these play; `keepers`: of settings,
    releases, whatever else devices are told to be."""

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        session: Session,
        retained: Retained,
        screens: Screens | None,
        keepers: Sequence[Keeper],
    ) -> None:
        self._desk, self._roster, self._session, self._retained = desk, roster, session, retained
        self._screens, self._keepers = screens, keepers
        self._machines_at: dict[str, float] = {}  # hall → when its machines' views were looked at

    async def load_screens(self, halls: Iterable[str]) -> None:
        """What they play, as the database says."""
        if self._screens is not None:
            for hall in halls:
                await asyncio.to_thread(self._screens.load, hall, self._desk.now())

    async def show_screens(self, halls: Iterable[str]) -> None:
        """At once, for it may be an emergency; whichever process it came to, for only the log says that it did."""
        await self.load_screens(halls)
        for hall in halls:
            for seat in self._roster.seats(hall):
                if seat.position.device_class == "signage_player":
                    self._show_seat(seat, urgent=True)

    def show_counters(self, hall: str, counters: Iterable[str]) -> None:
        """At once: whatever is at these counters, and the boards of their areas."""
        concerned = set(counters)
        if not concerned:
            return
        seats = [seat for counter in sorted(concerned) for seat in self._roster.at_counter(hall, counter)]
        for urgency, some in groupby(sorted(seats, key=_urgency), key=_urgency):
            for seat in some:
                self._show_at_counter(seat)
            if not urgency:
                self._session.flush()  # the windows: people look at them, and all else takes a while to make
        areas = {c.area for c in self._desk.today(hall).hall.counter if c.id in concerned}
        self._show_boards(hall, areas, urgent=True)

    def _show_at_counter(self, seat: Seat) -> None:
        """A handheld has its repeaters show it."""
        if seat.position.wireless is None:
            self._show_seat(seat, urgent=True)
            return
        for repeater in seat.position.wireless.repeaters:
            self._show_seat(self._roster.at(seat.hall, repeater), urgent=True)

    async def show_all(self, hall: str) -> bool:
        """False when something is left to do. A press does not wait until all of it is looked at."""
        machines = self._machines_due(hall)
        done = [machines]
        for seat in self._roster.seats(hall):
            if machines or seat.position.device_class != "ticket_printer":
                done.append(self._show_seat(seat))
                await asyncio.sleep(0)
        done.append(self._show_boards(hall, None))
        return all(done)

    def _machines_due(self, hall: str) -> bool:
        now = asyncio.get_running_loop().time()
        due = now - self._machines_at.get(hall, float("-inf")) >= _MACHINES_S
        if due:
            self._machines_at[hall] = now
        return due

    def _show_seat(self, seat: Seat | None, *, urgent: bool = False) -> bool:
        if seat is None or not seat.device or seat.position.wireless:
            return True
        try:
            view = views.view(self._desk.today(seat.hall), self._roster, seat, self._desk.now(), self._screens)
        except Exception:  # a fault of ours: the others' views must not wait for it
            log.exception("the view of %s cannot be made", seat.position.id)
            return True
        shown = view is None or self._show(topics.down(seat.device, "view"), view, urgent=urgent)
        return shown if urgent else self._show_kept(seat) and shown

    def _show_kept(self, seat: Seat) -> bool:
        wanted = [(keeper.kind, keeper.desired(seat)) for keeper in self._keepers if keeper.kind]
        done = [self._keep(topics.down(seat.device, kind), view) for kind, view in wanted if view is not None]
        return all(done)

    def _keep(self, topic: str, view: View) -> bool:
        """As `_show`, for what is not in the log: never with an older version than what the device has seen."""
        if not self._retained.differs(topic, view):
            return True
        if self._retained.is_tended(topic):
            return False
        return self._publish(topic, view, max((self._desk.epoch, self._desk.position), self._retained.version(topic)))

    def _show_boards(self, hall: str, areas: set[str] | None, *, urgent: bool = False) -> bool:
        state = self._desk.today(hall)
        whole = True
        for area in state.hall.area:
            if areas is None or area.id in areas:
                board = projection.board(state, area, epoch=0, version=0)
                whole = self._show(topics.board(hall, area.id), board, urgent=urgent) and whole
        return whole

    def _show(self, topic: str, view: View, *, urgent: bool = False) -> bool:
        """Publish what changed, with the log's position as its version. False: not done yet, look again."""
        epoch, position = self._desk.epoch, self._desk.position
        if not self._retained.lacks(topic, view, (epoch, position)):
            return True
        if not urgent and self._retained.is_tended(topic):
            return False
        return self._publish(topic, view, (epoch, position))

    def _publish(self, topic: str, view: View, version: tuple[int, int]) -> bool:
        stamped = replace(view, epoch=version[0], version=version[1])
        if not self._session.publish(topic, codec.encode(stamped), retain=True):
            return False
        self._retained.published(topic, stamped)
        return True


def _urgency(seat: Seat) -> int:
    kind = seat.position.device_class
    return _URGENT.index(kind) if kind in _URGENT else len(_URGENT)
