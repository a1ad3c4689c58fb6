"""Whether a column of bytes holds some, asked in the database itself."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, LargeBinary, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Holds(FunctionElement[bool]):
    type, name, inherit_cache = Boolean(), "holds", True


def holds(column: ColumnElement[bytes], needle: bytes) -> ColumnElement[bool]:
    return _Holds(column, literal(needle, LargeBinary()))


@compiles(_Holds, "postgresql")
def _postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column, needle = (compiler.process(one, **kw) for one in element.clauses)
    return f"(position(CAST({needle} AS bytea) IN {column}) > 0)"


@compiles(_Holds, "sqlite")
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    column, needle = (compiler.process(one, **kw) for one in element.clauses)
    return f"(instr({column}, {needle}) > 0)"
