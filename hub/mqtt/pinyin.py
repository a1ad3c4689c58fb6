"""Chinese names as people search for them: by the first letter of each syllable."""

from functools import lru_cache


@lru_cache(maxsize=1024)
def initials(name: str) -> str:
    """cxqh for 重新取号: 重 is chóng here, which only the phrase tells. Latin letters and digits stay, in lower case.

    The dictionary of phrases takes tens of megabytes: loaded with the first name, so only where there are machines.
    """
    from pypinyin import Style, lazy_pinyin

    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
