"""A card without hardware that misbehaves at will, as bad and forged ones do."""

import errno


class FakeCard:
    """`holds`: bytes that it really has, of the `size` that it says. `beyond`: what becomes of a write past
    them: "lost", "wraps" onto its beginning, or "full" (ENOSPC). `flips`: places whose lowest bit does not keep.
    `short`: so many bytes are taken at a time at most. `breaks_at`: a write there fails (EIO). `log`: of writes
    and flushes, in turn.
    """

    def __init__(self, size: int, *, holds: int = 0, beyond: str = "lost") -> None:
        self.size, self._holds, self._beyond = size, holds or size, beyond
        self.data = bytearray(self._holds)
        self.flips: set[int] = set()
        self.short = 0
        self.breaks_at = -1
        self.log: list[tuple[str, int, int]] = []

    def write(self, data: bytes, place: int) -> int:
        taken = data[: self.short] if self.short else data
        if place <= self.breaks_at < place + len(taken):
            raise OSError(errno.EIO, "Input/output error")
        end = place + len(taken)
        if end > self._holds and self._beyond == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        if end <= self._holds:
            self.data[place:end] = taken
        elif self._beyond == "wraps":
            rest = taken
            while rest:
                start = (end - len(rest)) % self._holds
                piece = rest[: self._holds - start]
                self.data[start : start + len(piece)] = piece
                rest = rest[len(piece) :]
        self.log.append(("write", place, len(taken)))
        return len(taken)

    def flush(self) -> None:
        self.log.append(("flush", 0, 0))

    def read(self, count: int, place: int) -> bytes:
        room = min(count, self.size - place)
        start = place % self._holds if self._beyond == "wraps" else place
        found = self.data[start : start + room]
        found += self.data[: room - len(found)] if self._beyond == "wraps" else bytes(room - len(found))
        for flip in self.flips:
            if place <= flip < place + count:
                found[flip - place] ^= 1
        return bytes(found)

    def close(self) -> None:
        self.log.append(("close", 0, 0))
