"""What a hall file holds, item by item. Import these from `halls.format`.

What a key means is said at its field here and, for the people who write such files, in docs/hall-file.md.
"""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from halls.alerts import DEFAULTS, Alert

Kind: TypeAlias = Literal[
    "ticket-machine",
    "guide-terminal",
    "caller",
    "evaluator",
    "repeater",
    "window-card",
    "tv-box",
    "publishing-terminal",
    "play-box",
]

Point: TypeAlias = tuple[float, float]
"""Metres to the right of, and below, the upper left corner of the floor as it is drawn."""
Facing: TypeAlias = Literal["up", "right", "down", "left"]

CLASS_OF: dict[str, str] = {
    "ticket-machine": "ticket_printer",
    "guide-terminal": "ticket_printer",
    "caller": "caller",
    "evaluator": "evaluator",
    "repeater": "repeater",
    "window-card": "led_window",
    "tv-box": "signage_player",
    "publishing-terminal": "signage_player",
    "play-box": "signage_player",
}
"""The device class (folder under `edge/`) that serves a position's kind."""


class HallFileError(ValueError):
    """What is wrong with a hall file: `problems`, each a line that names the file, the item and the key."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class _Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the file."""


class About(_Item, frozen=True, kw_only=True):
    id: str  # part of topics and addresses: [a-z0-9-]
    name: str
    english: str
    timezone: str = "Asia/Shanghai"
    ticker: str = ""  # the line that runs along the bottom of every board, and on idle windows


class Policy(_Item, frozen=True, kw_only=True):
    """The hall's rules, with the field's usual values."""

    opens: str = "08:30"
    closes: str = "17:30"
    recalls_max: int = 5
    recall_gap_s: float = 5.0
    calls_before_no_show: int = 3
    print_wait_s: float = 20.0  # a reserved ticket of which nothing is heard queues after this, unconfirmed
    rating_s: float = 30.0  # how long an evaluator asks
    rating_grace_s: float = 90.0  # how long the hub waits for a rating given in time but delivered late
    case_days: int = 5  # working days within which the case of a negative rating is to be closed
    case_four_eyes: bool = True  # who put it right does not review it
    case_appeal_days: int = 5  # working days within which citizen and clerk may appeal against what came of it
    calling: str = "arrival"  # who is next among equals: a module of the hub's calling policies
    priority_turns: int = 2  # calls in a round: this many priority tickets,
    appointment_turns: int = 1  # then appointments,
    ordinary_turns: int = 1  # then the others
    ageing_min: float = 30.0  # whoever has waited this long is called with the priority tickets
    reinstates_max: int = 1  # how often a missed ticket comes back
    reinstate_behind: int = 3  # people that it is then behind
    transfer_place: Literal["arrival", "next"] = "arrival"  # a transferred ticket queues by its arrival, or is next
    parked_max: int = 3  # tickets that one counter may have parked
    items_max: int = 5  # items of business on one ticket
    undo_s: float = 30.0
    real_name_strict: bool = False  # no machine gives a ticket for a real-name service without a card
    double_tap_s: float = 1.5  # the same service at the same machine within this is the same wish
    announcement_s: float = 12.0  # how long a spoken call takes: twice in Chinese, once in English
    warn_left: int = 5  # tickets left under a cap from which on people are told
    warn_wait_min: float = 60.0  # minutes of being parked from which on the management is told
    if_missed: str = "过号请到咨询台重新取号"


class Inventory(_Item, frozen=True, kw_only=True):
    """When the inventory speaks up, and what is assumed of hardware of which nothing is written."""

    idle_days: int = 30  # bought and not installed for longer: somebody should know
    online_days: int = 7  # installed and not once online
    silent_days: int = 7  # in service and not online any more
    warn_days: int = 90  # before a warranty or a service life ends
    life_years: float = 6.0  # of hardware whose expected life is not written


class Appointments(_Item, frozen=True, kw_only=True):
    """预约: how far ahead people may book, and what is expected of them."""

    horizon_days: int = 7  # working days ahead that may be booked, today apart
    slot_min: int = 30
    walk_in_share: float = 0.5  # of a slot's capacity, kept for people who just come
    change_h: float = 2.0  # an appointment may be moved or cancelled until so long before it
    early_min: float = 30.0  # checking in: so long before the slot,
    late_min: float = 15.0  # until so long after its start
    day_max: int = 10  # a person books so many online within 24 h, whoever they are for
    misses_max: int = 3  # this many missed within
    misses_days: int = 90  # so many days
    block_days: int = 30  # keep a person from booking online for so long; never from coming
    overbook_weeks: int = 8  # before today, of which it is counted how many do not come
    overbook_due_min: int = 50  # places that were due in them; with fewer nothing is suggested
    overbook_share: float = 0.2  # of a slot's places, the most that is suggested beyond them
    overbook_crowded: float = 0.05  # in so many of the full slots more people may come than there are places
    overbook_review_weeks: int = 4  # after so long what was accepted is to be looked at again


