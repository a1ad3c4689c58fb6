"""What plays when nothing else is said: the files of the media folder by name, or a plain picture of our own."""

from pathlib import Path

from edge.signage_player.screen import background

_STILLS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
_FILMS = (".mp4", ".mkv", ".mov", ".webm", ".ts", ".mpg", ".mpeg", ".m4v", ".avi")
_BACKGROUND_SIZE = (64, 36)  # stretched by mpv; a full-size picture would cost 10 MB in every player


def playlist(folder: str) -> tuple[str, ...]:
    """Paths of the media in `folder`, by name; empty where there are none, or no folder. A leading dot hides a file."""
    try:
        found = [path for path in Path(folder).iterdir() if path.suffix.lower() in _STILLS + _FILMS and path.is_file()]
    except OSError:
        return ()
    return tuple(str(path) for path in sorted(found) if not path.name.startswith("."))


def write_background(folder: Path) -> str:
    path = folder / "background.png"
    background(*_BACKGROUND_SIZE).save(path)
    return str(path)
