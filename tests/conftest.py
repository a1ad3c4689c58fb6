"""What tests of any folder may ask for: a PostgreSQL, started when the first test wants one, and databases on it."""

import functools
import gc
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy import Engine

from hub.storage import accounts
from hub.storage import database as databases
from hub.storage.database import Where, open_database
from provisioning.postgresql.process import Postgresql

settings.register_profile("tingxu", deadline=None)  # how fast it was is nobody's business here
settings.load_profile("tingxu")

_LONG = ("tests/sim/", "tests/house/", "tests/e2e/", "tests/hub/http/test_api_fuzz.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes come first: what is short fits into what is left at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.fixture(scope="module", autouse=True)
def settled() -> None:
    """What is there by now stays, and is not looked through for garbage again and again: applications are large, and
    a hundred thousand objects are made for each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new SQLite database begins as a copy of one that all migrations were run on, as PostgreSQL's do: a thousand
    tests want one, and to migrate it takes ten times as long as to look that nothing is to be done."""
    template, engine_of = tmp_path_factory.mktemp("migrated") / "hub.db", databases._sqlite
    open_database(template).dispose()

    def begun(path: Path) -> Engine:
        if not path.exists() or path.stat().st_size == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(template, path)
        return engine_of(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(databases, "_sqlite", begun)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_trust() -> Iterator[None]:
    """What httpx trusts by default is read from its file once, and not for each of a thousand clients: 40 ms each time.
    Clients with a trust of their own make it as ever."""
    made = httpx.create_ssl_context
    by_default = functools.cache(made)

    def context(verify: object = True, cert: object = None, trust_env: bool = True) -> ssl.SSLContext:
        plain = verify is True and cert is None
        return by_default(trust_env=trust_env) if plain else made(verify=verify, cert=cert, trust_env=trust_env)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", context)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are kept by argon2id as ever, at the least cost: a thousand log-ins prove no more when each is dear.
    Hubs in processes of their own have the full one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


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


@pytest.fixture(scope="session")
def emptied(fresh: Callable[[], str]) -> Callable[[], str]:
    """One PostgreSQL database, as new each time it is asked for, and whoever was still connected is thrown out: to make
    one anew copies ten megabytes, for each of three hundred tests."""
    url, tables = fresh(), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url) as connection:
        ours = {row[0] for row in connection.execute(tables)}

    def again() -> str:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            there = {row[0] for row in connection.execute(tables)}
            connection.execute("SET session_replication_role = replica")  # in whatever order: nothing is left
            work = [f'DROP TABLE "{name}"' for name in there - ours]  # a test's own
            work += [f'DELETE FROM "{name}"' for name in ours - {"alembic_version"}]
            connection.execute("; ".join(work).encode())
            connection.execute("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")
        return url

    return again


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """A database of each kind in turn, as hub.storage.database takes it: `hub.db` in `tmp_path`, or a URL."""
    if request.param == "sqlite":
        open_database(tmp_path / "hub.db").dispose()
        return tmp_path / "hub.db"
    return str(request.getfixturevalue("emptied")())
