"""Every message between edge and hub: tagged structs; a new field has a default, unknown kinds are counted and ignored.

Events go up, state comes down. Times are timezone-aware, in RFC 3339; an `id` is `{boot}-{n}`, unique for its
device, and stays the same when a message is sent again. The tag of an up message is also the `{kind}` of its topic.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

from wire.base import Digest, Fact, Message, Moment, View
from wire.orders import Done
from wire.slip import Slip as Slip
from wire.upkeep import Configured, Updated

Verb: TypeAlias = Literal[
    "call-next", "call", "recall", "serve", "end", "no-show", "park", "return", "transfer", "pause", "resume",
    "sign-on", "sign-off", "undo",
]  # fmt: skip
PrintOutcome: TypeAlias = Literal["printed", "failed", "unknown"]
CounterPhase: TypeAlias = Literal["closed", "idle", "called", "serving", "paused"]
PlayOutcome: TypeAlias = Literal["whole", "cut", "broken"]
Zone: TypeAlias = Literal["beside", "full"]
DayTime: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]  # HH:MM


# Up: what happened at a device.


class Action(Message, frozen=True, kw_only=True, tag="action"):
    """A clerk's key. Makes sense only now: the hub refuses it `expires_s` after `at`."""

    id: str
    verb: Verb
    argument: str = ""  # call, return: ticket number; sign-on: work number; transfer: service letter or counter
    reason: str = ""  # call, pause: why, in words
    at: Moment
    expires_s: float = 10.0


class TakeTicket(Message, frozen=True, kw_only=True, tag="take"):
    """A citizen at a machine chose a service. Answered by a Reply with a Slip, or a refusal in words."""

    id: str
    service: str  # service letter
    at: Moment
    expires_s: float = 10.0
    more: tuple[str, ...] = ()  # letters of what else is to be done on the same visit
    priority: str = ""  # id of one of the view's priority classes
    person: str = ""  # identity number as the machine read it; never kept: the hub's log has a pseudonym
    voice: bool = False  # a citizen who does not see: the calls are to be spoken


class CheckIn(Message, frozen=True, kw_only=True, tag="check-in"):
    """A citizen with an appointment held its code before a machine, or put an identity card on its reader before
    choosing anything. Answered like a TakeTicket."""

    id: str
    code: str  # as it was scanned or typed; at most 200 characters; empty: by the card
    at: Moment
    expires_s: float = 10.0
    person: str = ""  # identity number, as of TakeTicket


class Printed(Message, frozen=True, kw_only=True, tag="printed"):
    """What became of a slip. `unknown`: the printer did not say; the ticket stays in the queue, unconfirmed."""

    id: str
    number: str
    outcome: PrintOutcome
    reason: str = ""
    at: Moment


class Issued(Message, frozen=True, kw_only=True, tag="issued"):
    """A ticket that the machine gave from its own series while the hub was away; handed over afterwards."""

    id: str
    number: str  # service letter + machine letter + 2 digits
    service: str
    at: Moment  # when it was taken: it queues by this time
    instead_of: str = ""  # the TakeTicket that got no answer; the hub must not honour it any more
    day: str = ""  # the hall's date that the series was counted for, YYYY-MM-DD: `at` may be by a wrong clock


class Rating(Message, frozen=True, kw_only=True, tag="rating"):
    """The first key pressed after an Ask. Journaled until the hub has answered."""

    id: str
    ask: str
    level: int  # 5 very satisfied … 1 very dissatisfied
    reasons: tuple[str, ...] = ()
    at: Moment


class RatingReasons(Message, frozen=True, kw_only=True, tag="rating-reasons"):
    """What a citizen ticked after the press; the rating itself is never held back for it. Journaled likewise."""

    id: str
    rating: str  # id of the device's Rating
    ask: str
    level: int  # that rating's
    reasons: tuple[str, ...]  # codes of wire.reasons for that level
    at: Moment


class Relayed(Message, frozen=True, kw_only=True, tag="relayed"):
    """What a repeater heard from a wireless handheld; the handheld is a device of its own at the hub."""

    id: str
    handheld: int  # FF68 address, 0-255
    message: Action | Rating
    rssi_dbm: int | None = None


class Play(Message, frozen=True, kw_only=True, tag="play"):
    """One picture or film that a screen has shown, from its beginning. `broken`: it could not be shown to its end."""

    sha256: Digest
    at: Moment
    played_s: float
    outcome: PlayOutcome


