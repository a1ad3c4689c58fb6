"""Releases of the edge software that were uploaded here: what is known of each; their bytes lie elsewhere."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from hub.storage import audit
from hub.storage.schema_releases import release


class ReleaseError(Exception):
    """What is refused about releases and their going out. `code` is counted, the text is for the person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """`signature`: the publisher's, Ed25519 over the hash, base64."""

    sha256: str
    name: str
    size: int
    signature: str
    added_at: datetime
    added_by: str


class Releases:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, one: Release) -> tuple[Release, bool]:
        """As it is kept, and whether it is new. Raises ReleaseError: the name belongs to other content."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(release).values(msgspec.structs.asdict(one)))
                _note(connection, "release-added", one, one.added_by, one.added_at)
        except IntegrityError:
            found = [other for other in self.all() if one.sha256 == other.sha256 or one.name == other.name]
            if found and found[0].sha256 == one.sha256:
                return found[0], False
            raise ReleaseError(
                "name-taken", f"{one.name} is here with other content: a version's name is used once, so build another"
            ) from None
        return one, True

    def all(self) -> list[Release]:
        """Newest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(release).order_by(release.c.added_at.desc()))
            return [Release(**row._asdict()) for row in rows]

    def one(self, sha256: str) -> Release:
        """Raises ReleaseError."""
        found = next((one for one in self.all() if one.sha256 == sha256), None)
        if found is None:
            raise ReleaseError("unknown-release", f"no release has the hash {sha256}: upload it first")
        return found

    def drop(self, sha256: str, *, by: str, at: datetime) -> Release:
        """Raises ReleaseError: unknown, or some hall has rolled it out."""
        gone = self.one(sha256)
        try:
            with self._engine.begin() as connection:
                if connection.execute(delete(release).where(release.c.sha256 == sha256)).rowcount:
                    _note(connection, "release-removed", gone, by, at)
        except IntegrityError:
            raise ReleaseError("release-in-use", f"{gone.name} was rolled out; it stays, to go back to") from None
        return gone


def _note(connection: Connection, what: audit.What, one: Release, by: str, at: datetime) -> None:
    """Of no hall: what was uploaded is there for all of them."""
    audit.note(connection, hall="", who=by, what=what, detail=audit.told(one.name, one.sha256[:12]), at=at)
