"""A database is brought to the newest schema when it is opened, and what is there already costs no start anything."""

import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from hub.storage import migrating, revision
from hub.storage.database import open_database
from tests.support.process import ROOT

_LOADED = "import sys; from pathlib import Path; from hub.storage.database import open_database; "
_OPENED = _LOADED + "open_database(Path(sys.argv[1])).dispose(); print('alembic' in sys.modules)"


def _loads_alembic(path: Path) -> str:
    """A process of its own opens it; here everything is loaded long since."""
    command = [sys.executable, "-c", _OPENED, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_the_newest_revision_is_the_one_that_alembic_would_go_to() -> None:
    assert revision.newest() == ScriptDirectory.from_config(migrating.configuration()).get_current_head()


def test_only_a_database_that_is_not_the_newest_loads_alembic(tmp_path: Path) -> None:
    assert _loads_alembic(tmp_path / "hub.db") == "True"
    assert _loads_alembic(tmp_path / "hub.db") == "False"


def test_a_new_database_has_no_revision_and_an_opened_one_the_newest(tmp_path: Path) -> None:
    empty = create_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with empty.connect() as connection:
        assert revision.of(connection) is None
    empty.dispose()
    opened = open_database(tmp_path / "hub.db")
    with opened.connect() as connection:
        assert revision.of(connection) == revision.newest()
    opened.dispose()
