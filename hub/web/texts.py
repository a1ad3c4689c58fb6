"""What pages say, by dotted key: one catalogue a language, Chinese first."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

_FOLDER = Path(__file__).parent / "texts"


class Named(Protocol):
    """A thing of the hall file that has its name in both languages."""

    @property
    def name(self) -> str: ...
    @property
    def english(self) -> str: ...


class Texts:
    """`texts(key, …)` is the sentence; an unknown key is a KeyError, so that no page shows a bare key."""

    def __init__(self, language: str, entries: dict[str, str]) -> None:
        self.language, self.entries = language, entries

    def __call__(self, key: str, **values: object) -> str:
        return self.entries[key].format_map(values) if values else self.entries[key]

    def section(self, *names: str) -> dict[str, str]:
        """The entries whose key begins with one of the names: what a script of a page may say."""
        return {key: text for key, text in self.entries.items() if key.partition(".")[0] in names}

    def name(self, thing: Named) -> str:
        return thing.english if self.language == "en" and thing.english else thing.name


def catalogue(language: str) -> Texts:
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return Texts(language, dict(_flat(tomllib.load(file))))


def _flat(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


LANGUAGES: dict[str, Texts] = {language: catalogue(language) for language in ("zh", "en")}
