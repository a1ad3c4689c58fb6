"""Chinese names as people search for them: by their syllables in pinyin, and by the first letter of each.

`python -m hub.pinyin`: names as a JSON list on standard input, of each its initials and its syllables on standard
output. pypinyin's dictionary of phrases takes some 57 MB, for a few names that hardly ever change: it lives in a child
process and goes with it.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Iterable

_PATIENCE_S = 60.0
_NOTHING = ("", "")

_known: dict[str, tuple[str, str]] = {}
log = logging.getLogger(__name__)


def initials(name: str) -> str:
    """cxqh for 重新取号. "" for a name that was not learned yet."""
    return _known.get(name, _NOTHING)[0]


def spelled(name: str) -> str:
    """chongxinquhao for 重新取号. "" for a name that was not learned yet."""
    return _known.get(name, _NOTHING)[1]


def learn(names: Iterable[str]) -> None:
    """Blocks where there are new ones: call it in a thread. What cannot be learned has no pinyin."""
    fresh = sorted(set(names) - set(_known))
    if not fresh:
        return
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__],
            input=json.dumps(fresh),
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
        )
        found = {name: (first, whole) for name, (first, whole) in zip(fresh, json.loads(done.stdout), strict=True)}
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.error("services cannot be searched by pinyin: %s", error)
        found = dict.fromkeys(fresh, _NOTHING)
    _known.update(found)


def read(name: str) -> tuple[str, str]:
    """By the dictionary: 重 is chóng in 重新, which only the phrase tells. Latin letters and digits stay."""
    from pypinyin import Style, lazy_pinyin

    return _typed(lazy_pinyin(name, style=Style.FIRST_LETTER)), _typed(lazy_pinyin(name))


def _typed(syllables: list[str]) -> str:
    return "".join(letter for letter in "".join(syllables).lower() if letter.isascii() and letter.isalnum())


if __name__ == "__main__":
    json.dump([read(name) for name in json.load(sys.stdin)], sys.stdout)
