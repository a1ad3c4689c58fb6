"""The ticket machine's logic as its tests drive it: what goes in, what comes out, and a disk in between."""

from datetime import UTC, datetime

from edge.runtime.device import Arrived, Context, LinkChanged, Send
from edge.ticket_printer import logic
from edge.ticket_printer.events import (
    Memory,
    PrintEnded,
    PrintSlip,
    Remember,
    Remembered,
    Restored,
    ServiceChosen,
    ShowPanel,
)
from edge.ticket_printer.settings import Settings
from wire.messages import MachineService, MachineView, Reply, Slip

NEW_BOARD = Memory()
NOON = datetime(2026, 1, 4, 4, 0, tzinfo=UTC).timestamp()  # 12:00 in Beijing
VIEW = MachineView(
    epoch=1,
    version=1,
    hall_name="东城大厅",
    hall_english="Dongcheng hall",
    area="一层",
    series="K",
    day="2026-01-04",
    services=(
        MachineService(letter="A", name="存档", english="files", centre="公服中心", waiting=3, wait_s_high=300.0),
        MachineService(letter="B", name="职称", english="titles", centre="公服中心", open=False),
        MachineService(letter="C", name="落户", english="household", centre="公服中心"),
    ),
)
SLIP = Slip(
    hall="东城大厅",
    number="A012",
    service="A",
    service_name="存档",
    ahead=3,
    wait_s_low=60,
    wait_s_high=300,
    where="一层",
    route="",
    taken_at=datetime(2026, 1, 4, 12, tzinfo=UTC),
)


class Machine:
    """The logic with its state, its effects as they came, and a disk that works unless told otherwise."""

    def __init__(self, *, up=True, view=VIEW, memory: Memory | None = NEW_BOARD, boot="boot", **settings):
        self.state = logic.start(Context("machine-1", boot), Settings(driver="simulated", **settings))
        self.effects = []
        self.panels = []
        self.at = NOON
        self.disk_ok = True
        self.saved = memory
        if memory is not None:
            self.give(Restored, memory=memory)
        if view is not None:
            self.give(Arrived, message=view)
        self.give(LinkChanged, up=up)
        self.effects.clear()
        self.panels.clear()

    def give(self, kind, after=0.0, **fields):
        """One input `after` seconds later; what the disk answers is given as well. What the page shows is put aside."""
        self.at += after
        self.state, effects = logic.react(self.state, kind(at=self.at, **fields))
        self.panels += [effect.panel for effect in effects if isinstance(effect, ShowPanel)]
        effects = [effect for effect in effects if not isinstance(effect, ShowPanel)]
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Remember):
                if self.disk_ok:
                    self.saved = effect.memory
                reason = "" if self.disk_ok else "disk full"
                self.give(Remembered, memory=effect.memory, ok=self.disk_ok, reason=reason)
        return effects

    def tap(self, letter="A", after=10.0):
        return self.give(ServiceChosen, after, letter=letter)

    def own_ticket(self, letter="A"):
        """A ticket of the own series from tap to paper; its number."""
        self.tap(letter)
        number = self.of(PrintSlip)[-1].slip.number
        self.give(PrintEnded, 1.0, number=number, outcome="printed")
        return number

    @property
    def panel(self):
        """What the page shows now."""
        return self.panels[-1]

    @property
    def said(self):
        """All words to citizens, one after another."""
        said = {panel.said: panel.words for panel in self.panels if panel.words}
        return [said[count] for count in sorted(said)]

    def of(self, kind):
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def sent(self, kind):
        return [effect.message for effect in self.of(Send) if isinstance(effect.message, kind)]

    def reply(self, **fields):
        at = datetime.fromtimestamp(self.at, UTC)
        return self.give(Arrived, 0.1, message=Reply(at=at, **{"ok": True, **fields}))
