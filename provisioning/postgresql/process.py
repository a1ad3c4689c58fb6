"""A real PostgreSQL as a child process, for rehearsals, benchmarks and tests; its data is gone with it."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from provisioning import child

_START_S, _STOP_S = 60.0, 20.0
_PROGRAMS = Path("/usr/lib/postgresql")
_OTHERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root: it becomes the first of these that there is


class PostgresqlError(RuntimeError):
    """PostgreSQL is not installed, or did not come up; the text holds the end of what it said."""


class Postgresql:
    """One server, reached by a Unix socket in a directory of its own. Durable as in service: fsync is on."""

    def __init__(self) -> None:
        self._programs = _newest()
        self._as: dict[str, Any] = _somebody_else() if os.geteuid() == 0 else {}
        self._place = Path(tempfile.mkdtemp(prefix="tingxu-postgresql-"))
        self._log = self._place / "postgresql.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Any = None  # by which databases are made
        self._count = itertools.count(1)

    def __enter__(self) -> "Postgresql":
        try:
            if self._as:
                os.chown(self._place, self._as["user"], self._as["group"])
            self._run("initdb", "-D", str(self._data), "-U", "tingxu", "--auth=trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync")  # fmt: skip
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.crash()  # nobody will want to know what was in it
        shutil.rmtree(self._place, ignore_errors=True)

    def start(self) -> None:
        """Returns once it lets clients in. Raises PostgresqlError."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._place), "-h", "",
                 "-c", "fsync=on", "-c", "max_connections=100"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=self._place, **self._as,
            )  # fmt: skip
        deadline = time.monotonic() + _START_S
        while not self._lets_in():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PostgresqlError(f"PostgreSQL did not come up:\n{self._log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """At once, but in order: whoever is connected is thrown out."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Without writing anything down, as in a power cut: the next start recovers from what was on disk."""
        self._end(signal.SIGQUIT)

    def database(self, like: str = "template1") -> str:
        """The URL of a new database: an empty one, or with what the database of the name `like` has."""
        name = f"hub{next(self._count)}"
        if self._connection is None:
            import psycopg  # an extra

            about = f"postgresql://tingxu@/postgres?host={self._place}"
            self._connection = psycopg.connect(about, autocommit=True)
        self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return f"postgresql://tingxu@/{name}?host={self._place}"

    @property
    def _data(self) -> Path:
        return self._place / "data"

    def _lets_in(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", str(self._place)]
        return subprocess.run(asked, check=False).returncode == 0  # noqa: S603

    def _run(self, program: str, *arguments: str) -> None:
        said = subprocess.run(  # noqa: S603
            [str(self._programs / program), *arguments],
            capture_output=True, text=True, check=False, cwd=self._place, **self._as,
        )  # fmt: skip
        if said.returncode:
            raise PostgresqlError(f"{program}: {said.stderr.strip()}")

    def _end(self, how: signal.Signals) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            child.end(self._process, how, _STOP_S)
            self._process = None


def _newest() -> Path:
    """Debian keeps each version's programs apart, and none of them in the PATH."""
    found = [path.parent for path in _PROGRAMS.glob("*/bin/postgres")]
    if not found:
        raise PostgresqlError("PostgreSQL is not installed: apt-get install --no-install-recommends postgresql")
    return max(found, key=lambda path: float(path.parent.name))


def _somebody_else() -> dict[str, Any]:
    for name in _OTHERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise PostgresqlError(f"PostgreSQL does not run as root, and there is no user {' or '.join(_OTHERS)} here")
