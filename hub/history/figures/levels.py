"""How many rated at each level (好差评)."""

from hub.history.figures.figure import Figure

_LEVELS = (
    (5, "非常满意", "Very satisfied"),
    (4, "满意", "Satisfied"),
    (3, "基本满意", "Fairly satisfied"),
    (2, "不满意", "Dissatisfied"),
    (1, "非常不满意", "Very dissatisfied"),
)

LEVELS: tuple[Figure, ...] = tuple(
    Figure(
        ident=f"level_{level}",
        zh=zh,
        en=f"{en} (level {level})",
        unit="tickets",
        relation="ratings",
        total=True,
        sql=f"count(*) FILTER (level = {level})",
        formula_zh=f"评价为“{zh}”（{level}级）的评价数",
        formula_en=f"ratings of level {level}",
    )
    for level, zh, en in _LEVELS
)
