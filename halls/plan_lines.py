"""A floor plan as lines for the hall file: what to put under which item, so that the file says what the editor made."""

from collections.abc import Iterator, Sequence
from typing import Any

from halls.items import Hall

_HEAD = "# The floor plan of {hall}. Put these lines under the items of the hall file that they name; docs/hall-file.md"


def plan_lines(hall: Hall) -> str:
    """TOML, an item each; what nobody measured is left out."""
    blocks = [_HEAD.format(hall=hall.hall.id), *_blocks(hall)]
    return "\n\n".join(blocks) + "\n"


def _blocks(hall: Hall) -> Iterator[str]:
    for floor in hall.floor:
        given = {"size": floor.size, "walls": floor.walls, "doors": floor.doors, "picture": floor.picture}
        yield from _block("floor", floor.id, given)
    for area in hall.area:
        yield from _block("area", area.id, {"outline": area.outline})
    for counter in hall.counter:
        faces = {"faces": counter.faces} if counter.at else {}
        yield from _block("counter", counter.id, {"at": counter.at, **faces})
    for position in hall.position:
        yield from _block("position", position.id, {"at": position.at})


def _block(table: str, ident: str, given: dict[str, Any]) -> Iterator[str]:
    lines = [f"{key} = {_written(value)}" for key, value in given.items() if value]
    if lines:
        yield "\n".join((f'# {table} "{ident}"', *lines))


def _written(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Sequence):
        return "[" + ", ".join(_written(one) for one in value) + "]"
    return f"{value:g}"
