"""How long ago something began, when the clock may be put right meanwhile: pure, in seconds."""

_JUMP_S = 1.0  # the agent's clock runs backwards by no less


def is_over(since: float, duration_s: float, at: float) -> bool:
    """Also when the clock was put back: what began at a moment that lies ahead would otherwise last until then."""
    return at >= since + duration_s or was_put_back(since, at)


def was_put_back(since: float, at: float) -> bool:
    """Whether `since` was measured by a clock that ran ahead of the present one."""
    return at < since - _JUMP_S
