"""Sound as 16-bit samples of one channel: cut, levelled, brought to one rate, joined to the sample, written."""

import math
import sys
import wave
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import msgspec

Samples: TypeAlias = "array[int]"

LEVEL_DB = -20.0  # of what is heard of a clip, below full scale: an ordinary speaking level
PEAK_DB = -1.0
_QUIET = 150  # below this (-47 dB) is silence at an end of a clip
_WINDOW_S = 0.02
_GATE_DB = -45.0  # windows below this are pauses, and do not count to a clip's level
_FADE_S = 0.002  # at each end, so that a join does not click
_SECONDS_MAX = 60.0


class SoundError(ValueError):
    """A file that is no sound we can use; the text says what is wrong with it, and how it should be."""


class Sound(msgspec.Struct, frozen=True):
    """`rate` in samples a second."""

    samples: Samples
    rate: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate


def read(path: Path) -> Sound:
    """A WAV file, 16 bits, mono. Raises SoundError."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, frames = file.getparams()[:4]
            if (channels, width) != (1, 2) or not 8000 <= rate <= 96000:
                raise SoundError(
                    f"{path.name}: {channels} channel(s), {width * 8} bits, {rate} Hz; record 16-bit mono WAV"
                )
            if not 0 < frames <= rate * _SECONDS_MAX:
                raise SoundError(f"{path.name}: {frames / rate:.0f} s long; a clip has up to {_SECONDS_MAX:.0f} s")
            samples = array("h", file.readframes(frames))
    except (OSError, EOFError, wave.Error, ValueError) as error:
        if isinstance(error, SoundError):
            raise
        raise SoundError(f"{path.name}: cannot be read as WAV ({error}); record it again") from error
    if len(samples) < frames:
        raise SoundError(f"{path.name}: ends after {len(samples)} of {frames} samples; copy it again")
    if sys.byteorder == "big":
        samples.byteswap()
    return Sound(samples, rate)


def write(path: Path, sound: Sound) -> None:
    """Whole or not at all. Raises OSError."""
    part = path.with_suffix(".part")
    samples = sound.samples
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    with part.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((1, 2, sound.rate, len(samples), "NONE", ""))
        file.writeframes(samples.tobytes())
    part.replace(path)


def clip(sound: Sound, rate: int) -> Sound:
    """Ready to be joined: without silence at its ends, at the common level, at `rate`. Raises SoundError."""
    samples = _trimmed(sound.samples)
    if not samples:
        raise SoundError("is silent; record it again")
    return Sound(_faded(_levelled(_at_rate(samples, sound.rate, rate), rate), rate), rate)


def silence(seconds: float, rate: int) -> Samples:
    return array("h", bytes(2 * round(seconds * rate)))


def joined(stretches: Iterable[Samples]) -> Samples:
    """One after another: nothing between them, nothing lost."""
    whole = array("h")
    for stretch in stretches:
        whole.extend(stretch)
    return whole


def level_db(samples: Samples, rate: int) -> float:
    """Of what is heard: root mean square over the windows that are no pauses, in dB below full scale."""
    window = max(1, round(_WINDOW_S * rate))
    powers = [_power(samples[start : start + window]) for start in range(0, len(samples), window)]
    heard = [power for power in powers if power > 32768**2 * 10 ** (_GATE_DB / 10)]
    return 10 * math.log10(sum(heard) / len(heard) / 32768**2) if heard else -math.inf


def chime(rate: int) -> Samples:
    """Ding-dong: two tones that die away, of our own making."""
    tones = ((0.0, 880.0, 0.28), (0.22, 659.3, 0.38))
    whole = array("h", bytes(2 * round(0.6 * rate)))
    for begins_s, hertz, long_s in tones:
        first = round(begins_s * rate)
        for index in range(min(round(long_s * rate), len(whole) - first)):
            at = index / rate
            swell = min(1.0, at / 0.005) * math.exp(-at * 9.0) * min(1.0, (long_s - at) / 0.02)
            tone = math.sin(2 * math.pi * hertz * at) + 0.3 * math.sin(4 * math.pi * hertz * at)
            whole[first + index] += round(7000 * swell * tone)
    return whole


def _trimmed(samples: Samples) -> Samples:
    first = next((index for index, value in enumerate(samples) if abs(value) > _QUIET), len(samples))
    last = next((index for index in range(len(samples) - 1, first, -1) if abs(samples[index]) > _QUIET), first - 1)
    return samples[first : last + 1]


def _levelled(samples: Samples, rate: int) -> Samples:
    """At the common level, unless its peaks would be cut."""
    factor = 10 ** ((LEVEL_DB - level_db(samples, rate)) / 20)
    peak = max(max(samples), -min(samples))
    factor = min(factor, 32767 * 10 ** (PEAK_DB / 20) / peak)
    return array("h", [int(value * factor) for value in samples])


def _at_rate(samples: Samples, rate: int, wanted: int) -> Samples:
    """Between two samples, on the line that joins them: enough for speech."""
    if rate == wanted:
        return samples
    step, last = rate / wanted, len(samples) - 1
    places = (index * step for index in range(int(last / step) + 1))
    return array("h", [_between(samples, place, last) for place in places])


def _between(samples: Samples, place: float, last: int) -> int:
    low = int(place)
    return round(samples[low] + (samples[min(low + 1, last)] - samples[low]) * (place - low))


def _faded(samples: Samples, rate: int) -> Samples:
    long = min(round(_FADE_S * rate), len(samples) // 2)
    for index in range(long):
        samples[index] = int(samples[index] * index / long)
        samples[-1 - index] = int(samples[-1 - index] * index / long)
    return samples


def _power(samples: Samples) -> float:
    return sum(value * value for value in samples) / len(samples)
