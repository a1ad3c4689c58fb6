"""Events of a day that explain its figures, without reading the day: few kinds, found by how their bodies begin."""

from collections import OrderedDict

from sqlalchemy import Engine, func, or_, select

from hub.domain import events as e
from hub.storage.event_log import stream_of
from hub.storage.schema_queue import event

_KINDS: tuple[type[e.Event], ...] = (e.SettingsChanged, e.ScreensChanged)
_BEGINNINGS = tuple(f'{{"kind":"{kind.__struct_config__.tag}",'.encode() for kind in _KINDS)
_KEPT = 400  # days

Notable = e.SettingsChanged | e.ScreensChanged


class NotableEvents:
    """Synchronous, safe to call from any thread. A day that is over is read once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._days: OrderedDict[tuple[str, str], list[Notable]] = OrderedDict()

    def of(self, hall: str, day: str, over: bool) -> list[Notable]:
        """By their order in the log. `over`: nothing of these kinds will come any more."""
        if over and (hall, day) in self._days:
            return self._days[hall, day]
        found = self._read(hall, day)
        if over:
            self._days[hall, day] = found
            while len(self._days) > _KEPT:
                self._days.popitem(last=False)
        return found

    def _read(self, hall: str, day: str) -> list[Notable]:
        table = event.c
        begins = or_(*(func.substr(table.body, 1, len(one)) == one for one in _BEGINNINGS))
        asked = select(table.body).where(table.stream == stream_of(hall, day), begins).order_by(table.version)
        with self._engine.connect() as connection:
            bodies = [bytes(row[0]) for row in connection.execute(asked)]
        return [one for body in bodies if isinstance(one := e.decode(body), Notable)]
