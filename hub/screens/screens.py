"""What all screens of this hub are to play now: read from the database when it changed, told without waiting."""

from collections.abc import Iterable
from datetime import datetime

from halls.format import Hall, Position
from hub.screens import manifest
from hub.screens.files import Files
from hub.screens.manifest import Catalogue
from hub.storage.content import Content
from hub.storage.plays import Plays
from wire.messages import Emergency, Played, Programme


class Screens:
    """`load` blocks; `programme` and `emergency` answer from memory. Safe to use from any thread."""

    def __init__(self, content: Content, plays: Plays, files: Files, halls: Iterable[Hall]) -> None:
        self.content, self.plays, self.files = content, plays, files
        self._halls = {hall.hall.id: hall for hall in halls}
        self._known = {name: Catalogue(timezone=hall.hall.timezone) for name, hall in self._halls.items()}

    def load_all(self, now: datetime) -> None:
        for hall in self._halls:
            self.load(hall, now)

    def load(self, hall: str, now: datetime) -> None:
        """What the database says now. Blocks."""
        self._known[hall] = Catalogue(
            timezone=self._halls[hall].hall.timezone,
            playlists=tuple(self.content.playlists(hall)),
            media={one.sha256: one for one in self.content.all_media()},
            emergencies=tuple(self.content.active(hall, now)),
        )

    def catalogue(self, hall: str) -> Catalogue:
        return self._known[hall]

    def positions(self, hall: str) -> list[Position]:
        """Where the hall has screens."""
        return manifest.screens(self._halls[hall].position)

    def programme(self, hall: str, screen: Position, at: datetime) -> Programme | None:
        return manifest.programme(self._known[hall], screen, at)

    def emergency(self, hall: str, screen: Position, at: datetime) -> Emergency | None:
        return manifest.emergency(self._known[hall], screen, at)

    def played(self, hall: str, screen: Position, device: str, batch: Played, now: datetime) -> None:
        """On disk when it returns. Blocks."""
        self.plays.keep(hall, screen.id, device, batch, now)
