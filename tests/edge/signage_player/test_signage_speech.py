"""What is heard, as samples: clips joined without a gap, one level, the whole sentence; and voices that fail."""

import math
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from edge.signage_player import pcm
from edge.signage_player.announcements import Speak
from edge.signage_player.pcm import Sound, SoundError
from edge.signage_player.settings import Settings
from edge.signage_player.synthesis import Synthesis, SynthesisError
from edge.signage_player.utterance import BETWEEN_S, LEAD_S, Voice, arranged

RATE = 16000
SENTENCE = Speak(id="x", zh="请A零一二号到3号窗口办理", times=2)
WORDS = ("请", "A", "零", "一", "二", "三", "号", "到", "窗口", "办理")
RecordBank = Callable[..., Path]


def tone(seconds: float, level: int = 9000, hertz: float = 440.0, rate: int = RATE, pad_s: float = 0.0) -> Sound:
    """With `pad_s` of silence at both ends, as people record."""
    quiet = [0] * round(pad_s * rate)
    wave = [round(level * math.sin(2 * math.pi * hertz * index / rate)) for index in range(round(seconds * rate))]
    return Sound(array("h", quiet + wave + quiet), rate)


@pytest.fixture
def bank(tmp_path: Path) -> RecordBank:
    """Records words, each as a tone of its own loudness, between silences."""

    def record(*words: str) -> Path:
        folder = tmp_path / "clips"
        folder.mkdir(exist_ok=True)
        for index, word in enumerate(words):
            pcm.write(folder / f"{word}.wav", tone(0.2, 2000 + 2500 * index, 300 + 40 * index, pad_s=0.15))
        return folder

    return record


@pytest.fixture
def synthesis(tmp_path: Path) -> Synthesis:
    return Synthesis(tmp_path / "speech", {"zh": "cmn", "en": "en"}, 185)


@pytest.fixture
def mute(tmp_path: Path) -> Synthesis:
    """There is no eSpeak NG."""
    return Synthesis(tmp_path / "speech", {"zh": "cmn", "en": "en"}, 185, [sys.executable, "-c", "import nothing_here"])


def longest_pause_s(sound: Sound, from_s: float, to_s: float) -> float:
    """Of silence: samples that nobody hears, one after another."""
    longest = now = 0
    for value in sound.samples[round(from_s * sound.rate) : round(to_s * sound.rate)]:
        now = now + 1 if abs(value) < 60 else 0
        longest = max(longest, now)
    return longest / sound.rate


def test_clips_are_joined_to_the_sample(bank: RecordBank, mute: Synthesis) -> None:
    """Their silence is cut, nothing lies between them: the length is the sum of what sounds, to a few samples."""
    voice = Voice(str(bank(*WORDS)), mute, chime=False)
    sound = voice.render(SENTENCE)
    each = [pcm.clip(pcm.read(Path(voice_file)), RATE) for voice_file in sorted((bank()).glob("*.wav"))]
    assert all(0.195 < one.duration_s <= 0.2 for one in each)
    sentence = sum(len(pcm.clip(pcm.read(bank() / f"{word}.wav"), RATE).samples) for word in "请A零一二号到三号")
    sentence += sum(len(pcm.clip(pcm.read(bank() / f"{word}.wav"), RATE).samples) for word in ("窗口", "办理"))
    assert len(sound.samples) == round(LEAD_S * RATE) + 2 * sentence + round(BETWEEN_S * RATE)
    assert longest_pause_s(sound, LEAD_S, LEAD_S + sentence / RATE) < 0.01
    assert voice.source == "clips"
    assert voice.faults == {}


def test_every_clip_is_heard_at_the_same_level(bank: RecordBank) -> None:
    folder = bank(*WORDS)
    levels = [pcm.level_db(pcm.clip(pcm.read(path), RATE).samples, RATE) for path in folder.glob("*.wav")]
    assert len(levels) == len(WORDS)
    assert max(levels) - min(levels) < 1.0
    assert levels[0] == pytest.approx(pcm.LEVEL_DB, abs=1.0)


