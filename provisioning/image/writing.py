"""Writes an image onto a card, the first block last, and reads everything back."""

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from provisioning.image import manifest
from provisioning.image.card import Card
from provisioning.image.manifest import Manifest

CHUNK = 4 * 1024 * 1024
_MARKS = 24
_MARK_BYTES = 4096

Progress = Callable[[str, int, int], None]
"""`said(what, done, of)`, in bytes."""


class CardError(RuntimeError):
    """This card is not to be used, or is too small; the text says why."""


class ImageError(RuntimeError):
    """The image file is not what its manifest says."""


def write(card: Card, image: Path, about: Manifest, slot: bytes, said: Progress) -> None:
    """`slot`: the seed's bytes. Until its first block is there, no machine takes the card for a good one.

    Raises CardError, ImageError, OSError for the image.
    """
    if card.size < about.size:
        raise CardError(f"the card has {card.size // 10**6} MB, and the image needs {about.size // 10**6} MB")
    try:
        nonce, places = os.urandom(16), _places(card, about)
        _erase_first(card)
        _put_marks(card, nonce, places)
        _find_marks(card, nonce, places)
        with image.open("rb") as file:
            first = _write_rest(card, file, about, slot, said)
        card.flush()
        _put(card, first, 0)
        card.flush()
        _put_marks(card, nonce, places)  # on a card that begins anew, one of them falls into what was written
        _verify(card, about, slot, said)
        for place in places:
            _put(card, bytes(_MARK_BYTES), place)
        card.flush()
    except OSError as error:
        raise _told(error) from error


def _erase_first(card: Card) -> None:
    """A card that is cut off here is blank, and not half of one and half of the other."""
    _put(card, bytes(_MARK_BYTES), 0)
    card.flush()


def _places(card: Card, about: Manifest) -> list[int]:
    """Where marks go beyond the image: the card's last place, and never further apart than the image is long, so that
    on a card that begins anew after its true size one of them falls into the image."""
    last = (card.size // _MARK_BYTES - 1) * _MARK_BYTES
    first = -(-about.size // _MARK_BYTES) * _MARK_BYTES
    step = min(about.size, max((last - first) // _MARKS, 1)) // _MARK_BYTES * _MARK_BYTES or _MARK_BYTES
    return sorted({*range(first, last, step), last} if last >= first else ())


def _put_marks(card: Card, nonce: bytes, places: list[int]) -> None:
    for place in places:
        try:
            _put(card, _mark(nonce, place), place)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise _forged(card, place) from error
            raise
    card.flush()


def _find_marks(card: Card, nonce: bytes, places: list[int]) -> None:
    """Cards that say they are larger than they are lose what is written beyond their true size."""
    for place in places:
        if card.read(_MARK_BYTES, place) != _mark(nonce, place):
            raise _forged(card, place)


def _mark(nonce: bytes, place: int) -> bytes:
    return hashlib.shake_128(nonce + place.to_bytes(8, "big")).digest(_MARK_BYTES)


def _forged(card: Card, place: int) -> CardError:
    size, kept = f"{card.size / 10**9:.1f} GB", f"{place / 10**9:.3f} GB"
    return CardError(
        f"the card says that it has {size}, and does not keep what is written at {kept}: it is forged or worn"
    )


def _write_rest(card: Card, file: BinaryIO, about: Manifest, slot: bytes, said: Progress) -> bytes:
    """Everything but the first chunk, which is returned. The image is held against its manifest on the way."""
    total = hashlib.sha256()
    first = b""
    done = 0
    while done < about.size:
        data = file.read(min(CHUNK, about.size - done))
        if not data:
            break
        total.update(manifest.blanked(data, done, about.slot))
        data = _seeded(data, done, about, slot)
        if done == 0:
            first = data
        else:
            _put(card, data, done)
        done += len(data)
        said("write", done, about.size)
    if total.hexdigest() != about.sha256:
        raise ImageError("the image is not what its manifest says: fetch or build it again")
    return first


def _seeded(data: bytes, start: int, about: Manifest, slot: bytes) -> bytes:
    first, last = max(about.slot.start, start), min(about.slot.end, start + len(data))
    if first >= last:
        return data
    copy = bytearray(data)
    copy[first - start : last - start] = slot[first - about.slot.start : last - about.slot.start]
    return bytes(copy)


def _put(card: Card, data: bytes, place: int) -> None:
    while data:
        taken = card.write(data, place)
        if not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        data, place = data[taken:], place + taken


def _verify(card: Card, about: Manifest, slot: bytes, said: Progress) -> None:
    total = hashlib.sha256()
    done = 0
    while done < about.size:
        data = card.read(min(CHUNK, about.size - done), done)
        if not data:
            break
        if _seeded(data, done, about, slot) != data:
            raise CardError("the seed does not read back as it was written: the card is bad, take another")
        total.update(manifest.blanked(data, done, about.slot))
        done += len(data)
        said("verify", done, about.size)
    if total.hexdigest() != about.sha256:
        raise CardError("the card does not hold what was written to it: it is bad or forged, take another")


def _told(error: OSError) -> CardError:
    what = {
        errno.ENOSPC: "is full before its end: it is forged or worn",
        errno.EIO: "cannot be read or written: it is bad",
    }
    return CardError(f"the card {what.get(error.errno or 0, 'failed')} ({error})")
