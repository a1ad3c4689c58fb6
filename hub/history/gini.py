"""How unequal shares are."""

from collections.abc import Iterable


def gini(shares: Iterable[float]) -> float | None:
    """Gini's coefficient: half the mean difference between any two, over the mean. 0: all alike; towards 1: one has it
    all. None where there are no shares, or nothing to share. Shares are not negative."""
    ordered = sorted(shares)
    count, total = len(ordered), sum(ordered)
    if not count or not total:
        return None
    weighted = sum(rank * share for rank, share in enumerate(ordered, 1))
    return 2 * weighted / (count * total) - (count + 1) / count
