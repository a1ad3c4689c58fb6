"""One thing that is wrong with a hall file, and how it is told to the person who writes the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LISTED_MAX = 12
_PART_LENGTH_MAX = 400


@dataclass(frozen=True)
class Problem:
    item: str  # as in: counter "17"
    key: str
    text: str  # what is wrong and what would be right
    line: int | None = None

    def told(self, source: str) -> str:
        """One line: file:line, item, key, text. What the file smuggles in (escape codes, line ends) is made visible."""
        place = source if self.line is None else f"{source}:{self.line}"
        return ": ".join(_visible(part) for part in (place, self.item, self.key, self.text) if part)


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint that ends a refusal: what was probably meant, and what there is to choose from."""
    names = list(dict.fromkeys(known))
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(word.casefold(), folded, n=1)
    meant = f'did you mean "{folded[close[0]]}"? ' if close else ""
    if close and len(names) > LISTED_MAX:
        return meant.rstrip()
    rest = f", … ({len(names)} in all)" if len(names) > LISTED_MAX else ""
    return f"{meant}known: {', '.join(names[:LISTED_MAX]) or 'none'}{rest}"


def _visible(part: str) -> str:
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in part[:_PART_LENGTH_MAX])
    return shown + ("…" if len(part) > _PART_LENGTH_MAX else "")
