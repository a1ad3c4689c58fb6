"""The machine's memory on disk: written whole or not at all, and on the disk when `save` returns."""

from pathlib import Path

import msgspec

from edge.runtime.disk import write_whole
from edge.ticket_printer.events import Memory


class MemoryFileError(OSError):
    """The file cannot be read as what this machine once wrote, or cannot be written; the text says which file."""


class MemoryFile:
    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "series.json"

    def load(self) -> Memory:
        """An empty Memory where nothing was ever saved. Raises MemoryFileError: a damaged file is not the same."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Memory)
        except FileNotFoundError:
            return Memory()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MemoryFileError(f"{self._path}: {error}; remove it when today's own numbers are used up") from error

    def save(self, memory: Memory) -> None:
        """Raises MemoryFileError; then the file still says what it said before."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, msgspec.json.encode(memory))
        except OSError as error:
            raise MemoryFileError(f"{self._path}: {error.strerror or error}") from error
