"""What an image is and was made from, and the publisher's signature of it: IMAGE.json and IMAGE.json.sig."""

import hashlib
from pathlib import Path
from typing import BinaryIO

import msgspec

from edge.runtime import seed, signature
from provisioning import signing
from provisioning.image.layout import Extent

_CHUNK = 4 * 1024 * 1024


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`sha256`, `parts`: with a blank slot. `slot`: where the seed goes. `packages`: Debian's, name → version.
    `wheels`: PyPI's, `name==version`, installed by the hashes of the locks. `inputs`: hash of our own part.
    """

    format: int = 1
    version: str
    arch: str
    screens: bool
    size: int
    sha256: str
    boot: Extent
    root: Extent
    data: Extent
    slot: Extent
    parts: dict[str, str]
    epoch: int
    inputs: str
    source: str
    packages: dict[str, str]
    wheels: list[str]


class ManifestError(ValueError):
    """There is no manifest, or not a good one; the text says which and what to do."""


def path_of(image: Path) -> Path:
    return image.with_name(image.name + ".json")


def write(image: Path, manifest: Manifest, key: Path | None) -> None:
    path = path_of(image)
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    path.write_bytes(text)
    said = path.with_name(path.name + ".sig")
    said.unlink(missing_ok=True)
    if key is not None:
        said.write_text(signing.sign(hashlib.sha256(text).hexdigest(), key) + "\n", "ascii")


def read(image: Path) -> Manifest:
    """Raises ManifestError."""
    path = path_of(image)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read ({error.strerror}): it belongs beside the image") from error
    except msgspec.DecodeError as error:
        raise ManifestError(f"{path}: is no manifest: {error}") from error


def check_signature(image: Path, public_key: Path) -> None:
    """Raises ManifestError, edge.runtime.signature.SignatureError, OSError."""
    path = path_of(image)
    try:
        said = path.with_name(path.name + ".sig").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path}: is not signed: `tingxu image build --key` signs") from error
    signature.check(hashlib.sha256(path.read_bytes()).hexdigest(), said, public_key)


def sha256(file: BinaryIO, size: int, slot: Extent | None = None) -> str:
    """Of the first `size` bytes; the slot of the seed counts as blank."""
    total = hashlib.sha256()
    file.seek(0)
    done = 0
    while done < size:
        data = file.read(min(_CHUNK, size - done))
        if not data:
            break
        total.update(blanked(data, done, slot))
        done += len(data)
    return total.hexdigest()


def blanked(data: bytes, start: int, slot: Extent | None) -> bytes:
    """`data`, which lies at `start`, with what of it is in the slot as a card has it that was never seeded."""
    if slot is None or slot.end <= start or start + len(data) <= slot.start:
        return data
    copy = bytearray(data)
    first, last = max(slot.start, start), min(slot.end, start + len(data))
    copy[first - start : last - start] = seed.BLANK[first - slot.start : last - slot.start]
    return bytes(copy)
