"""A voice where none was recorded: eSpeak NG in a child process, each piece rendered once and kept on disk."""

import hashlib
import importlib.util
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from edge.signage_player import pcm
from edge.signage_player.pcm import Samples, SoundError
from edge.signage_player.reading import Language

_PATIENCE_S = 20.0
_KEPT_BYTES = 32 << 20
_MODULE = "edge.signage_player.espeak"


class SynthesisError(Exception):
    """There is no voice; the text says why, and what to install or to set."""


class Synthesis:
    """`folder`: for what was rendered; made where it is not there. `voices`: eSpeak NG's name for each language.

    `command`: what speaks, with VOICE and WPM as its last two arguments.
    """

    def __init__(
        self,
        folder: Path,
        voices: dict[Language, str],
        wpm: int,
        command: Sequence[str] = (sys.executable, "-m", _MODULE),
    ) -> None:
        self._folder, self._voices, self._wpm, self._command = folder, voices, wpm, tuple(command)

    @staticmethod
    def is_there() -> bool:
        return importlib.util.find_spec("espeakng_loader") is not None

    def say(self, texts: Iterable[str], language: Language, rate: int) -> dict[str, Samples]:
        """Each text as samples at `rate`, ready to be joined. Raises SynthesisError."""
        wanted = {text: self._path(text, language, rate) for text in texts}
        clips = {text: clip for text, path in wanted.items() if (clip := _kept(path)) is not None}
        missing = [text for text in wanted if text not in clips]
        if missing:
            self._render({text: wanted[text] for text in missing}, language, rate)
            for text in missing:
                clip = _kept(wanted[text])
                if clip is None:
                    raise SynthesisError(f"eSpeak NG made nothing of {text!r}")
                clips[text] = clip
        return clips

    def _path(self, text: str, language: Language, rate: int) -> Path:
        said = "\0".join((text, self._voices[language], str(self._wpm), str(rate)))
        return self._folder / f"{hashlib.sha256(said.encode()).hexdigest()[:32]}.wav"

    def _render(self, wanted: dict[str, Path], language: Language, rate: int) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            raw = {text: path.with_suffix(".raw") for text, path in wanted.items()}
            self._order(raw, self._voices[language])
            for text, path in wanted.items():
                pcm.write(path, pcm.clip(pcm.read(raw[text]), rate))
                raw[text].unlink()
            _shorten(self._folder)
        except SoundError as error:
            raise SynthesisError(f"eSpeak NG: {error}") from error
        except OSError as error:
            raise SynthesisError(f"{self._folder} cannot be written: {error.strerror}; free some space") from error

    def _order(self, raw: dict[str, Path], voice: str) -> None:
        lines = b"".join(msgspec.json.encode({"text": text, "path": str(path)}) + b"\n" for text, path in raw.items())
        command = [*self._command, voice, str(self._wpm)]
        try:
            done = subprocess.run(command, input=lines, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise SynthesisError(f"eSpeak NG did not answer within {_PATIENCE_S:.0f} s") from error
        except OSError as error:
            raise SynthesisError(f"{command[0]} cannot be run: {error.strerror}") from error
        if done.returncode:
            raise SynthesisError(_why(done.returncode, done.stderr.decode("utf-8", "replace").strip()))


def _why(code: int, said: str) -> str:
    if code < 0:
        return f"eSpeak NG crashed ({signal.Signals(-code).name}); install espeakng-loader anew"
    last = said.splitlines()[-1] if said else f"it ended with code {code}"
    return f"eSpeak NG: {last}; install the extra signage-player (espeakng-loader), or record clips"


def _kept(path: Path) -> "Samples | None":
    """What cannot be read is rendered anew."""
    try:
        return pcm.read(path).samples
    except SoundError:
        return None


def _shorten(folder: Path) -> None:
    """Counters come and go, their words stay: beyond the limit the oldest files are deleted."""
    files = sorted(((stat := path.stat()).st_mtime, stat.st_size, path) for path in folder.glob("*.wav"))
    surplus = sum(size for _, size, _ in files) - _KEPT_BYTES
    for _, size, path in files:
        if surplus <= 0:
            return
        path.unlink(missing_ok=True)
        surplus -= size
