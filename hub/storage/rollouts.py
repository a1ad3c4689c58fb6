"""Rollouts: which release goes out to which positions of a hall, how far it has come, and what each should run."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.domain.rollouts import FAILED, Member, Phase, Plan, Stage, Step
from hub.storage import audit
from hub.storage.releases import Release, ReleaseError
from hub.storage.schema_releases import release, release_order, rollout, rollout_member

_KEPT = 20  # rollouts that are listed

Told: TypeAlias = Literal["running", "paused", "aborted"]
"""A phase that a person has a rollout go to."""
_TOLD: dict[Told, audit.What] = {
    "running": "rollout-resumed",
    "paused": "rollout-paused",
    "aborted": "rollout-aborted",
}


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """`turn` counts its changes. `wave`: the last that was opened, -1 before the first."""

    id: str
    hall: str
    sha256: str
    plan: Plan
    phase: Phase
    wave: int
    why: str
    turn: int
    started_at: datetime
    started_by: str
    changed_at: datetime
    changed_by: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A position in a rollout. `said_running`: version that its device last named."""

    position: str
    device_class: str
    wave: int
    stage: Stage
    since: datetime | None
    excused: bool
    revision: int
    said_running: str
    text: str

    @property
    def member(self) -> Member:
        return Member(position=self.position, wave=self.wave, stage=self.stage, since=self.since, excused=self.excused)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the device at a position should run."""

    release: Release
    revision: int
    held: bool


class Rollouts:
    """Synchronous, safe to call from any thread and process: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(
        self, *, hall: str, sha256: str, plan: Plan, waves: Mapping[str, int], classes: Mapping[str, str], at: datetime,
        by: str, back: bool = False,
    ) -> Rollout:  # fmt: skip
        """`waves`, `classes`: of each position. `back`: to what ran there before. Raises ReleaseError while another
        one is under way in the hall."""
        one = Rollout(
            id=secrets.token_hex(8),
            hall=hall,
            sha256=sha256,
            plan=plan,
            phase="running",
            wave=-1,
            why="",
            turn=0,
            started_at=at,
            started_by=by,
            changed_at=at,
            changed_by=by,
        )
        try:
            self._insert(one, waves, classes, "rollout-back" if back else "rollout-started")
        except IntegrityError:
            text = "another rollout is under way in this hall: let it end, or abort it first"
            raise ReleaseError("rollout-under-way", text) from None
        return one

    def _insert(self, one: Rollout, waves: Mapping[str, int], classes: Mapping[str, str], what: audit.What) -> None:
        """Raises IntegrityError where one is under way."""
        with self._engine.begin() as connection:
            connection.execute(insert(rollout).values(_columns(one)))
            rows = [
                {
                    "rollout": one.id,
                    "position": position,
                    "device_class": classes[position],
                    "wave": wave,
                    "stage": "waiting",
                    "since": None,
                    "excused": False,
                    "revision": 0,
                    "said_running": "",
                    "text": "",
                }
                for position, wave in waves.items()
            ]
            connection.execute(insert(rollout_member), rows)
            _note(connection, what, one, one.started_at, one.started_by)

    def of(self, hall: str) -> list[Rollout]:
        """Newest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(rollout).where(rollout.c.hall == hall).order_by(rollout.c.started_at.desc()).limit(_KEPT)
            )
            return [_rollout(row) for row in rows]

    def one(self, hall: str, ident: str) -> Rollout:
        """Raises ReleaseError."""
        with self._engine.connect() as connection:
            row = connection.execute(select(rollout).where(rollout.c.hall == hall, rollout.c.id == ident)).first()
        if row is None:
            raise ReleaseError("unknown-rollout", f"hall {hall} has no rollout {ident!r}")
        return _rollout(row)

    def newest(self, hall: str) -> Rollout | None:
        with self._engine.connect() as connection:
            row = connection.execute(
                select(rollout).where(rollout.c.hall == hall).order_by(rollout.c.started_at.desc()).limit(1)
            ).first()
        return None if row is None else _rollout(row)

    def progress(self, ident: str) -> list[Progress]:
        """By wave and position."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(rollout_member)
                .where(rollout_member.c.rollout == ident)
                .order_by(rollout_member.c.wave, rollout_member.c.position)
            )
            return [_progress(row) for row in rows]

    def orders(self) -> dict[tuple[str, str], Order]:
        """(hall, position) → what should run there."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(
                    release_order.c.hall, release_order.c.position, release_order.c.revision, release_order.c.held,
                    release,
                ).join(release, release.c.sha256 == release_order.c.sha256)
            ).mappings()  # fmt: skip
            return {
                (row["hall"], row["position"]): Order(
                    release=Release(**{name: row[name] for name in Release.__struct_fields__}),
                    revision=row["revision"],
                    held=row["held"],
                )
                for row in rows
            }

    def apply(self, one: Rollout, step: Step, at: datetime) -> bool:
        """Write a step. False when another process, or a person, was first; then nothing was written."""
        before = {each.position: each for each in self.progress(one.id)}
        with self._engine.begin() as connection:
            changed = {"phase": step.phase, "wave": step.wave, "why": step.why or _kept(one, step), "changed_at": at}
            if not _turn(connection, one, changed):
                return False
            for position, stage in step.moves.items():
                _move(connection, one, before[position], stage, at)
        return True

    def tell(self, one: Rollout, phase: Told, at: datetime, by: str) -> bool:
        """A person pauses, resumes or aborts it. What failed so far is excused by who resumes."""
        with self._engine.begin() as connection:
            if not _turn(connection, one, {"phase": phase, "why": "", "changed_at": at, "changed_by": by}):
                return False
            if phase == "running":
                failed = (rollout_member.c.rollout == one.id) & rollout_member.c.stage.in_(FAILED)
                connection.execute(update(rollout_member).where(failed).values(excused=True))
            _note(connection, _TOLD[phase], one, at, by)
        return True

    def retry(self, one: Rollout, at: datetime, by: str) -> bool:
        """What failed is ordered anew."""
        with self._engine.begin() as connection:
            if not _turn(connection, one, {"phase": "running", "why": "", "changed_at": at, "changed_by": by}):
                return False
            failed = (rollout_member.c.rollout == one.id) & rollout_member.c.stage.in_(FAILED)
            _note(connection, "rollout-retried", one, at, by, failed)
            connection.execute(update(rollout_member).where(failed).values(stage="waiting", excused=False, text=""))
        return True

    def heard(self, hall: str, position: str, *, revision: int, stage: Stage, running: str, text: str) -> bool:
        """What a device says of an order. False where nobody gave it that one, or it was not news."""
        with self._engine.begin() as connection:
            of_hall = select(rollout.c.id).where(rollout.c.hall == hall)
            there = rollout_member.c.rollout.in_(of_hall) & (rollout_member.c.position == position)
            row = connection.execute(select(rollout_member).where(there, rollout_member.c.revision == revision)).first()
            if row is None or not revision or not _is_news(row.stage, stage):
                return False
            connection.execute(
                update(rollout_member)
                .where(there, rollout_member.c.revision == revision, rollout_member.c.stage == row.stage)
                .values(stage=stage, said_running=running[:40], text=text[:500])
            )
        return True


def _is_news(before: str, stage: str) -> bool:
    """Messages may come twice, and late ones after newer."""
    if stage == before:
        return False
    if before == "waiting":  # it was taken back, and the device had begun
        return stage not in ("ordered", "away", "fetching")
    steps = ("ordered", "away", "fetching", "trying")
    if stage in steps:
        return before in steps and (before == "away" or steps.index(stage) > steps.index(before))
    return stage == "running" or before not in ("refused", "returned")  # one that ran may be found damaged later


def _move(connection: Connection, one: Rollout, before: Progress, stage: Stage, at: datetime) -> None:
    """`ordered` after `waiting` is an order, and `waiting` takes it back; a device that spoke meanwhile is left."""
    values: dict[str, Any] = {"stage": stage, "since": at}
    mine = (
        (rollout_member.c.rollout == one.id)
        & (rollout_member.c.position == before.position)
        & (rollout_member.c.stage == before.stage)
    )
    if before.stage == "waiting":
        values["revision"] = _order(connection, one, before.position)
        values["text"] = ""
    done = connection.execute(update(rollout_member).where(mine).values(**values))
    if done.rowcount and stage == "waiting":
        there = (release_order.c.hall == one.hall) & (release_order.c.position == before.position)
        connection.execute(update(release_order).where(there, release_order.c.sha256 == one.sha256).values(held=True))


def _order(connection: Connection, one: Rollout, position: str) -> int:
    """A new revision of what the position should run."""
    there = (release_order.c.hall == one.hall) & (release_order.c.position == position)
    known = connection.execute(select(release_order.c.revision).where(there)).scalar()
    values = {"sha256": one.sha256, "revision": (known or 0) + 1, "held": False}
    if known is None:
        connection.execute(insert(release_order).values(hall=one.hall, position=position, **values))
    else:
        connection.execute(update(release_order).where(there).values(**values))
    return int(values["revision"])


def _turn(connection: Connection, one: Rollout, values: dict[str, Any]) -> bool:
    mine = (rollout.c.id == one.id) & (rollout.c.turn == one.turn)
    return bool(connection.execute(update(rollout).where(mine).values(turn=one.turn + 1, **values)).rowcount)


def _note(
    connection: Connection,
    what: audit.What,
    one: Rollout,
    at: datetime,
    by: str,
    which: ColumnElement[bool] | None = None,
) -> None:
    """Of each position that is in it, or only `which`: what a device is to run is done to that device."""
    members = rollout_member.c.rollout == one.id if which is None else which
    positions = connection.execute(select(rollout_member.c.position).where(members).order_by("position")).scalars()
    name = connection.execute(select(release.c.name).where(release.c.sha256 == one.sha256)).scalar()
    notes = [
        audit.noted(hall=one.hall, position=each, who=by, what=what, detail=name or one.sha256[:12], at=at)
        for each in positions
    ]
    audit.note_all(connection, notes)


def _kept(one: Rollout, step: Step) -> str:
    """Why it halted stays to be read while it is halted."""
    return one.why if step.phase == one.phase else ""


def _columns(one: Rollout) -> dict[str, Any]:
    return {**msgspec.structs.asdict(one), "plan": msgspec.json.encode(one.plan).decode()}


def _rollout(row: Row[tuple[Any, ...]]) -> Rollout:
    found = row._asdict()
    return Rollout(**{**found, "plan": msgspec.json.decode(found["plan"], type=Plan)})


def _progress(row: Row[tuple[Any, ...]]) -> Progress:
    found = row._asdict()
    return Progress(**{name: found[name] for name in Progress.__struct_fields__})
