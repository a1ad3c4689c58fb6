"""Where alerts are sent, what waits to be sent there, and what is silenced."""

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, Engine, and_, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.storage.alerts import Alert, NoteWord, add_note
from hub.storage.audit import What, note, told
from hub.storage.schema_alerts import alert, alert_delivery, alert_silence, alert_target

TargetKind: TypeAlias = Literal["mail", "webhook"]
Told: TypeAlias = Literal["raised", "escalated"]
Telling: TypeAlias = Told | Literal["cleared"]
TARGETS_MAX = 50  # of a hall
WAITING_MAX = 500  # deliveries to one target; what comes beyond them is given up, and shown
_delivery = alert_delivery.c
_earlier = alert_delivery.alias("earlier")
_BEFORE_IT = and_(  # of one alert in the order in which things happened
    _earlier.c.target == _delivery.target,
    _earlier.c.alert == _delivery.alert,
    _earlier.c.state == "waiting",
    _earlier.c.made_at < _delivery.made_at,
)
_NEXT = and_(_delivery.state == "waiting", ~exists(select(1).where(_BEFORE_IT)))


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """`wrapped`, `sealed`: a webhook's secrets. `failing_since`, `error`: None and empty where the last went well."""

    id: str
    hall: str
    route: str
    kind: TargetKind
    address: str
    wrapped: bytes = b""
    sealed: bytes = b""
    made_at: datetime
    made_by: str
    succeeded_at: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""
    waiting: int = 0

    @property
    def shown(self) -> str:
        """What of its address may be told: the rest of a URL may hold a secret."""
        return self.address if self.kind == "mail" else urlsplit(self.address).hostname or ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`tries`: those before this one."""

    id: str
    target: str
    alert: str
    what: Telling
    body: bytes
    state: Literal["waiting", "done", "given-up"]
    tries: int
    due_at: datetime
    error: str
    made_at: datetime
    ended_at: datetime | None


class Silenced(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` empty: all of that rule."""

    id: str
    hall: str
    rule: str
    subject: str
    since: datetime
    until: datetime
    by: str
    why: str


