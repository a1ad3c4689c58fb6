"""Figures of what was done at counters, and of the times that it took."""

from hub.history.figures.figure import Figure


def _spread(ident: str, zh: str, en: str, column: str, where: str, of_zh: str, of_en: str) -> tuple[Figure, ...]:
    """Mean, median, 90th percentile and the most of a time, of the `turns` where it was measured."""
    out = []
    for name, sql, zh_of, en_of in (
        ("mean", f"avg({column})", "平均值", "mean"),
        ("p50", f"quantile_disc({column}, 0.5)", "中位数", "median (nearest rank)"),
        ("p90", f"quantile_disc({column}, 0.9)", "第90百分位（最近秩）", "90th percentile (nearest rank)"),
        ("max", f"max({column})", "最大值", "longest"),
    ):
        prefix = {"mean": "平均", "p50": "中位", "p90": "P90", "max": "最长"}[name]
        out.append(Figure(
            ident=f"{ident}_{name}", zh=prefix + zh, en=f"{en}, {en_of.split(' (')[0]}", unit="s", relation="turns",
            sql=sql + where, formula_zh=f"{of_zh}的{zh_of}", formula_en=f"{en_of} of {of_en}", good="down",
        ))  # fmt: skip
    return tuple(out)


TURNS: tuple[Figure, ...] = (
    Figure(
        ident="served",
        zh="办件量",
        en="Served",
        unit="tickets",
        relation="turns",
        total=True,
        good="up",
        sql="count(*) FILTER (WHERE outcome = 'ended')",
        formula_zh="办结次数（撤销的不计）",
        formula_en="services ended (what was undone is not counted)",
    ),
    Figure(
        ident="items",
        zh="办理事项数",
        en="Items done",
        unit="items",
        relation="turns",
        total=True,
        good="up",
        sql="coalesce(sum(items), 0)::BIGINT",
        formula_zh="办结时完成的事项数之和",
        formula_en="items of business done at these ends",
    ),
    Figure(
        ident="called",
        zh="叫号量",
        en="Called",
        unit="tickets",
        relation="turns",
        total=True,
        sql="count(*)",
        formula_zh="叫号到窗口的次数（重呼不另计）",
        formula_en="tickets called to a counter (recalls not counted again)",
    ),
    Figure(
        ident="missed",
        zh="过号量",
        en="Nobody came",
        unit="tickets",
        relation="turns",
        total=True,
        good="down",
        sql="count(*) FILTER (outcome = 'missed')",
        formula_zh="过号次数（撤销的不计）",
        formula_en="calls to which nobody came (what was undone is not counted)",
    ),
    Figure(
        ident="missed_share",
        zh="过号率",
        en="Missed",
        unit="share",
        relation="turns",
        good="down",
        sql="count(*) FILTER (WHERE outcome = 'missed') / nullif(count(*) FILTER (WHERE outcome <> 'open'), 0)",
        formula_zh="过号次数 ÷ 已结束的叫号量",
        formula_en="calls to which nobody came ÷ calls that ended",
    ),
    Figure(
        ident="transferred",
        zh="转移量",
        en="Sent on",
        unit="tickets",
        relation="turns",
        total=True,
        sql="count(*) FILTER (WHERE outcome = 'transferred')",
        formula_zh="转移次数",
        formula_en="tickets sent on from a counter",
    ),
    *_spread("wait", "等候", "Waiting", "waited_s", "", "从开始排队到首次叫号", "time from queueing to the first call"),
    *_spread(
        "walk",
        "走动",
        "Walking",
        "walked_s",
        "",
        "从最近一次叫号到开始办理",
        "time from the latest call to the start of service",
    ),
    Figure(
        ident="idle_p50",
        zh="中位空闲间隔",
        en="Idle before a call, median",
        unit="s",
        relation="turns",
        sql="quantile_disc(idle_s, 0.5)",
        formula_zh="窗口开着、无人在办，到下一次叫号的间隔（自上一件办结、登录或恢复起）的中位数；暂停不计",
        formula_en="median (nearest rank) of the time that an open counter had nobody at it before a call: since the "
        "end of a service, signing on, or a pause",
    ),
    Figure(
        ident="idle_p90",
        zh="P90空闲间隔",
        en="Idle before a call, 90th percentile",
        unit="s",
        relation="turns",
        good="down",
        sql="quantile_disc(idle_s, 0.9)",
        formula_zh="同上间隔的第90百分位（最近秩）",
        formula_en="90th percentile (nearest rank) of the same times",
    ),
    *_spread(
        "service",
        "办理时长",
        "Service",
        "served_s",
        " FILTER (WHERE outcome = 'ended')",
        "从开始办理到办结",
        "time from the start of service to its end",
    ),
    Figure(
        ident="gini_served",
        zh="窗口办件量基尼系数（苦乐不均）",
        en="Unequal work among counters (Gini)",
        unit="",
        relation="turns",
        good="down",
        over="counter",
        sql="count(*) FILTER (WHERE outcome = 'ended')",
        formula_zh="各窗口办件量的基尼系数：0 为完全均衡",
        formula_en="Gini's coefficient of services by counter: 0 is equal",
    ),
    Figure(
        ident="gini_clerks",
        zh="人员办件量基尼系数",
        en="Unequal work among clerks (Gini)",
        unit="",
        relation="turns",
        good="down",
        over="clerk",
        sql="count(*) FILTER (WHERE outcome = 'ended')",
        formula_zh="各工作人员办件量的基尼系数",
        formula_en="Gini's coefficient of services by clerk",
    ),
)
