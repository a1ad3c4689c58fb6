"""`python -m hub.history.maker`: makes days of the past that are over, beside a hub that told it which, and for as long
as that hub lives. It has the lowest priority: a press on a keypad goes before all of it.

In: a line of JSON with what there is to know (`Begin`), then a line for each day (`Wanted`). Out: a line for each day
(`Made`).
"""

import gc
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import msgspec

from halls.format import Hall
from hub.history.files import Files
from hub.history.whole import Made, Wanted, folded
from hub.storage.database import open_log

_NICE = 19


class Begin(msgspec.Struct, frozen=True):
    """`database`: a file's path or a URL, as `is_file` says."""

    database: str
    is_file: bool
    folder: str
    halls: tuple[Hall, ...]


def main() -> None:
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the hub ends, and then this
    signal.signal(signal.SIGTERM, _end)
    begin = msgspec.json.decode(sys.stdin.buffer.readline(), type=Begin)
    halls = {hall.hall.id: hall for hall in begin.halls}
    log = open_log(Path(begin.database) if begin.is_file else begin.database)
    files = Files(Path(begin.folder), threads=1)
    gc.disable()  # a day is a tree: counting references frees it
    try:
        for line in sys.stdin.buffer:
            wanted = msgspec.json.decode(line, type=Wanted)
            day = folded(halls[wanted.hall], wanted.day, log.stream(wanted.hall, wanted.day))
            files.write(wanted.hall, wanted.day, day.rows(datetime.now(UTC)), day.aside)
            made = Made(wanted.hall, wanted.day, day.version, tuple(day.unread))
            os.write(sys.stdout.fileno(), msgspec.json.encode(made) + b"\n")
    except BrokenPipeError:
        pass  # nobody hears it any more: the hub was killed
    finally:
        log.close()
        files.close()


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit()  # leaves no half file behind


if __name__ == "__main__":
    main()