class Routes:
    """Targets and what waits for them. Synchronous, safe to call from any thread; every call is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, one: Target) -> Literal["made", "known", "too-many"]:
        row = msgspec.structs.asdict(one)
        del row["waiting"]
        with self._engine.begin() as connection:
            here = select(alert_target.c.route, alert_target.c.address).where(alert_target.c.hall == one.hall)
            there = [tuple(row) for row in connection.execute(here)]
            if (one.route, one.address) in there:
                return "known"
            if len(there) >= TARGETS_MAX:
                return "too-many"
            connection.execute(insert(alert_target), row)
            _noted(connection, one, "alert-target-made", one.made_by, one.made_at)
        return "made"

    def remove(self, one: Target, *, by: str, at: datetime) -> bool:
        """With all that waits for it."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(alert_target).where(alert_target.c.id == one.id)).rowcount
            if gone:
                _noted(connection, one, "alert-target-removed", by, at)
        return bool(gone)

    def of(self, hall: str) -> list[Target]:
        return self._read(alert_target.c.hall == hall)

    def by_id(self, ident: str) -> Target | None:
        found = self._read(alert_target.c.id == ident)
        return found[0] if found else None

    def tell(
        self, one: Alert, what: Told, to: Sequence[Target], body: bytes, at: datetime, roles: Sequence[str] = ()
    ) -> bool:
        """Notes that these are told of it, once; False: another process did. `roles`: for whose people it waits now."""
        with self._engine.begin() as connection:
            if not _first(connection, one, what, at):
                return False
            if to or what == "escalated":
                names = ", ".join(dict.fromkeys([*(f"{target.route} {target.shown}" for target in to), *roles]))
                add_note(connection, one.id, at, "hub", "told" if what == "raised" else "escalated", names)
            for target in to:
                _put(connection, one, what, target, body, at, at)
        return True

    def tell_cleared(self, one: Alert, body: bytes, at: datetime, due_at: datetime) -> Callable[[Connection], None]:
        """Those that were told of it hear that it is over: within the transaction that clears it."""
        targets = self.told(one)

        def put(connection: Connection) -> None:
            for target in targets:
                _put(connection, one, "cleared", target, body, at, due_at)

        return put

    def told(self, one: Alert) -> list[Target]:
        """Targets that were told of it, or are about to be."""
        theirs = select(_delivery.target).where(_delivery.alert == one.id, _delivery.state != "given-up")
        return self._read(alert_target.c.id.in_(theirs))

    def due(self, at: datetime) -> list[str]:
        """Targets that something can be sent to now."""
        asked = select(_delivery.target).distinct().where(_NEXT, _delivery.due_at <= at)
        with self._engine.connect() as connection:
            return list(connection.scalars(asked))

    def next_due(self, but: Collection[str] = ()) -> datetime | None:
        asked = select(func.min(_delivery.due_at)).where(_NEXT, _delivery.target.not_in(list(but)))
        with self._engine.connect() as connection:
            found: datetime | None = connection.execute(asked).scalar_one()
        return found

    def claim(self, target: str, at: datetime, until: datetime, most: int) -> list[Delivery]:
        """What is due there, for this process alone until then."""
        due = and_(_delivery.target == target, _NEXT, _delivery.due_at <= at)
        asked = select(alert_delivery).where(due).order_by(_delivery.made_at, _delivery.id).limit(most)
        with self._engine.connect() as connection:
            found = [Delivery(**row._asdict()) for row in connection.execute(asked)]
        return [one for one in found if self._taken(one, at, until)]

    def done(self, one: Delivery, at: datetime) -> None:
        """Claimed before."""
        with self._engine.begin() as connection:
            ended = {"state": "done", "ended_at": at, "error": ""}
            if connection.execute(update(alert_delivery).where(_held(one)).values(ended)).rowcount:
                well = {"succeeded_at": at, "failing_since": None, "error": ""}
                connection.execute(update(alert_target).where(alert_target.c.id == one.target).values(well))
                _of_delivery(connection, one, at, "sent")

    def again(self, one: Delivery, due_at: datetime | None, error: str, at: datetime) -> None:
        """Claimed before; it failed. `due_at` None: it is given up."""
        later = {"error": error[:200], **({"due_at": due_at} if due_at else {"state": "given-up", "ended_at": at})}
        here = alert_target.c.id == one.target
        with self._engine.begin() as connection:
            if not connection.execute(update(alert_delivery).where(_held(one)).values(later)).rowcount:
                return
            since = func.coalesce(alert_target.c.failing_since, at)
            connection.execute(update(alert_target).where(here).values(failing_since=since, error=error[:200]))
            if due_at is None:
                _of_delivery(connection, one, at, "given-up", error)
            elif one.tries == 0:
                _of_delivery(connection, one, at, "failed", error)

    def deliveries(self, ident: str) -> list[Delivery]:
        """Of an alert, in order."""
        asked = select(alert_delivery).where(_delivery.alert == ident).order_by(_delivery.made_at, _delivery.id)
        with self._engine.connect() as connection:
            return [Delivery(**row._asdict()) for row in connection.execute(asked)]

    def _taken(self, one: Delivery, at: datetime, until: datetime) -> bool:
        mine = and_(_delivery.id == one.id, _delivery.state == "waiting", _delivery.due_at <= at)
        with self._engine.begin() as connection:
            taken = update(alert_delivery).where(mine, _delivery.tries == one.tries)
            return bool(connection.execute(taken.values(due_at=until, tries=one.tries + 1)).rowcount)

    def _read(self, where: object) -> list[Target]:
        waits = and_(_delivery.target == alert_target.c.id, _delivery.state == "waiting")
        count = select(func.count()).select_from(alert_delivery).where(waits).scalar_subquery()
        query = select(alert_target, count.label("waiting")).where(where)  # type: ignore[arg-type]
        query = query.order_by(alert_target.c.route, alert_target.c.made_at, alert_target.c.id)
        with self._engine.connect() as connection:
            return [Target(**row._asdict()) for row in connection.execute(query)]


