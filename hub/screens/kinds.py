"""What a file is, by what is in it: never by its name, nor by what a client says of it.

Sources: PNG (W3C, third edition) §5.2, §11.2.1; JPEG (ITU-T T.81) annex B; WebP (RFC 9649) §2.5-2.7;
ISO base media file format (ISO/IEC 14496-12) §4.2, §8.2; EBML (RFC 8794) §11.2; MPEG transport stream
(ITU-T H.222.0) §2.4.3.2.
"""

from pathlib import Path
from typing import BinaryIO

import msgspec

SIDE_MAX, PIXELS_MAX = 8192, 40_000_000  # a board of 1 GB decodes no more
_TS_PACKET = 188
_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash", b"qt  ")
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0-SOF15, without DHT, JPG and DAC


class KindError(ValueError):
    """No picture or film that screens can show, or not all of it; the text says what is wrong and what to do."""


class Kind(msgspec.Struct, frozen=True):
    """`type`: media type. `width`, `height`: of pictures, in pixels; films do not say here."""

    type: str
    width: int | None = None
    height: int | None = None


def kind(path: Path) -> Kind:
    """Raises KindError, OSError."""
    with path.open("rb") as file:
        head = file.read(_TS_PACKET * 3)
        found = _recognised(file, head)
    if found.width is not None and found.height is not None:
        _check_size(found.width, found.height)
    return found


def _recognised(file: BinaryIO, head: bytes) -> Kind:
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        _ends(file, b"IEND\xaeB`\x82", "PNG")
        return Kind("image/png", int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(file)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(file, head)
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return _mp4(file)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Kind("video/webm" if b"webm" in head[:64] else "video/x-matroska")
    if len(head) == _TS_PACKET * 3 and head[0] == head[_TS_PACKET] == head[_TS_PACKET * 2] == 0x47:
        return Kind("video/mp2t")
    raise KindError(
        "this is no picture or film that screens can show: use PNG, JPEG or WebP, or MP4, WebM, Matroska or MPEG-TS"
    )


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX and width * height <= PIXELS_MAX):
        raise KindError(
            f"the picture has {width} x {height} pixels: screens take up to {SIDE_MAX} on a side and "
            f"{PIXELS_MAX // 1_000_000} million in all; 1920 x 1080 is plenty"
        )


def _ends(file: BinaryIO, with_: bytes, name: str) -> None:
    """Among the last bytes: some programs add a few of their own."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 4096))
    if with_ not in file.read():
        raise _cut(name)


def _cut(name: str) -> KindError:
    return KindError(f"this {name} file is not whole: its end is missing; export or copy it anew")


def _jpeg(file: BinaryIO) -> Kind:
    """Segments until the frame header, which has the size."""
    _ends(file, b"\xff\xd9", "JPEG")
    file.seek(2)
    while len(marker := file.read(4)) == 4 and marker[0] == 0xFF:
        length = int.from_bytes(marker[2:], "big")
        if marker[1] == 0xFF:  # fill byte
            file.seek(-3, 1)
            continue
        if marker[1] in _JPEG_SIZES:
            frame = file.read(5)
            return Kind("image/jpeg", int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big"))
        if length < 2:
            break
        file.seek(length - 2, 1)
    raise KindError("this JPEG file is damaged: it does not say how large it is; export it anew")


def _webp(file: BinaryIO, head: bytes) -> Kind:
    if file.seek(0, 2) < int.from_bytes(head[4:8], "little") + 8:
        raise _cut("WebP")
    form = head[12:16]
    if form == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    elif form == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    return Kind("image/webp", width, height)


def _mp4(file: BinaryIO) -> Kind:
    """Boxes at the top, each with its length: one of them is the film's table of contents, and all are there."""
    size, at, boxes = file.seek(0, 2), 0, set[bytes]()
    while at < size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:  # to the end
            length = size - at
        if length < 8 or at + length > size:
            raise _cut("MP4")
        boxes.add(head[4:8])
        at += length
    if b"moov" not in boxes:
        raise _cut("MP4")
    return Kind("video/mp4")
