"""Releases for tests: built from the real sources, some with a fault planted in them."""

import hashlib
import io
import json
import tarfile
from functools import cache
from pathlib import Path

from provisioning import signing
from provisioning.rehearsal import updating
from provisioning.release import bundle
from wire.upkeep import Release

ROOT = Path(__file__).parents[2]
_HANG = "import argparse\nimport time, sys as _s\nif 'caller' in _s.argv: time.sleep(3600)\n"
_NO_LINK = "            if 'led' in self._identity.device: raise OSError('planted')\n            client.connect("
_HEALTH = "    def health(self) -> dict[str, Fact]:\n        return {"
_NO_PRINTER = _HEALTH.replace("return", "return {'planted_error': 'the printer is gone'} |")
BAD = {  # what a planted release does, each to another class: file, words in it, what they become
    "hangs": ("edge/__main__.py", "import argparse\n", _HANG),
    "crashes": ("edge/evaluator/__init__.py", "from edge.evaluator", "import nowhere\nfrom edge.evaluator"),
    "never connects": ("edge/runtime/link.py", "            client.connect(", _NO_LINK),
    "breaks the driver": ("edge/runtime/parts.py", _HEALTH, _NO_PRINTER),
}


@cache
def built(name: str) -> bytes:
    return bundle.build(ROOT, name)


def planted(name: str, place: Path, *changes: tuple[str, str, str]) -> bytes:
    return updating.planted(ROOT, place, name, *changes)


def factory(place: Path, name: str = "0.1.0") -> Path:
    """What a card carries: the folder of its release."""
    with tarfile.open(fileobj=io.BytesIO(built(name))) as made:
        made.extractall(place / name, filter="data")
    return place


def signed(content: bytes, key: Path) -> str:
    return signing.sign(hashlib.sha256(content).hexdigest(), key)


def release(content: bytes, key: Path, name: str, revision: int = 1, **more: object) -> Release:
    """As the hub would order it."""
    sha256 = hashlib.sha256(content).hexdigest()
    fields = {
        "epoch": 1, "version": revision, "name": name, "sha256": sha256, "size": len(content),
        "signature": signing.sign(sha256, key), "revision": revision,
    }  # fmt: skip
    return Release(**{**fields, **more})  # type: ignore[arg-type]


def packed(members: list[tuple[str, bytes]], **manifest: object) -> bytes:
    """A bundle of those files, with a manifest that is right unless `manifest` says otherwise."""
    said = {
        "format": 1, "name": "0.2.0", "launcher": 1, "packages": {},
        "files": {path: hashlib.sha256(content).hexdigest() for path, content in members},
    }  # fmt: skip
    first = json.dumps(said | manifest).encode()
    return bundle._tar([("release.json", first), *members])
