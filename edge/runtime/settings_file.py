"""`settings.json` in the state directory: the last good settings, those on trial, and what the hub is yet to be told.

Written whole with fsync, so that a power cut leaves the one before or the one after.
"""

import contextlib
import logging
from pathlib import Path
from typing import Any

import msgspec

from edge.runtime.disk import Disk
from wire.upkeep import SettingsOutcome

log = logging.getLogger(__name__)


class Values(msgspec.Struct, frozen=True, omit_defaults=True):
    """`device`: what lies over the `[device]` table of the board's own file. `revision` 0: nothing does."""

    revision: int = 0
    device: dict[str, Any] = {}


class Trial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`wanted`: as the hub said it; `values`: what is tried of it; `ailing`: what was out of order before.

    `starts`: of the agent with it, those that crashed included. `began_at`: seconds since 1970, for people.
    """

    wanted: Values
    values: Values
    problems: dict[str, str] = {}
    ailing: tuple[str, ...] = ()
    starts: int = 0
    began_at: float = 0.0


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a revision, as long as the hub has not answered to it. `at`: seconds since 1970."""

    revision: int
    outcome: SettingsOutcome
    in_force: int
    problems: dict[str, str] = {}
    at: float = 0.0


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`decided`: what was wanted last and is not tried again."""

    good: Values = Values()
    decided: Values = Values()
    trial: Trial | None = None
    verdict: Verdict | None = None


class SettingsFile:
    """`error`: what the disk said last, or "". `damaged`: it could not be read, and lies beside as `.damaged`."""

    def __init__(self, directory: Path, disk: Disk | None = None) -> None:
        self._path, self._disk = directory / "settings.json", disk or Disk()
        self.error, self.damaged = "", False

    def read(self) -> Kept:
        """Nothing kept where there is no file, or none that can be read."""
        try:
            data = self._disk.read(self._path)
            return msgspec.json.decode(data, type=Kept) if data else Kept()
        except OSError as error:
            self.error = f"{self._path}: {error.strerror or error}"
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self.damaged = True
            log.error("%s cannot be read, the board's own file is used: %s", self._path, error)
            with contextlib.suppress(OSError):
                self._disk.replace(self._path, self._path.with_suffix(".damaged"))
        return Kept()

    def write(self, kept: Kept) -> bool:
        """On the disk when this returns True; else what was there is still there."""
        fresh = self._path.with_suffix(".new")
        try:
            file = self._disk.create(fresh)
            try:
                file.write(msgspec.json.encode(kept))
                file.sync()
            finally:
                file.close()
            self._disk.replace(fresh, self._path)
        except OSError as error:
            self.error = f"{self._path}: {error.strerror or error}"
            log.error("%s", self.error)
            return False
        self.error = ""
        return True
