"""The inventory as pages and API read it alike: what there is, what became of it, and the figures about all of it."""

from zoneinfo import ZoneInfo

from pydantic import BaseModel

from halls.items import Kind
from hub.desk import Desk
from hub.domain import asset_figures as figures
from hub.domain.asset_figures import Worry
from hub.domain.assets import Asset, serial_of
from hub.http.asset_shapes import AssetNow, AssetStory, Happened
from hub.roster import Roster
from hub.storage.accounts import Role
from hub.storage.assets import Assets, UnknownAssetError
from hub.storage.devices import IN_SERVICE
from hub.storage.registry import Registry

MAY_LOOK: tuple[Role, ...] = ("administrator", "manager", "technician")
QUARTERS = 12  # that a forecast looks ahead, unless told otherwise


class Share(BaseModel):
    """`kind` empty: of all. `rate`: installed / bought; `never`: bought and never installed, for `never_yuan`."""

    kind: str
    bought: int
    installed: int
    in_service: int
    online: int
    broken: int
    never: int
    never_yuan: float
    wasted: int
    rate: float | None
    online_rate: float | None

    @classmethod
    def of(cls, one: figures.Share) -> "Share":
        names = (
            "kind",
            "bought",
            "installed",
            "in_service",
            "online",
            "broken",
            "never",
            "wasted",
            "rate",
            "online_rate",
        )
        return cls(**{name: getattr(one, name) for name in names}, never_yuan=one.never_fen / 100)


class Alert(BaseModel):
    """`days`: for so long already, or until it ends (negative: since it ended)."""

    worry: Worry
    serial: str
    kind: Kind
    position: str
    days: int


class Quarter(BaseModel):
    """`name` like 2027Q3; empty: what is overdue. `unpriced`: of `lives`, those whose price is not known."""

    name: str
    warranties: int
    lives: int
    cost_yuan: float
    unpriced: int


class Unlisted(BaseModel):
    """A device in service whose hardware is not in the inventory."""

    position: str
    device: str
    hardware_serial: str


class Figures(BaseModel):
    formula: str = (
        "installed = installed + in service + faulty or in repair after having been installed; "
        "bought = all but retired; rate = installed / bought"
    )
    shares: list[Share]
    alerts: list[Alert]
    quarters: list[Quarter]
    unlisted: list[Unlisted]


class Books:
    """Blocks, so it is called in threads."""

    def __init__(self, desk: Desk, roster: Roster, registry: Registry, assets: Assets) -> None:
        self._desk, self._roster, self._registry, self.assets = desk, roster, registry, assets

    def now(self, hall: str) -> list[AssetNow]:
        here, seen = self._desk.today(hall).hall, self.assets.seen(hall)
        return [AssetNow.of(one, seen.get(one.serial), here) for one in self.assets.all(hall)]

    def story(self, hall: str, serial: str) -> AssetStory:
        """Raises UnknownAssetError."""
        here = self._desk.today(hall).hall
        try:
            serial = serial_of(serial)
        except ValueError as error:
            raise UnknownAssetError(str(error)) from error
        now = AssetNow.of(self.assets.asset(hall, serial), self.assets.seen(hall).get(serial), here)
        history = [Happened.of(event) for event in self.assets.history(serial)]
        return AssetStory(**dict(now), history=history)

    def figures(self, hall: str, quarters: int = QUARTERS) -> Figures:
        here, now = self._desk.today(hall).hall, self._desk.now()
        zone, limits = ZoneInfo(here.hall.timezone), here.inventory
        every, seen = self.assets.all(hall), self.assets.seen(hall)
        coming = figures.forecast(every, limits, now, zone, quarters)
        return Figures(
            shares=[Share.of(one) for one in figures.shares(every, self._is_online)],
            alerts=[
                Alert(worry=one.worry, serial=one.serial, kind=one.kind, position=one.position, days=one.days)
                for one in figures.alerts(every, seen, limits, now, zone)
            ],
            quarters=[
                Quarter(
                    name=one.name,
                    warranties=one.warranties,
                    lives=one.lives,
                    cost_yuan=one.cost_fen / 100,
                    unpriced=one.unpriced,
                )
                for one in coming
            ],
            unlisted=self._unlisted(hall, every),
        )

    def _is_online(self, one: Asset) -> bool:
        seat = self._roster.at(one.hall, one.position)
        return seat is not None and seat.online

    def _unlisted(self, hall: str, every: list[Asset]) -> list[Unlisted]:
        listed = {one.device for one in every if one.device}
        return [
            Unlisted(position=one.position or "", device=one.id, hardware_serial=one.hardware_serial or "")
            for one in self._registry.devices(hall)
            if one.state == IN_SERVICE and one.id not in listed
        ]
