"""Time between two columns, in the database itself: not worth carrying a hundred thousand rows out for."""

from typing import Any

from sqlalchemy import Float, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_between(FunctionElement[float]):  # noqa: N801 - as SQL functions are written
    """From the first to the second, to the millisecond."""

    type, name, inherit_cache = Float(), "seconds_between", True


class hours_between(FunctionElement[int]):  # noqa: N801
    """Whole hours from the first to the second, which is later."""

    type, name, inherit_cache = Integer(), "hours_between", True


@compiles(seconds_between, "postgresql")
def _seconds_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    first, second = (compiler.process(one, **kw) for one in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM {second} - {first}) AS double precision)"


@compiles(seconds_between, "sqlite")
def _seconds_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    """Days are floats of a millisecond's exactness there."""
    first, second = (compiler.process(one, **kw) for one in element.clauses)
    return f"ROUND((julianday({second}) - julianday({first})) * 86400, 3)"


@compiles(hours_between, "postgresql")
def _hours_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(FLOOR({_seconds_postgresql(element, compiler, **kw)} / 3600) AS integer)"


@compiles(hours_between, "sqlite")
def _hours_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({_seconds_sqlite(element, compiler, **kw)} / 3600 AS INTEGER)"
