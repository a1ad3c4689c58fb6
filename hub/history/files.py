"""Where rows of the past are kept: for each hall, relation and day a Parquet file, made of the log and never the only
copy of anything. The whole folder may be deleted; it is made again."""

import secrets
from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec

from hub.history.relations import ROWS, Relation

if TYPE_CHECKING:
    import duckdb

FORMAT = 2  # of what is in the files; another one begins another folder
_MEMORY = "256MB"
_TYPES: dict[type, str] = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN"}
_encode = msgspec.json.Encoder().encode


class Reached(msgspec.Struct, frozen=True):
    """How far the log has been read, in which of its lives."""

    epoch: int
    position: int


class Files:
    """Writing and `query` from any thread. Several processes may share the folder: each writes what the log says."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self._folder, self._threads = folder / f"v{FORMAT}", threads

    @cached_property
    def _database(self) -> "duckdb.DuckDBPyConnection":
        """Opened, and its library loaded, when it is first needed: many a process never is asked."""
        import duckdb

        self._folder.mkdir(parents=True, exist_ok=True)
        database = duckdb.connect(":memory:", config={
            "threads": self._threads, "memory_limit": _MEMORY, "temp_directory": str(self._folder / "spill"),
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
        self._days.clear()

    def write(self, hall: str, day: str, rows: dict[Relation, list[msgspec.Struct]]) -> None:
        """Instead of what was there of that day."""
        for relation, some in rows.items():
            path, known = self._path(hall, relation, day), self._days[hall, relation]
            if not some and day not in known:
                continue
            self._write(relation, some, path)
            if day not in known:
                insort(known, day)

    def days(self, hall: str, relation: Relation, first: str, last: str) -> list[str]:
        return [day for day in list(self._days[hall, relation]) if first <= day <= last]

    def paths(self, hall: str, relation: Relation, first: str, last: str) -> list[str]:
        """At least one, so that a query without days answers as an empty relation does."""
        empty = self._folder / f"{relation}.parquet"
        if not empty.exists():
            self._write(relation, [], empty)
        return [
            str(empty),
            *(str(self._path(hall, relation, day)) for day in self.days(hall, relation, first, last)),
        ]

    def query(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """`sql` is ours; what others said is in `values`."""
        with self._database.cursor() as cursor:
            return cursor.execute(sql, values).fetchall()

    def _path(self, hall: str, relation: Relation, day: str) -> Path:
        return self._folder / hall / relation / f"{day}.parquet"

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


def _column(kind: Any) -> str:
    plain = next(one for one in get_args(kind) if one is not type(None)) if isinstance(kind, UnionType) else kind
    return _TYPES[plain]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _replace(path: Path, body: bytes) -> None:
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    part.write_bytes(body)
    part.replace(path)