class Silences:
    """Synchronous, safe to call from any thread; every call is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, one: Silenced) -> None:
        """Once, however often it comes."""
        kind = {"sqlite": sqlite, "postgresql": postgresql}[self._engine.dialect.name]
        with self._engine.begin() as connection:
            fresh = kind.insert(alert_silence).values(msgspec.structs.asdict(one)).on_conflict_do_nothing()
            if connection.scalar(fresh.returning(alert_silence.c.id)) is None:
                return
            detail = told(one.rule, one.subject, f"→ {one.until:%Y-%m-%d %H:%M}Z", one.why)
            note(connection, hall=one.hall, who=one.by, what="alert-silenced", detail=detail, at=one.since)
            for ident in connection.scalars(_silenced(one)):
                add_note(connection, ident, one.since, one.by, "silenced", one.why)

    def end(self, hall: str, ident: str, *, by: str, at: datetime) -> bool:
        """False: there is none, or it was over."""
        here = and_(alert_silence.c.id == ident, alert_silence.c.hall == hall, alert_silence.c.until > at)
        with self._engine.begin() as connection:
            row = connection.execute(select(alert_silence).where(here)).one_or_none()
            if row is None:
                return False
            connection.execute(update(alert_silence).where(here).values(until=at))
            detail = told(row.rule, row.subject)
            note(connection, hall=hall, who=by, what="alert-unsilenced", detail=detail, at=at)
        return True

    def now(self, hall: str, at: datetime) -> list[Silenced]:
        here = and_(alert_silence.c.hall == hall, alert_silence.c.until > at)
        query = select(alert_silence).where(here).order_by(alert_silence.c.until)
        with self._engine.connect() as connection:
            return [Silenced(**row._asdict()) for row in connection.execute(query)]

    def forget(self, before: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(alert_silence).where(alert_silence.c.until < before))


def new_id() -> str:
    return secrets.token_hex(12)


def _silenced(one: Silenced):  # type: ignore[no-untyped-def]
    here = and_(alert.c.hall == one.hall, alert.c.rule == one.rule, alert.c.cleared_at.is_(None))
    return select(alert.c.id).where(here if not one.subject else and_(here, alert.c.subject == one.subject))


def _first(connection: Connection, one: Alert, what: Told, at: datetime) -> bool:
    column = alert.c.told_at if what == "raised" else alert.c.escalated_at
    untold = and_(alert.c.id == one.id, column.is_(None))
    return bool(connection.execute(update(alert).where(untold).values({column.name: at})).rowcount)


def _put(
    connection: Connection, one: Alert, what: Telling, target: Target, body: bytes, at: datetime, due_at: datetime
) -> None:
    row = {
        "id": f"{one.id}-{what}-{target.id}", "target": target.id, "alert": one.id, "what": what, "body": body,
        "state": "waiting", "tries": 0, "due_at": due_at, "error": "", "made_at": at,
    }  # fmt: skip
    if target.waiting >= WAITING_MAX:
        row |= {"state": "given-up", "error": f"{target.waiting} others wait already", "ended_at": at}
        add_note(connection, one.id, at, "hub", "given-up", f"{target.shown}: {row['error']}")
    connection.execute(insert(alert_delivery), row)


def _of_delivery(connection: Connection, one: Delivery, at: datetime, what: NoteWord, error: str = "") -> None:
    target = connection.execute(select(alert_target).where(alert_target.c.id == one.target)).one_or_none()
    if target is None:
        return
    add_note(connection, one.alert, at, "hub", what, told(f"{one.what} → {Target(**target._asdict()).shown}", error))


def _held(one: Delivery):  # type: ignore[no-untyped-def]
    """Unless another process took it over meanwhile."""
    return and_(_delivery.id == one.id, _delivery.state == "waiting", _delivery.tries == one.tries + 1)


def _noted(connection: Connection, one: Target, what: What, who: str, at: datetime) -> None:
    note(connection, hall=one.hall, who=who, what=what, detail=told(one.route, one.kind, one.shown), at=at)
