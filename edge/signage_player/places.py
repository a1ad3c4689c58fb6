"""Where files lie that are wanted only while they are shown or heard: in memory, so that a board's card is not worn."""

import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - private folders are made in it


def places(directory: str) -> list[str]:
    """Folders to try in turn: the technician's choice alone; where that is "", memory and then the disk."""
    if directory:
        return [directory]
    return [*([str(_MEMORY)] if _MEMORY.is_dir() else []), tempfile.gettempdir()]
