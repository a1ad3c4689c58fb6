"""Why citizens were not satisfied: a figure for each reason of the national list. They can be asked by name, and are
not among the figures that every report and page shows."""

from hub.history.figures.figure import Figure
from wire.reasons import REASONS

REASON_FIGURES: tuple[Figure, ...] = tuple(
    Figure(
        ident=f"reason_{code}",
        zh=zh,
        en=en,
        unit="tickets",
        relation="ratings",
        total=True,
        good="down",
        sql=f"count(*) FILTER (WHERE level <= 2 AND list_contains(string_split(reasons, ','), '{code}'))",
        formula_zh=f"选择了原因“{zh}”的差评数；一件可选多个",
        formula_en=f"negative ratings for which it was chosen: {en}; one may have several",
    )
    for level in (1, 2)
    for code, (zh, en) in REASONS[level].items()
)
