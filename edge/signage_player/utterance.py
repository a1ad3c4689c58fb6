"""One announcement from the hub's words to one sound: chime, the Chinese, the English, as often as it is to be said."""

from typing import Literal, TypeAlias

from edge.signage_player import pcm
from edge.signage_player.announcements import Speak
from edge.signage_player.clips import Bank, stamp
from edge.signage_player.pcm import Samples, Sound
from edge.signage_player.reading import COMMA_S, Language, Piece, pieces
from edge.signage_player.synthesis import Synthesis, SynthesisError

Source: TypeAlias = Literal["clips", "synthesised", "none"]
LEAD_S = 0.2  # a television's sound comes on a moment late
BETWEEN_S = 0.35  # from one sentence to the next
_RATE = 22050  # eSpeak NG's own; a recorded bank keeps its own


class Voice:
    """Recorded clips where they have every word of a sentence, else the synthesised voice. Not for two threads.

    `faults`: what does not work, in words, by what it is about. `source`: of the last Chinese sentence.
    """

    def __init__(self, clips_dir: str, synthesis: Synthesis, *, chime: bool) -> None:
        self._clips_dir, self._synthesis, self._chime = clips_dir, synthesis, chime
        self._bank = Bank(clips_dir)
        self.faults: dict[str, str] = {}
        self.source: Source = "clips" if len(self._bank) else "synthesised" if synthesis.is_there() else "none"
        self._tell_of_bank()

    def render(self, speak: Speak) -> Sound:
        """Raises SynthesisError where the Chinese cannot be said; English that cannot be is left out."""
        self._look_at_bank()
        rate = self._bank.rate or _RATE
        zh = self._sentence(speak.zh, "zh", rate)
        en = self._english(speak.en, rate)
        opening = [pcm.silence(LEAD_S, rate)]
        if self._chime:
            opening += [self._bank.chime() or pcm.chime(rate), pcm.silence(BETWEEN_S / 2, rate)]
        sentences = arranged(zh, en, speak, (sum(map(len, opening)) / rate, rate))
        pause = pcm.silence(BETWEEN_S, rate)
        spoken = [stretch for sentence in sentences for stretch in (sentence, pause)][:-1]
        return Sound(pcm.joined([*opening, *spoken]), rate)

    def _english(self, text: str, rate: int) -> "Samples | None":
        if not text:
            return None
        try:
            return self._sentence(text, "en", rate)
        except SynthesisError as error:
            self.faults["english"] = str(error)
            return None

    def _sentence(self, text: str, language: Language, rate: int) -> Samples:
        said = pieces(text, language)
        missing = self._bank.missing(said, language)
        if missing and len(self._bank):
            self.faults[f"clips {language}"] = f"no clip says {'、'.join(missing)}: record it into {self._clips_dir}"
        elif not missing:
            self.faults.pop(f"clips {language}", None)
        source, stretches = (
            ("clips", self._recorded(said, language, rate))
            if not missing
            else ("synthesised", self._synthesised(said, language, rate))
        )
        if language == "zh":
            self.source = "clips" if source == "clips" else "synthesised"
        return pcm.joined(stretches)

    def _recorded(self, said: tuple[Piece, ...], language: Language, rate: int) -> list[Samples]:
        comma = pcm.silence(COMMA_S, rate)
        return [clip for piece in said for clip in (self._bank.say(piece, language) if piece.text else [comma])]

    def _synthesised(self, said: tuple[Piece, ...], language: Language, rate: int) -> list[Samples]:
        about = "voice" if language == "zh" else "english"
        try:
            clips = self._synthesis.say([piece.text for piece in said if piece.text], language, rate)
        except SynthesisError as error:
            self.faults[about] = str(error)
            if language == "zh":
                self.source = "none"
            raise
        self.faults.pop(about, None)
        comma = pcm.silence(COMMA_S, rate)
        return [clips[piece.text] if piece.text else comma for piece in said]

    def _look_at_bank(self) -> None:
        if stamp(self._clips_dir) != self._bank.stamp:
            self._bank = Bank(self._clips_dir)
            self._tell_of_bank()

    def _tell_of_bank(self) -> None:
        self.faults.pop("clips", None)
        if self._bank.broken:
            self.faults["clips"] = "; ".join(self._bank.broken[:3])


def arranged(zh: Samples, en: "Samples | None", speak: Speak, opening: tuple[float, int]) -> list[Samples]:
    """Sentences in turn: the English after each Chinese one if the slot holds that, else once at the end, else not.

    The Chinese is said `times` times in any case. `opening`: how long (s) what comes before takes, and the rate.
    """
    before_s, rate = opening
    each = [sentence for _ in range(speak.times) for sentence in (zh, en) if sentence is not None]
    chinese = [zh] * speak.times
    ways = [each, [*chinese, en], chinese] if en is not None else [chinese]
    for way in ways[:-1]:
        long_s = before_s + sum(map(len, way)) / rate + BETWEEN_S * (len(way) - 1)
        if not speak.slot_s or long_s <= speak.slot_s:
            return way
    return ways[-1]
