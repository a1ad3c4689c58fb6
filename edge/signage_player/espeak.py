"""A child process that speaks with eSpeak NG: `python -m edge.signage_player.espeak VOICE WPM`, one order a line.

The library is C that reads data files; what goes wrong in it ends this process, and not the agent. One voice for each
process: English that comes after Mandarin with a letter in it is spelled out. Functions: eSpeak NG's `speak_lib.h`.
"""

import ctypes
import importlib
import sys
from array import array
from pathlib import Path
from typing import Any

import msgspec

from edge.signage_player import pcm

_SYNCHRONOUS, _UTF8, _RATE_WPM = 2, 1, 1  # AUDIO_OUTPUT_SYNCHRONOUS, espeakCHARS_UTF8, espeakRATE
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Order(msgspec.Struct, frozen=True):
    """Write what `text` sounds like to `path`, as WAV."""

    text: str
    path: str


class Library:
    """`wpm`: words a minute, 80-450. Raises OSError where there is no library, no data for it, or no such voice."""

    def __init__(self, library: str, data: str, voice: str, wpm: int) -> None:
        self._espeak = ctypes.CDLL(library)
        self._espeak.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
        self._espeak.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        self.rate = int(self._espeak.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), 0))
        if self.rate <= 0:
            raise OSError(f"eSpeak NG finds no data in {data}")
        self._heard = array("h")
        self._callback = _CALLBACK(self._hear)  # the library keeps no reference of its own
        self._espeak.espeak_SetSynthCallback(self._callback)
        if self._espeak.espeak_SetVoiceByName(voice.encode()):
            raise OSError(f"eSpeak NG has no voice {voice}")
        self._espeak.espeak_SetParameter(_RATE_WPM, wpm, 0)

    def say(self, text: str) -> "array[int]":
        """Raises OSError."""
        self._heard = array("h")
        words = text.encode()
        if self._espeak.espeak_Synth(words, len(words) + 1, 0, 1, 0, _UTF8, None, None):
            raise OSError(f"eSpeak NG cannot say {text!r}")
        return self._heard

    def _hear(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._heard.frombytes(ctypes.string_at(samples, count * 2))
        return 0


def main(voice: str, wpm: int) -> int:
    try:
        loader: Any = importlib.import_module("espeakng_loader")
        library = Library(loader.get_library_path(), loader.get_data_path(), voice, wpm)
        for line in sys.stdin.buffer:
            order = msgspec.json.decode(line, type=Order)
            pcm.write(Path(order.path), pcm.Sound(library.say(order.text), library.rate))
    except (ImportError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