class Played(Message, frozen=True, kw_only=True, tag="played"):
    """Proof of play (播放记录): sent in batches, journaled by the screen until the hub has answered."""

    id: str
    plays: tuple[Play, ...]
    lost: int = 0  # plays before these of which the journal had no room, since the last batch


class Health(Message, frozen=True, kw_only=True, tag="health"):
    """Every 30 s and at once on change. Answered by a Reply, by which the device sets its clock."""

    id: str
    at: Moment
    uptime_s: float
    agent: str  # version of this software
    outbox: int = 0  # journaled messages that the hub has not answered
    memory_mb: float | None = None
    disk_free_mb: float | None = None
    cpu_c: float | None = None
    clock_offset_ms: float | None = None  # hub's clock minus the board's
    device: dict[str, Fact] = {}  # the class's own: printer state, frames shown, RSSI …
    handhelds: dict[str, dict[str, Fact]] = {}  # repeater: by FF68 address, with `heard_s_ago`, `rssi_dbm`, `loss` …


UpMessage: TypeAlias = (
    Action
    | TakeTicket
    | CheckIn
    | Printed
    | Issued
    | Rating
    | RatingReasons
    | Relayed
    | Done
    | Played
    | Health
    | Configured
    | Updated
)


class Presence(Message, frozen=True, kw_only=True, tag="presence"):
    """Retained, and the last will with `online: false`."""

    online: bool
    boot: str = ""
    device_class: str = ""
    agent: str = ""
    at: Moment | None = None
    why: str = ""  # it goes, where that is meant: "restarts", "stopped"
    tests: dict[str, str] = {}  # that may be ordered: name, and what it does in both languages


# Down: what a device should show, and answers.


class Reply(Message, frozen=True, kw_only=True, tag="reply"):
    """The hub's answer to one up message. `ok: false` is a refusal: `code` for programs, `text` for people."""

    to: str  # the up message's id
    ok: bool
    at: Moment  # the hub's clock
    code: str = ""
    text: str = ""
    slip: Slip | None = None


class CallerView(View, frozen=True, kw_only=True, tag="caller"):
    counter: str
    phase: CounterPhase
    number: str = ""
    waiting: int = 0
    clerk: str = ""  # work number


class Ask(Message, frozen=True, kw_only=True, tag="ask"):
    id: str
    number: str
    until: Moment


class EvaluatorView(View, frozen=True, kw_only=True, tag="evaluator"):
    counter: str
    counter_name: str
    phase: CounterPhase
    clerk: str = ""
    clerk_name: str = ""
    ask: Ask | None = None


class WindowView(View, frozen=True, kw_only=True, tag="window"):
    counter: str
    counter_name: str
    phase: CounterPhase
    number: str = ""
    calls: int = 0  # how often `number` was called: a change is a new call, and blinks
    clerk: str = ""  # work number
    clerk_name: str = ""
    idle_text: str = ""
    notice: str = ""  # the hall's; runs now and then while nobody is called


class MachineService(Message, frozen=True, kw_only=True, tag="machine-service"):
    letter: str
    name: str
    english: str
    centre: str
    open: bool = True  # tickets are given now
    note: str = ""  # how many are left, or when tickets are given again; in both languages
    waiting: int = 0
    wait_s_low: float = 0.0
    wait_s_high: float = 0.0
    where: str = ""  # waiting area and the way there, for slips of the machine's own series
    route: str = ""
    real_name: bool = False  # a machine with a card reader asks for the card first
    initials: str = ""  # of the name's syllables in pinyin, to search by: "cdydacx" for 存档与档案查询
    centre_english: str = ""
    where_english: str = ""
    floor: str = ""
    floor_english: str = ""


class MachinePriority(Message, frozen=True, kw_only=True, tag="machine-priority"):
    """A class of people who are called first."""

    id: str
    name: str
    english: str


class MachineView(View, frozen=True, kw_only=True, tag="machine"):
    hall_name: str
    hall_english: str
    area: str
    series: str  # the machine's own letter, for numbers given while the hub is away
    day: str  # the hall's date, YYYY-MM-DD; the own series starts anew with it
    services: tuple[MachineService, ...] = ()
    priorities: tuple[MachinePriority, ...] = ()
    if_missed: str = ""
    appointments: bool = False  # people may have some here: a card that comes first is asked about


