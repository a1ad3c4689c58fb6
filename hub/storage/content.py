"""What screens play: media (their bytes lie elsewhere), playlists, emergencies."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.schema_screens import emergency, media, playlist, playlist_item
from wire.messages import Daypart, Zone


class ContentError(Exception):
    """What is refused about content. `code` is counted, the text is for the person.

    ContentError
    ├── UnknownMediaError
    ├── MediaInUseError        a playlist or an emergency shows it
    ├── UnknownPlaylistError
    └── UnknownEmergencyError  or it is over
    """

    code = "content"


class UnknownMediaError(ContentError):
    code = "unknown-media"


class MediaInUseError(ContentError):
    code = "media-in-use"


class UnknownPlaylistError(ContentError):
    code = "unknown-playlist"


class UnknownEmergencyError(ContentError):
    code = "unknown-emergency"


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or film. `type`: as found in it; `width`, `height`: of pictures, in pixels."""

    sha256: str
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None
    added_at: datetime
    added_by: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a playlist. `duration_s` 0: as long as it takes."""

    sha256: str
    duration_s: float = 0.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a playlist plays. Without areas and screens: on every screen of the hall."""

    enabled: bool = True
    zone: Zone = "beside"
    ticker: str = ""
    priority: int = 0
    first_day: str = ""
    last_day: str = ""
    dayparts: tuple[Daypart, ...] = ()
    areas: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()