def test_no_clip_is_made_so_loud_that_it_is_cut() -> None:
    sharp = tone(0.3, 400)
    sharp.samples[2000] = 30000
    heard = pcm.clip(sharp, RATE)
    assert 0.8 * 32767 < max(heard.samples) <= 32767 * 10 ** (pcm.PEAK_DB / 20)


def test_clips_of_another_rate_keep_their_length_and_their_pitch() -> None:
    heard = pcm.clip(tone(0.5, hertz=500, rate=44100), RATE)
    assert heard.duration_s == pytest.approx(0.5, abs=0.002)
    crossings = sum(1 for a, b in zip(heard.samples, heard.samples[1:], strict=False) if a < 0 <= b)
    assert crossings == pytest.approx(250, abs=2)


def test_the_longest_recorded_stretch_goes_before_single_words(bank: RecordBank, mute: Synthesis) -> None:
    folder = bank(*WORDS)
    pcm.write(folder / "号窗口办理.wav", tone(1.0))
    longer = Voice(str(folder), mute, chime=False).render(SENTENCE).duration_s
    (folder / "号窗口办理.wav").unlink()
    assert longer - Voice(str(folder), mute, chime=False).render(SENTENCE).duration_s == pytest.approx(0.8, abs=0.02)


def test_a_sentence_with_a_word_that_nobody_recorded_is_synthesised_whole_and_told(
    bank: RecordBank, synthesis: Synthesis
) -> None:
    voice = Voice(str(bank(*(word for word in WORDS if word != "三"))), synthesis, chime=False)
    sound = voice.render(SENTENCE)
    assert voice.source == "synthesised"
    assert "三" in voice.faults["clips zh"]
    assert sound.rate == RATE


def test_a_clip_that_is_put_into_the_folder_is_heard_the_next_time(bank: RecordBank, mute: Synthesis) -> None:
    voice = Voice(str(bank(*WORDS[:-1])), mute, chime=False)
    with pytest.raises(SynthesisError):
        voice.render(SENTENCE)
    bank(*WORDS)
    assert voice.render(SENTENCE).duration_s > 4
    assert voice.faults.get("clips zh") is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "cannot be read as WAV"),
        (b"RIFF not a sound", "cannot be read as WAV"),
        (b"ID3 an MP3 that was renamed" * 20, "cannot be read as WAV"),
    ],
)
def test_a_broken_clip_is_named_and_the_sentence_is_said_all_the_same(
    bank: RecordBank, synthesis: Synthesis, data: bytes, told: str
) -> None:
    folder = bank(*WORDS)
    (folder / "三.wav").write_bytes(data)
    voice = Voice(str(folder), synthesis, chime=False)
    assert told in voice.faults["clips"]
    assert "三.wav" in voice.faults["clips"]
    assert voice.render(SENTENCE).duration_s > 3


def test_a_clip_whose_end_was_lost_in_copying_or_that_is_silent_is_no_clip(bank: RecordBank, tmp_path: Path) -> None:
    folder = bank("请")
    whole = (folder / "请.wav").read_bytes()
    (folder / "请.wav").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SoundError, match="ends after"):
        pcm.read(folder / "请.wav")
    with pytest.raises(SoundError, match="silent"):
        pcm.clip(Sound(array("h", [0] * 1000), RATE), RATE)


