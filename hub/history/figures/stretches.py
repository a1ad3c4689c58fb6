"""Figures of how counters spent their time."""

from hub.history.figures.figure import Figure

_BUSY = (
    "sum(seconds) FILTER (WHERE state IN ('serving', 'called')) / "
    "nullif(sum(seconds) FILTER (WHERE state <> 'paused'), 0)"
)

STRETCHES: tuple[Figure, ...] = (
    Figure(
        ident="open_s",
        zh="开窗时长",
        en="Counters open",
        unit="s",
        relation="stretches",
        total=True,
        sql="coalesce(sum(seconds), 0)",
        formula_zh="有人登录的窗口时长之和（含暂停）",
        formula_en="time with a clerk signed on, pauses included",
    ),
    Figure(
        ident="serving_s",
        zh="办理占用时长",
        en="Serving",
        unit="s",
        relation="stretches",
        total=True,
        sql="coalesce(sum(seconds) FILTER (WHERE state = 'serving'), 0)",
        formula_zh="窗口处于办理中的时长之和",
        formula_en="time in which counters served",
    ),
    Figure(
        ident="walking_s",
        zh="等人到窗时长",
        en="Citizens walking",
        unit="s",
        relation="stretches",
        total=True,
        sql="coalesce(sum(seconds) FILTER (WHERE state = 'called'), 0)",
        formula_zh="已叫号、人未到窗口的时长之和",
        formula_en="time between calls and starts of service",
    ),
    Figure(
        ident="idle_s",
        zh="空闲时长",
        en="Idle",
        unit="s",
        relation="stretches",
        total=True,
        good="down",
        sql="coalesce(sum(seconds) FILTER (WHERE state = 'idle'), 0)",
        formula_zh="窗口开着、无人在办的时长之和",
        formula_en="time in which counters were open with nobody at them",
    ),
    Figure(
        ident="paused_s",
        zh="暂停时长",
        en="Paused",
        unit="s",
        relation="stretches",
        total=True,
        sql="coalesce(sum(seconds) FILTER (WHERE state = 'paused'), 0)",
        formula_zh="窗口暂停服务的时长之和",
        formula_en="time in which counters were paused",
    ),
    Figure(
        ident="busy_share",
        zh="忙碌率",
        en="Busy",
        unit="share",
        relation="stretches",
        sql=_BUSY,
        formula_zh="（办理占用＋等人到窗）÷（开窗 − 暂停）",
        formula_en="(serving + walking) ÷ (open − paused)",
    ),
    Figure(
        ident="counters_used",
        zh="开过的窗口数",
        en="Counters used",
        unit="",
        relation="stretches",
        sql="count(DISTINCT counter)",
        formula_zh="有过登录的窗口数",
        formula_en="counters at which somebody signed on",
    ),
    Figure(
        ident="gini_busy",
        zh="窗口忙碌率基尼系数",
        en="Unequal load among counters (Gini)",
        unit="",
        relation="stretches",
        good="down",
        over="counter",
        sql=_BUSY,
        formula_zh="各窗口忙碌率的基尼系数",
        formula_en="Gini's coefficient of how busy counters were while open",
    ),
)