class Playlist(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    hall: str
    name: str
    plan: Plan
    items: tuple[Shown, ...]
    changed_at: datetime
    changed_by: str


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What an emergency says, and on which screens: without areas and screens on all of the hall's."""

    zh: str
    en: str = ""
    areas: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """`until` None: until it is withdrawn."""

    id: str
    hall: str
    words: Words
    sha256: str | None
    until: datetime | None
    begun_at: datetime
    begun_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


class Content:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # Media.

    def add(self, one: Media) -> tuple[Media, bool]:
        """What is kept under that hash now, and whether it is new: the same bytes keep their first name."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(media).values(msgspec.structs.asdict(one)))
        except IntegrityError:
            return self.media(one.sha256), False
        return one, True

    def media(self, sha256: str) -> Media:
        """Raises UnknownMediaError."""
        with self._engine.connect() as connection:
            return _known(connection, sha256)

    def all_media(self) -> list[Media]:
        """Newest first."""
        with self._engine.connect() as connection:
            query = select(media).order_by(media.c.added_at.desc(), media.c.sha256)
            return [_as_media(row) for row in connection.execute(query)]

    def users(self) -> dict[str, list[str]]:
        """Hash → names of the playlists that show it."""
        query = select(playlist_item.c.sha256, playlist.c.name).distinct().join(playlist).order_by(playlist.c.name)
        found: dict[str, list[str]] = {}
        with self._engine.connect() as connection:
            for sha256, name in connection.execute(query):
                found.setdefault(sha256, []).append(name)
        return found

    def delete_media(self, sha256: str, now: datetime) -> Media:
        """Raises UnknownMediaError, MediaInUseError. Emergencies that are over let go of it."""
        over = or_(emergency.c.withdrawn_at.is_not(None), emergency.c.until <= now)
        try:
            with self._engine.begin() as connection:
                gone = _known(connection, sha256)
                connection.execute(update(emergency).where(emergency.c.sha256 == sha256, over).values(sha256=None))
                connection.execute(delete(media).where(media.c.sha256 == sha256))
        except IntegrityError as error:
            names = ", ".join(self.users().get(sha256, [])) or "an emergency"
            raise MediaInUseError(f"{gone.name} is shown by {names}: take it out there first") from error
        return gone

    # Playlists.

    def save(self, one: Playlist) -> None:
        """In place of the one with that id, if there is one in that hall. Raises UnknownMediaError."""
        values = {
            "name": one.name,
            "body": _encode(one.plan),
            "changed_at": one.changed_at,
            "changed_by": one.changed_by,
        }
        with self._engine.begin() as connection:
            for item in one.items:
                _known(connection, item.sha256)
            if not connection.execute(update(playlist).where(_playlist(one.hall, one.id)).values(values)).rowcount:
                connection.execute(insert(playlist).values(id=one.id, hall=one.hall, **values))
            connection.execute(delete(playlist_item).where(playlist_item.c.playlist == one.id))
            for ordinal, item in enumerate(one.items):
                row = {"playlist": one.id, "ordinal": ordinal, **msgspec.structs.asdict(item)}
                connection.execute(insert(playlist_item).values(row))

    def playlist(self, hall: str, ident: str) -> Playlist:
        """Raises UnknownPlaylistError."""
        found = next((one for one in self.playlists(hall) if one.id == ident), None)
        if found is None:
            raise UnknownPlaylistError(f"hall {hall} has no playlist {ident!r}")
        return found

    def playlists(self, hall: str) -> list[Playlist]:
        """By name."""
        items: dict[str, list[Shown]] = {}
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(playlist).where(playlist.c.hall == hall).order_by(playlist.c.name, playlist.c.id)
            ).all()
            query = select(playlist_item).join(playlist).where(playlist.c.hall == hall)
            for row in connection.execute(query.order_by(playlist_item.c.ordinal)):
                items.setdefault(row.playlist, []).append(Shown(sha256=row.sha256, duration_s=row.duration_s))
        return [_as_playlist(row, items.get(row.id, ())) for row in rows]

    def delete_playlist(self, hall: str, ident: str) -> Playlist:
        """Raises UnknownPlaylistError."""
        gone = self.playlist(hall, ident)
        with self._engine.begin() as connection:
            connection.execute(delete(playlist).where(_playlist(hall, ident)))
        return gone

    # Emergencies.

    def begin(self, one: Emergency) -> None:
        """Raises UnknownMediaError."""
        values = {name: getattr(one, name) for name in ("id", "hall", "sha256", "until", "begun_at", "begun_by")}
        with self._engine.begin() as connection:
            if one.sha256 is not None:
                _known(connection, one.sha256)
            connection.execute(insert(emergency).values(body=_encode(one.words), **values))

    def withdraw(self, hall: str, ident: str, now: datetime, by: str) -> Emergency:
        """Raises UnknownEmergencyError."""
        this = (emergency.c.hall == hall) & (emergency.c.id == ident) & emergency.c.withdrawn_at.is_(None)
        with self._engine.begin() as connection:
            done = connection.execute(update(emergency).where(this).values(withdrawn_at=now, withdrawn_by=by)).rowcount
            row = connection.execute(select(emergency).where(emergency.c.id == ident)).one_or_none()
        if not done or row is None:
            raise UnknownEmergencyError(f"hall {hall} has no emergency {ident!r} that is not withdrawn")
        return _as_emergency(row)

    def emergency(self, hall: str, ident: str) -> Emergency:
        """Raises UnknownEmergencyError."""
        this = (emergency.c.hall == hall) & (emergency.c.id == ident)
        with self._engine.connect() as connection:
            row = connection.execute(select(emergency).where(this)).one_or_none()
        if row is None:
            raise UnknownEmergencyError(f"hall {hall} has no emergency {ident!r}")
        return _as_emergency(row)

    def emergencies(self, hall: str, limit: int = 50) -> list[Emergency]:
        """Newest first; those that are over as well."""
        query = select(emergency).where(emergency.c.hall == hall)
        newest = query.order_by(emergency.c.begun_at.desc(), emergency.c.id).limit(limit)
        with self._engine.connect() as connection:
            return [_as_emergency(row) for row in connection.execute(newest)]

    def active(self, hall: str, now: datetime) -> list[Emergency]:
        """Newest first."""
        lasts = or_(emergency.c.until.is_(None), emergency.c.until > now)
        query = select(emergency).where(emergency.c.hall == hall, emergency.c.withdrawn_at.is_(None), lasts)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(emergency.c.begun_at.desc(), emergency.c.id))
            return [_as_emergency(row) for row in rows]


def fresh_id() -> str:
    """Of a playlist or an emergency."""
    return secrets.token_hex(8)


def _encode(body: Plan | Words) -> str:
    return msgspec.json.encode(body).decode()


def _known(connection: Connection, sha256: str) -> Media:
    row = connection.execute(select(media).where(media.c.sha256 == sha256)).one_or_none()
    if row is None:
        raise UnknownMediaError(f"there is no medium with the hash {sha256[:64]!r}: upload it first")
    return _as_media(row)


def _playlist(hall: str, ident: str) -> Any:
    return (playlist.c.hall == hall) & (playlist.c.id == ident)


def _as_media(row: Row[Any]) -> Media:
    return Media(**row._mapping)


def _as_playlist(row: Row[Any], items: Iterable[Shown]) -> Playlist:
    plan = msgspec.json.decode(row.body, type=Plan)
    return Playlist(
        id=row.id,
        hall=row.hall,
        name=row.name,
        plan=plan,
        items=tuple(items),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _as_emergency(row: Row[Any]) -> Emergency:
    kept = {name: value for name, value in row._mapping.items() if name != "body"}
    return Emergency(words=msgspec.json.decode(row.body, type=Words), **kept)