class BoardCall(Message, frozen=True, kw_only=True, tag="board-call"):
    """One of the last calls; it stays on the board when the service has ended, for those who look up late."""

    number: str
    counter: str
    counter_name: str
    calls: int
    at: Moment
    phase: Literal["called", "serving", "ended"] = "called"


class BoardWaiting(Message, frozen=True, kw_only=True, tag="board-waiting"):
    name: str
    english: str
    waiting: int


class Spoken(Message, frozen=True, kw_only=True, tag="spoken"):
    """One announcement of an area's announcer (统一叫号): said `times` times between two moments, unless a later view
    leaves it out. Nothing is said where a view has none."""

    number: str
    counter: str
    zh: str
    en: str
    begins_at: Moment
    ends_at: Moment
    times: int = 2


class BoardView(View, frozen=True, kw_only=True, tag="board"):
    """What a hall area's screens show: newest call first. Never a person's name."""

    hall: str
    area: str
    title: str
    english: str
    calls: tuple[BoardCall, ...] = ()
    waiting: tuple[BoardWaiting, ...] = ()
    ticker: str = ""
    spoken: tuple[Spoken, ...] = ()  # one after another


class ContentItem(Message, frozen=True, kw_only=True, tag="content-item"):
    """A picture or film, known by what is in it. Devices fetch it over mutual TLS from `/content/{sha256}` at the
    address of enrolment."""

    sha256: Digest
    size: Annotated[int, msgspec.Meta(ge=1)]  # bytes
    type: str  # media type: image/png, video/mp4 …
    name: str = ""
    duration_s: float = 0.0  # 0: a film to its end, a picture as long as the screen is set to


class Daypart(Message, frozen=True, kw_only=True, tag="daypart"):
    """A time of day in the hall's zone. One that ends at or before it begins ends on the next day, and belongs to the
    day on which it begins."""

    weekdays: tuple[int, ...] = ()  # 1 Monday … 7 Sunday (ISO 8601); none: every day
    begins: DayTime = "00:00"
    ends: DayTime = "24:00"


class Playlist(Message, frozen=True, kw_only=True, tag="playlist"):
    """What plays in turn while it is in force; `beside` the board, or on the `full` screen in its place."""

    id: str
    name: str = ""
    items: tuple[ContentItem, ...] = ()
    ticker: str = ""  # in place of the hall's own
    zone: Zone = "beside"
    priority: int = 0  # of those in force the highest play, those of one rank in turn
    first_day: str = ""  # YYYY-MM-DD in the hall's zone; "": from ever
    last_day: str = ""
    dayparts: tuple[Daypart, ...] = ()  # none: always


class Programme(Message, frozen=True, kw_only=True, tag="programme"):
    """All that one screen may have to play, and when. `mark` changes with what is in it; the screen says which it has.

    What it means for a moment says `wire.programme`.
    """

    mark: str
    timezone: str  # the hall's, by its name in the IANA database
    playlists: tuple[Playlist, ...] = ()


class Emergency(Message, frozen=True, kw_only=True, tag="emergency"):
    """Stops all else on the screen at once, until it is withdrawn (the view has none) or `until`."""

    id: str
    zh: str
    en: str = ""
    item: ContentItem | None = None
    until: Moment | None = None


class SignageView(View, frozen=True, kw_only=True, tag="signage"):
    hall: str
    area: str  # which board to show
    board: bool = True
    ticker: str = ""
    announces: bool = False  # this screen, and no other of its area, says what the board's view has to be spoken
    utc_offset_s: int | None = None  # of the hall's clock now; none: the board has no clock
    programme: Programme | None = None  # none: the screen plays what lies in its own folder
    emergency: Emergency | None = None


class Handheld(Message, frozen=True, kw_only=True, tag="handheld"):
    """One wireless handheld in this repeater's reach, with what its little display and lamps should show.

    Of the `turns` repeaters in whose reach it is, the one whose `turn` is 0 shows that to it, and answers it at once.
    The others pass on what they hear, and the n-th answers only what the handheld had to say more than n times.
    """

    address: int
    view: CallerView | EvaluatorView
    turn: int = 0  # 0: shows and answers
    turns: int = 1  # repeaters in whose reach it is


class RepeaterView(View, frozen=True, kw_only=True, tag="repeater"):
    handhelds: tuple[Handheld, ...] = ()


DeviceView: TypeAlias = CallerView | EvaluatorView | WindowView | MachineView | SignageView | RepeaterView
