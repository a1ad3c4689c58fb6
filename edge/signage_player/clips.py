"""The hall's own recorded voice: a folder of WAV files, each named by what it says: 请.wav, A.wav, please go to.wav."""

from pathlib import Path

from edge.signage_player import pcm
from edge.signage_player.pcm import Samples, SoundError
from edge.signage_player.reading import Language, Piece, parts

CHIME = "chime"
_CLIPS_MAX = 2000


class Bank:
    """Read when it is made; what is changed in the folder is heard after `Bank` is made anew (see `stamp`).

    `rate`: of the clips, in samples a second; 0 where there are none. `broken`: what cannot be used, in words.
    """

    def __init__(self, folder: str) -> None:
        self.stamp = stamp(folder)
        self.broken: list[str] = []
        self.rate = 0
        self._clips: dict[str, Samples] = {}
        for name in self.stamp:
            self._take(Path(folder) / name[0])
        self._known = frozenset(self._clips)

    def __len__(self) -> int:
        return len(self._clips)

    def chime(self) -> "Samples | None":
        return self._clips.get(CHIME)

    def missing(self, said: tuple[Piece, ...], language: Language) -> list[str]:
        return [piece.text for piece in said if piece.text and parts(piece.text, language, self._known) is None]

    def say(self, piece: Piece, language: Language) -> list[Samples]:
        """The clips of a piece that is not `missing`, in turn."""
        return [self._clips[name] for name in parts(piece.text, language, self._known) or ()]

    def _take(self, path: Path) -> None:
        try:
            sound = pcm.read(path)
            self.rate = self.rate or sound.rate
            self._clips[path.stem] = pcm.clip(sound, self.rate).samples
        except SoundError as error:
            told = str(error)
            self.broken.append(told if told.startswith(path.name) else f"{path.name}: {told}")


def stamp(folder: str) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every clip: another stamp is another bank."""
    try:
        found = [path for path in Path(folder).iterdir() if path.suffix.lower() == ".wav" and path.is_file()]
        told = [(path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in found]
    except OSError:
        return ()
    return tuple(sorted(told)[:_CLIPS_MAX])