class Hours(_Item, frozen=True, kw_only=True):
    """A part of the day in which tickets are given. `cap`: how many at the most; 0: no limit."""

    opens: str
    closes: str
    cap: int = 0


class Priority(_Item, frozen=True, kw_only=True):
    """A class of people who are called first (优先)."""

    id: str
    name: str
    english: str


class Centre(_Item, frozen=True, kw_only=True):
    id: str
    name: str
    english: str


class Floor(_Item, frozen=True, kw_only=True):
    id: str
    name: str
    english: str
    size: tuple[float, ...] = ()  # width and depth in metres; empty: not measured
    walls: tuple[tuple[Point, ...], ...] = ()  # lines from point to point
    doors: tuple[tuple[Point, Point], ...] = ()
    picture: str = ""  # SHA-256 of one of the hub's media, which lies beneath the drawing from edge to edge


class Area(_Item, frozen=True, kw_only=True):
    id: str  # part of topics
    name: str
    english: str
    floor: str
    route: str = ""  # how to get there from the entrance, for the slip
    voice: bool = False  # calls are spoken here (统一叫号); else silent (无声叫号)
    announcer: str = ""  # position of the screen that speaks; empty: the first that is there with sound
    outline: tuple[
        Point, ...
    ] = ()  # two points: opposite corners of a rectangle; more: a polygon's; none: not measured


class Service(_Item, frozen=True, kw_only=True):
    letter: str
    name: str
    english: str
    centre: str
    area: str  # where its citizens wait
    service_min_median: float
    service_min_p90: float
    share: float = 0.0  # of all arrivals; 0: unknown
    real_name: bool = False
    appointment: bool = False
    hours: tuple[Hours, ...] = ()  # when tickets are given; empty: while the hall is open
    cap_day: int = 0  # tickets a day, appointments apart; 0: no limit
    bring: tuple[str, ...] = ()  # what a citizen must have with them, a line each
    keywords: tuple[str, ...] = ()  # further words by which people search for it
    overbook: int = 0  # appointments that may be booked in a slot beyond its places, since some do not come
    slot_places: int = 0  # people that the hall can serve in one slot; 0: worked out from counters and service time


class Counter(_Item, frozen=True, kw_only=True):
    id: str  # "01": as on the sign; part of addresses
    name: str
    area: str
    services: tuple[str, ...]  # letters, in the order in which they are preferred
    at: tuple[float, ...] = ()  # its middle, a point of its area's floor; empty: not measured
    faces: Facing = "down"  # where its citizens stand, on the drawing


class Clerk(_Item, frozen=True, kw_only=True):
    number: str  # work number, shown to citizens
    name: str
    counter: str = ""  # where they usually sit


class Wireless(_Item, frozen=True, kw_only=True):
    """A handheld without a computer of its own: FF68 address, and the positions of the repeaters that hear it."""

    address: int
    repeaters: tuple[str, ...]


class Position(_Item, frozen=True, kw_only=True):
    id: str  # [a-z0-9-]
    kind: Kind
    area: str
    counter: str = ""  # callers, evaluators, window cards
    spare: bool = False  # one of these that waits in reserve or roves, at no counter
    series: str = ""  # ticket machines and guide terminals: their own letter for numbers given while the hub is away
    wireless: Wireless | None = None
    label: str = ""
    at: tuple[float, ...] = ()  # a point of its area's floor; empty: not measured

    @property
    def device_class(self) -> str:
        return CLASS_OF[self.kind]


class Hall(_Item, frozen=True, kw_only=True):
    format: Literal[1]
    hall: About
    policy: Policy = Policy()
    inventory: Inventory = Inventory()
    appointments: Appointments = Appointments()
    centre: tuple[Centre, ...]
    floor: tuple[Floor, ...]
    area: tuple[Area, ...]
    service: tuple[Service, ...]
    priority: tuple[Priority, ...] = ()
    counter: tuple[Counter, ...]
    clerk: tuple[Clerk, ...] = ()
    position: tuple[Position, ...] = ()
    alert: tuple[Alert, ...] = DEFAULTS
