"""Figures of numbers that were given."""

from hub.history.figures.figure import Figure

_FINISHED = "outcome NOT IN ('open', 'unprinted', 'replaced')"

TICKETS: tuple[Figure, ...] = (
    Figure(
        ident="taken",
        zh="取号量",
        en="Tickets taken",
        unit="tickets",
        relation="tickets",
        sql="count(*)",
        total=True,
        formula_zh="取出的号票数，含未打印成功的",
        formula_en="numbers given, those whose slip failed included",
    ),
    Figure(
        ident="unprinted",
        zh="打印失败",
        en="Slips that failed",
        unit="tickets",
        relation="tickets",
        total=True,
        good="down",
        sql="count(*) FILTER (WHERE outcome = 'unprinted')",
        formula_zh="因打印失败而作废的号票数",
        formula_en="tickets cancelled because their slip failed",
    ),
    Figure(
        ident="booked_share",
        zh="预约率",
        en="Came by appointment",
        unit="share",
        relation="tickets",
        good="up",
        sql="count(*) FILTER (WHERE line = 'appointment') / nullif(count(*), 0)",
        formula_zh="预约取号数 ÷ 取号量",
        formula_en="tickets of appointments ÷ tickets taken",
    ),
    Figure(
        ident="priority_share",
        zh="优先率",
        en="Priority",
        unit="share",
        relation="tickets",
        sql="count(*) FILTER (WHERE line = 'priority') / nullif(count(*), 0)",
        formula_zh="优先取号数 ÷ 取号量",
        formula_en="priority tickets ÷ tickets taken",
    ),
    Figure(
        ident="abandoned_share",
        zh="弃号率",
        en="Never served",
        unit="share",
        relation="tickets",
        good="down",
        sql=f"count(*) FILTER (WHERE {_FINISHED} AND outcome <> 'ended') / "
        f"nullif(count(*) FILTER (WHERE {_FINISHED}), 0)",
        formula_zh="未办理即结束（过号、作废、闭厅未叫）的号票数 ÷ 已结束的号票数（打印失败和被替换的不计）",
        formula_en="missed, cancelled or left at the day's end ÷ all that ended (failed and replaced slips apart)",
    ),
    Figure(
        ident="estimate_error_p50",
        zh="等候预估偏差中位数",
        en="Error of our estimates, median",
        unit="s",
        relation="tickets",
        good="down",
        sql="quantile_disc(abs(estimate_s - waited_s), 0.5)",
        formula_zh="|取号时告知的最可能等候 − 实际等候| 的中位数",
        formula_en="median of |likeliest wait as told − wait as it was|",
    ),
    Figure(
        ident="estimate_kept_share",
        zh="预估命中率",
        en="Waits within the range told",
        unit="share",
        relation="tickets",
        good="up",
        sql="avg(CASE WHEN estimate_s IS NULL OR waited_s IS NULL THEN NULL "
        "WHEN waited_s BETWEEN estimate_low_s AND estimate_high_s THEN 1.0 ELSE 0.0 END)",
        formula_zh="实际等候落在告知区间内的号票数 ÷ 有预估且已叫的号票数",
        formula_en="waits within the range that was told ÷ tickets that were told one and were called",
    ),
)
