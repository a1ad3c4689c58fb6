"""A text in both languages, Chinese first. `{…}` is filled; what has no value is left blank."""

from typing import NamedTuple


class Words(NamedTuple):
    zh: str
    en: str

    @property
    def both(self) -> str:
        """Side by side, for a citizen at a machine."""
        return f"{self.zh} {self.en}".strip()

    def fill(self, **values: str) -> "Words":
        return Words(self.zh.format_map(_Blank(values)), self.en.format_map(_Blank(values)))


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
