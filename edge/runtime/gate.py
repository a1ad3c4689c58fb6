"""Whether a board's hardware is worse than it was, by what its driver and logic say of it. Pure.

The convention is in `edge.runtime.device`: "ok", "open", "ready" or True for what is well, `…_error` and `…_fault` for
what is not.
"""

from collections.abc import Mapping

from wire.base import Fact

_WELL = ("ok", "open", "ready", True)
_ILL = ("_error", "_fault")


def worse(before: Mapping[str, Fact], now: Mapping[str, Fact]) -> str:
    """What was well and is not, or was not wrong and is; "" where nothing is worse."""
    found = [
        f"{name}: {_said(now.get(name))}"
        for name, fact in before.items()
        if _is_well(fact) and not _is_well(now.get(name))
    ]
    found += [
        f"{name}: {_said(fact)}" for name, fact in now.items() if name.endswith(_ILL) and fact and not before.get(name)
    ]
    return "; ".join(sorted(found))


def _is_well(fact: Fact) -> bool:
    return any(fact is word or (isinstance(fact, str) and fact == word) for word in _WELL)


def _said(fact: Fact) -> str:
    return "–" if fact is None else str(fact)[:200]
