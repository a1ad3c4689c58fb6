"""Where rows of the past are kept: for each hall, relation and day a Parquet file, made of the log and never the only
copy of anything. The whole folder may be deleted; it is made again."""

import fcntl
import hashlib
import os
import secrets
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec

from hub.history.relations import ROWS, Aside, Notable, Relation, Unread

if TYPE_CHECKING:
    import duckdb

FORMAT = 2  # of what is in the files; another one begins another folder
_MEMORY = "256MB"
_ASIDES = "beside"  # beside the relations
_MONTHS = "months"  # beside the days
_TYPES: dict[type, str] = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN"}
_NOTHING = Aside()
_encode = msgspec.json.Encoder().encode


class Reached(msgspec.Struct, frozen=True):
    """How far the log has been read, in which of its lives. While days are made ahead of that, each of them whole:
    `upto`, where reading goes on once all are made, and `made`: HALL/DAY → events."""

    epoch: int
    position: int
    upto: int = 0
    made: dict[str, int] = {}


class Files:
    """Writing and `query` from any thread. Several processes may share the folder: each writes what the log says."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self._folder, self._threads = folder / f"v{FORMAT}", threads

    @cached_property
    def _database(self) -> "duckdb.DuckDBPyConnection":
        """Opened, and its library loaded, when it is first needed: many a process never is asked."""
        return self._open(self._threads)

    def _open(self, threads: int) -> "duckdb.DuckDBPyConnection":
        import duckdb

        self._folder.mkdir(parents=True, exist_ok=True)
        database = duckdb.connect(":memory:", config={
            "threads": threads, "memory_limit": _MEMORY, "temp_directory": str(self._folder / "spill"),
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        })  # fmt: skip
        database.execute("SET allowed_directories = $folder", {"folder": [str(self._folder)]})
        database.execute("SET enable_external_access = false")
        return database

    @cached_property
    def _days(self) -> dict[tuple[str, Relation], list[str]]:
        """(hall, relation) → days, rising."""
        found = defaultdict[tuple[str, Relation], list[str]](list)
        for path in sorted(self._folder.glob("*/*/*.parquet")):
            found[path.parent.parent.name, cast(Relation, path.parent.name)].append(path.stem)
        return found

    @cached_property
    def _asides(self) -> dict[tuple[str, str], Aside]:
        """By hall and day, where there is something in one."""
        return {
            (path.parent.parent.name, path.stem): _aside_in(path) for path in self._folder.glob(f"*/{_ASIDES}/*.json")
        }

    def look_again(self) -> None:
        """For days that other processes wrote."""
        for name in ("_days", "_asides"):
            self.__dict__.pop(name, None)

    def lock(self) -> int | None:
        """To be the only one that makes days ahead: of the processes that share the folder one can. None: another one
        is. To be closed; the system does so with the process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        opened = os.open(self._folder / "making.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            return None
        return opened

    def close(self) -> None:
        if "_database" in self.__dict__:
            self._database.close()

    def reached(self) -> Reached:
        try:
            return msgspec.json.decode((self._folder / "reached.json").read_bytes(), type=Reached)
        except (OSError, msgspec.DecodeError):
            return Reached(0, 0)

    def reach(self, reached: Reached) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        _replace(self._folder / "reached.json", _encode(reached))

    def forget(self) -> None:
        """All days; to begin anew."""
        for (hall, relation), days in self._days.items():
            for day in days:
                self._path(hall, relation, day).unlink(missing_ok=True)
            for merged in (self._folder / hall / relation / _MONTHS).glob("*.parquet"):
                merged.unlink(missing_ok=True)
        self._days.clear()
        for hall, day in list(self._asides):
            self._write_aside(hall, day, _NOTHING)

    def write(self, hall: str, day: str, rows: dict[Relation, list[msgspec.Struct]], aside: Aside = _NOTHING) -> None:
        """Instead of what was there of that day."""
        if aside != self._asides.get((hall, day), _NOTHING):
            self._write_aside(hall, day, aside)
        for relation, some in rows.items():
            path, known = self._path(hall, relation, day), self._days[hall, relation]
            if not some and day not in known:
                continue
            self._write(relation, some, path)
            if day not in known:
                insort(known, day)

    def unread(self, hall: str = "", first: str = "", last: str = "9999") -> list[Unread]:
        """Events of those days that are in no figure; without a hall, of all of them."""
        return [one for aside in self._beside(hall, first, last) for one in aside.unread]

    def notable(self, hall: str, first: str, last: str) -> list[Notable]:
        return [one for aside in self._beside(hall, first, last) for one in aside.notable]

    def _beside(self, hall: str, first: str, last: str) -> Iterator[Aside]:
        for of_hall, day in sorted(self._asides):
            if hall in ("", of_hall) and first <= day <= last:
                yield self._asides[of_hall, day]

    def merge(self, hall: str, before: str) -> bool:
        """One month's days of one relation into one file, of a month before `before` (YYYY-MM) where that was not done
        yet; the days stay as they are. False: there is none. A year is then twelve files to open and not 245."""
        for relation in ROWS:
            for month, days in self._months(hall, relation, "", before):
                if not (merged := self._month(hall, relation, month, days)).exists():
                    self._merge(relation, [self._path(hall, relation, day) for day in days], merged)
                    return True
        return False

    def _months(self, hall: str, relation: Relation, first: str, last: str) -> Iterator[tuple[str, list[str]]]:
        """Months, of which more than one day is known."""
        for month, days in groupby(self.days(hall, relation, first, last), key=lambda day: day[:7]):
            if len(some := list(days)) > 1:
                yield month, some

    def _month(self, hall: str, relation: Relation, month: str, days: Sequence[str]) -> Path:
        """Its name tells of which files it was made: when one of them is written anew, it is another."""
        told = hashlib.sha256()
        for day in days:
            try:
                stat = self._path(hall, relation, day).stat()
            except FileNotFoundError:
                continue  # another process began anew
            told.update(f"{day} {stat.st_ino} {stat.st_mtime_ns} {stat.st_size}\n".encode())
        return self._folder / hall / relation / _MONTHS / f"{month}.{told.hexdigest()[:16]}.parquet"

    def _merge(self, relation: Relation, days: Sequence[Path], merged: Path) -> None:
        """By one thread: there is time."""
        merged.parent.mkdir(exist_ok=True)
        for older in merged.parent.glob(f"{merged.name[:7]}.*.parquet"):
            older.unlink(missing_ok=True)
        part = merged.with_suffix(f".{secrets.token_hex(4)}.part")
        files = ", ".join(f"'{_quoted(day)}'" for day in days)
        try:
            with self._open(threads=1) as database:
                database.execute(
                    f"COPY (SELECT * FROM read_parquet([{files}])) "  # noqa: S608 - our paths
                    f"TO '{_quoted(part)}' (FORMAT parquet, COMPRESSION zstd)"
                )
            part.replace(merged)
        finally:
            part.unlink(missing_ok=True)

    def days(self, hall: str, relation: Relation, first: str, last: str) -> list[str]:
        return [day for day in list(self._days[hall, relation]) if first <= day <= last]

    def paths(self, hall: str, relation: Relation, first: str, last: str) -> list[str]:
        """At least one, so that a query without days answers as an empty relation does."""
        empty = self._folder / f"{relation}.parquet"
        if not empty.exists():
            self._write(relation, [], empty)
        days = dict.fromkeys(self.days(hall, relation, first, last))
        found = [empty]
        for month, known in list(self._months(hall, relation, "", "9999")):
            if all(day in days for day in known) and (one := self._month(hall, relation, month, known)).exists():
                found.append(one)
                for day in known:
                    del days[day]
        return [str(one) for one in (*found, *(self._path(hall, relation, day) for day in days))]

    def query(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """`sql` is ours; what others said is in `values`."""
        with self._database.cursor() as cursor:
            return cursor.execute(sql, values).fetchall()

    def _path(self, hall: str, relation: Relation, day: str) -> Path:
        return self._folder / hall / relation / f"{day}.parquet"

    def _write_aside(self, hall: str, day: str, aside: Aside) -> None:
        path = self._folder / hall / _ASIDES / f"{day}.json"
        if aside != _NOTHING:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, _encode(aside))
            self._asides[hall, day] = aside
        else:
            path.unlink(missing_ok=True)
            self._asides.pop((hall, day), None)

    def _write(self, relation: Relation, rows: Sequence[msgspec.Struct], path: Path) -> None:
        """Through a file of JSON lines, which the library reads far faster than it takes rows one by one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        own = secrets.token_hex(4)  # threads and processes may write one at once
        lines, part = path.with_suffix(f".{own}.json"), path.with_suffix(f".{own}.part")
        columns = {name: _column(kind) for name, kind in ROWS[relation].__annotations__.items()}
        try:
            lines.write_bytes(b"\n".join(map(_encode, rows)))
            struct = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
            read = f"read_json('{_quoted(lines)}', format = 'newline_delimited', columns = {{{struct}}})"
            with self._database.cursor() as cursor:
                cursor.execute(f"COPY (SELECT * FROM {read}) TO '{_quoted(part)}' (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608 - our paths
            part.replace(path)
        finally:
            lines.unlink(missing_ok=True)
            part.unlink(missing_ok=True)


def _aside_in(path: Path) -> Aside:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Aside)
    except (OSError, msgspec.DecodeError):
        return _NOTHING


def _column(kind: Any) -> str:
    plain = next(one for one in get_args(kind) if one is not type(None)) if isinstance(kind, UnionType) else kind
    return _TYPES[plain]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _replace(path: Path, body: bytes) -> None:
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    part.write_bytes(body)
    part.replace(path)
