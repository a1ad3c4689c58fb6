"""Measures of ratings and of what became of the negative ones, as pure functions of counts, each with its formula.

A rating that was given by mistake or in bad faith (误评、恶意差评) stays in every count, and is left out of the rates:
its result is not adopted (docs/ratings.md has the sources). Nobody who did not press counts as satisfied.
"""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from msgspec.structs import astuple

from hub.domain.speech import Words


class RatingCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Of services of some days. `asked`: tickets whose citizens were asked to rate; `level_1` … `level_5`: rated so.

    `cases`: opened by them; `not_adopted`: closed as mistaken or malicious; `unjustified`: closed as that or any other
    way not justified; `rectified`: closed as justified, `on_time` of them by their deadline; `overdue`: still open
    after it, `due`: open with no more time than the next working day; `answered`: of the cases, `answers_rated` by
    their citizens, `answers_good` of them positively.
    """

    asked: int = 0
    level_1: int = 0
    level_2: int = 0
    level_3: int = 0
    level_4: int = 0
    level_5: int = 0
    cases: int = 0
    not_adopted: int = 0
    unjustified: int = 0
    rectified: int = 0
    on_time: int = 0
    overdue: int = 0
    due: int = 0
    answered: int = 0
    answers_rated: int = 0
    answers_good: int = 0

    def __add__(self, other: "RatingCounts") -> "RatingCounts":
        names = self.__struct_fields__
        return RatingCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def is_empty(self) -> bool:
        return not any(astuple(self))

    @property
    def positive(self) -> int:
        return self.level_3 + self.level_4 + self.level_5

    @property
    def negative(self) -> int:
        """As pressed, whatever became of it."""
        return self.level_1 + self.level_2

    @property
    def rated(self) -> int:
        return self.positive + self.negative

    @property
    def adopted(self) -> int:
        return self.rated - self.not_adopted


def total(counts: Iterable[RatingCounts]) -> RatingCounts:
    return sum(counts, RatingCounts())


def active_rate(counts: RatingCounts) -> float | None:
    """主动评价率. All ratings are given by a person: there are none by default."""
    return _share(counts.rated, counts.asked)


def positive_rate(counts: RatingCounts) -> float | None:
    """好评率, of the ratings that are adopted; as they were pressed it is the figure `good_share`."""
    return _share(counts.positive, counts.adopted)


def negative_rate(counts: RatingCounts) -> float | None:
    """差评率, likewise; as they were pressed: `bad_share`."""
    return _share(counts.negative - counts.not_adopted, counts.adopted)


def rectified_rate(counts: RatingCounts) -> float | None:
    """差评整改率."""
    return _share(counts.rectified, counts.cases - counts.unjustified)


def on_time_rate(counts: RatingCounts) -> float | None:
    """按期整改率. Those whose deadline is yet to come are not counted for or against anybody."""
    return _share(counts.on_time, counts.rectified + counts.overdue)


def unrated_rate(counts: RatingCounts) -> float | None:
    """未评率."""
    return _share(counts.asked - counts.rated, counts.asked)


def reply_rate(counts: RatingCounts) -> float | None:
    """差评回复率."""
    return _share(counts.answered, counts.cases)


def reply_positive_rate(counts: RatingCounts) -> float | None:
    """回访整改满意率."""
    return _share(counts.answers_good, counts.answers_rated)


class Measure(msgspec.Struct, frozen=True):
    """`good`: which way is better."""

    code: str
    name: Words
    formula: Words
    of: Callable[[RatingCounts], float | None]
    good: Literal["up", "down"] = "up"


class Count(msgspec.Struct, frozen=True):
    """A field of RatingCounts that stands for itself among the measures."""

    code: str
    name: Words
    formula: Words


MEASURES: tuple[Measure, ...] = (
    Measure(
        "active_rate",
        Words("主动评价率", "Share rated"),
        Words(
            "主动评价数 ÷ 邀评号票数；没有按键的不算评价，系统不作默认好评",
            "ratings given ÷ tickets asked; who presses nothing has not rated, and nothing is rated by default",
        ),
        active_rate,
    ),
    Measure(
        "unrated_rate",
        Words("未评率", "Share not rated"),
        Words("（邀评号票数－评价总数）÷ 邀评号票数", "(tickets asked − ratings given) ÷ tickets asked"),
        unrated_rate,
        "down",
    ),
    Measure(
        "positive_rate",
        Words("好评率（不予采纳的除外）", "Share positive, adopted"),
        Words(
            "（非常满意＋满意＋基本满意）÷（评价总数－不予采纳数）；不予采纳：核实为误评或恶意差评的",
            "levels 5, 4 and 3 ÷ (all ratings − those not adopted); not adopted: found to be a mistake or malicious",
        ),
        positive_rate,
    ),
    Measure(
        "negative_rate",
        Words("差评率（不予采纳的除外）", "Share negative, adopted"),
        Words(
            "（不满意＋非常不满意－不予采纳数）÷（评价总数－不予采纳数）",
            "(levels 2 and 1 − those not adopted) ÷ (all ratings − those not adopted)",
        ),
        negative_rate,
        "down",
    ),
    Measure(
        "reply_rate",
        Words("差评回复率", "Share answered"),
        Words("已答复办事人的差评案件 ÷ 差评案件总数", "cases whose citizens were answered ÷ all cases"),
        reply_rate,
    ),
    Measure(
        "rectified_rate",
        Words("差评整改率", "Share put right"),
        Words(
            "属实且已办结的差评 ÷（差评案件总数－办结为不属实的）",
            "cases closed as justified ÷ (all cases − those closed as not justified)",
        ),
        rectified_rate,
    ),
    Measure(
        "on_time_rate",
        Words("按期整改率", "Share in time"),
        Words(
            "属实且每次都在期限内办结的差评 ÷（属实且已办结的＋逾期未办结的）",
            "cases closed as justified, each time by the deadline ÷ (closed as justified + open and overdue)",
        ),
        on_time_rate,
    ),
    Measure(
        "reply_positive_rate",
        Words("回访整改满意率", "Answers rated positive"),
        Words(
            "办事人对处理结果评价为基本满意及以上的 ÷ 办事人已评价的处理结果",
            "answers rated 5, 4 or 3 by their citizens ÷ answers that were rated",
        ),
        reply_positive_rate,
    ),
)
COUNTS: tuple[Count, ...] = (
    Count(
        "due",
        Words("临期差评案件", "Cases due soon"),
        Words("未办结、期限在下一个工作日以内的差评案件", "open cases with no more time than the next working day"),
    ),
    Count(
        "overdue",
        Words("逾期差评案件", "Overdue cases"),
        Words("未办结且已超过期限的差评案件", "open cases after their deadline"),
    ),
)
"""Of services of the days asked for, as cases stand now."""


def measures(counts: RatingCounts) -> dict[str, float | None]:
    """By code, 0 to 1; None where there is nothing to divide by."""
    return {one.code: one.of(counts) for one in MEASURES}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
