"""What Debian brings onto a card (packages.toml)."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

Arch = Literal["amd64", "arm64"]
FILE = Path(__file__).with_name("packages.toml")


class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kernel: str
    packages: list[str]


class Packages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    suite: str
    epoch: datetime
    all: list[str]
    screens: list[str]
    amd64: Own
    arm64: Own

    def names(self, arch: Arch, screens: bool) -> list[str]:
        own: Own = getattr(self, arch)
        return [*self.all, own.kernel, *own.packages, *(self.screens if screens else ())]


def load(file: Path = FILE) -> Packages:
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Packages)