def test_stereo_or_8_bits_are_refused_with_what_to_record(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((2, 1, RATE, 0, "NONE", ""))
        file.writeframes(b"\x80" * 400)
    with pytest.raises(SoundError, match="record 16-bit mono WAV"):
        pcm.read(tmp_path / "a.wav")


# The synthesised voice.


def test_the_synthesised_sentence_has_its_length_sounds_throughout_and_is_not_cut(synthesis: Synthesis) -> None:
    voice = Voice("/nowhere", synthesis, chime=True)
    sound = voice.render(Speak(id="x", zh=SENTENCE.zh, en="Ticket A zero one two, please go to counter 3", times=2))
    assert 10 < sound.duration_s < 18
    assert longest_pause_s(sound, LEAD_S, sound.duration_s) < BETWEEN_S + 0.1
    assert max(sound.samples) < 32767 * 0.95
    assert pcm.level_db(sound.samples, sound.rate) == pytest.approx(pcm.LEVEL_DB, abs=2)
    assert voice.faults == {}


def test_what_was_rendered_once_is_not_rendered_again(synthesis: Synthesis, tmp_path: Path) -> None:
    first = Voice("/nowhere", synthesis, chime=False).render(SENTENCE)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "speech").iterdir()}
    silent = Synthesis(tmp_path / "speech", {"zh": "cmn", "en": "en"}, 185, ["/nowhere/python"])
    assert Voice("/nowhere", silent, chime=False).render(SENTENCE) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "speech").iterdir()} == files
    assert all(path.suffix == ".wav" for path in files)


def test_a_rendered_piece_that_a_power_cut_broke_is_rendered_again(synthesis: Synthesis, tmp_path: Path) -> None:
    voice = Voice("/nowhere", synthesis, chime=False)
    first = voice.render(SENTENCE)
    for path in (tmp_path / "speech").glob("*.wav"):
        path.write_bytes(path.read_bytes()[:50])
    assert voice.render(SENTENCE) == first


def test_a_library_that_crashes_costs_the_announcement_and_nothing_else(tmp_path: Path) -> None:
    crash = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"]
    voice = Voice("/nowhere", Synthesis(tmp_path, {"zh": "cmn", "en": "en"}, 185, crash), chime=True)
    with pytest.raises(SynthesisError, match="SIGSEGV"):
        voice.render(SENTENCE)
    assert voice.source == "none"
    assert "SIGSEGV" in voice.faults["voice"]


def test_a_voice_that_does_not_exist_is_named(tmp_path: Path) -> None:
    voice = Voice("/nowhere", Synthesis(tmp_path, {"zh": "no-such", "en": "en"}, 185), chime=True)
    with pytest.raises(SynthesisError, match="no voice no-such"):
        voice.render(SENTENCE)


def test_where_only_the_english_voice_fails_the_chinese_is_said(tmp_path: Path) -> None:
    voice = Voice("/nowhere", Synthesis(tmp_path, {"zh": "cmn", "en": "no-such"}, 185), chime=False)
    both = voice.render(Speak(id="x", zh=SENTENCE.zh, en="Ticket A"))
    assert both == voice.render(Speak(id="y", zh=SENTENCE.zh))
    assert "no-such" in voice.faults["english"]


def test_films_that_would_be_louder_while_something_is_said_are_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="duck_volume = 80 is louder"):
        msgspec.convert({"duck_volume": 80}, Settings)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "speech").write_text("not a folder")
    voice = Voice("/nowhere", Synthesis(tmp_path / "speech", {"zh": "cmn", "en": "en"}, 185), chime=False)
    with pytest.raises(SynthesisError, match="cannot be written"):
        voice.render(SENTENCE)


@pytest.mark.parametrize(
    ("slot_s", "order"),
    [(0.0, "zeze"), (20.0, "zeze"), (13.0, "zze"), (9.5, "zz"), (1.0, "zz")],
)
def test_the_chinese_is_said_each_time_and_the_english_as_often_as_the_time_allows(slot_s: float, order: str) -> None:
    zh, en = array("h", bytes(2 * 4 * 1000)), array("h", bytes(2 * 3 * 1000))
    speak = Speak(id="x", zh="z", en="e", times=2, slot_s=slot_s)
    sentences = arranged(zh, en, speak, (1.0, 1000))
    assert "".join("z" if one is zh else "e" for one in sentences) == order
