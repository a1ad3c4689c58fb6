"""What eight seven-segment digits show: signs, left to right, a dot belonging to the one before it. Pure.

waiting  ticket         _5  A012    at rest; a last dot: being served
_5.PAUSE _5.CLoSE       no ticket, and why; --- where it is not known how many wait
____012_                typed so far
___1-3 _                which reason, 1 to 3?
-                       wait: a dash that runs
HErE                     where the hub looks for it
P 146235                 the number of its pairing code
oFFLinE  no AnS  E  22  refused: not sent, no answer, or a number that the card beside it explains
"""

from edge.caller import words
from edge.caller.face import Display

DIGITS = 8
_WAITING, _TICKET = 3, 5
_WORDS = {"closed": "CLoSE", "paused": "PAUSE"}
_REFUSALS = {"offline": "oFFLinE", "unanswered": "no AnS"}
_TESTS = {"lamps": "LAnPS", "display": "8." * DIGITS, "beep": "bEEP"}
# Where capitals would look like another sign (B like 8, D like 0), or cannot be drawn, small letters are clearer.
_SMALL = str.maketrans("BDNQRTU", "bdnqrtu")


def signs(display: Display, step: int = 0) -> str:
    """At most DIGITS signs and any dots."""
    match display.mode:
        case "wait":
            return " " * (step % DIGITS) + "-"
        case "refused":
            return _REFUSALS.get(display.code) or f"E {words.number(display.code):4}"
        case "entry":
            return display.text.translate(_SMALL)[-DIGITS:].rjust(DIGITS)
        case "choice":
            return f"{display.choices[0][0]}-{display.choices[-1][0]} _".rjust(DIGITS)
        case "here":
            return "HErE".center(DIGITS)
        case "pairing":
            return f"P {display.code}"
        case "test":
            return _TESTS.get(display.test) or _key(display.text)
    return _rest(display)


def _rest(display: Display) -> str:
    if display.phase is None:
        return "-" * DIGITS if display.online else "oFFLinE"
    waiting = "-" * _WAITING if display.waiting is None else f"{min(display.waiting, 999):{_WAITING}}"
    word = _WORDS.get(display.phase, "")
    if word:
        return f"{waiting}.{word}"
    serving = "." if display.phase == "serving" else ""
    return waiting + display.number.translate(_SMALL)[-_TICKET:].rjust(_TICKET) + serving


def _key(text: str) -> str:
    """The test of the keys: which one was pressed last, if it is a digit or a letter; else that one was."""
    name = text.rpartition(" ")[2]
    return f"P    {name.translate(_SMALL)}" if len(name) == 1 and name.isascii() else "P   ---"
