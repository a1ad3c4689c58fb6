"""What tests of any folder may ask for: a PostgreSQL, started when the first test wants one, and databases on it."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.storage.database import Where, open_database
from provisioning.postgresql.process import Postgresql


@pytest.fixture(scope="module", autouse=True)
def settled() -> None:
    """What is there by now stays, and is not looked through for garbage again and again: applications are large, and
    a hundred thousand objects are made for each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    with Postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def fresh(postgresql: Postgresql) -> Callable[[], str]:
    """Makes PostgreSQL databases with all tables and nothing in them."""
    first = postgresql.database()
    open_database(first).dispose()
    name = first.partition("/hub")[2].partition("?")[0]
    return lambda: postgresql.database(like=f"hub{name}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """A database of each kind in turn, as hub.storage.database takes it: `hub.db` in `tmp_path`, or a URL."""
    if request.param == "sqlite":
        open_database(tmp_path / "hub.db").dispose()
        return tmp_path / "hub.db"
    return str(request.getfixturevalue("fresh")())
