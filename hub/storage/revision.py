"""Which schema a database has, and which is the newest: told without Alembic, since every start asks."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"

_REVISION = re.compile(r'^revision = "(\w+)"$', re.M)
_BEFORE = re.compile(r'^down_revision = "(\w+)"$', re.M)


@cache
def newest() -> str:
    """The one migration that no other follows, as `scripts/migration` writes them."""
    written = [path.read_text("utf-8") for path in (MIGRATIONS / "versions").glob("*.py")]
    there = {found[1] for one in written if (found := _REVISION.search(one))}
    (last,) = there - {found[1] for one in written if (found := _BEFORE.search(one))}
    return last


def of(connection: Connection) -> str | None:
    """None: the database is new. The table is Alembic's own."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
