"""What stands above every report, and the catalogue of formulas below it: as pairs and rows of texts."""

from hub.domain.speech import Words
from hub.history.asking import MINUTES
from hub.history.figures import FIGURES
from hub.reports import words
from hub.reports.report import Column, Measure, Report, Source
from hub.reports.words import pick


def facts(report: Report, language: str) -> list[tuple[str, str]]:
    """Whose, of which days, compared with which, narrowed to what, made when and by whom."""
    comma = pick(words.COMMA, language)
    only = [f"{pick(by, language)} {comma.join(pick(one, language) for one in keys)}" for by, keys in report.only]
    unread = [(pick(words.UNREAD, language), short(report, language))] if report.unread else []
    return [
        (pick(words.HALL, language), pick(report.hall, language)),
        (pick(words.RANGE, language), now(report, language)),
        (pick(words.BEFORE, language), before(report, language)),
        (pick(words.ONLY, language), "; ".join(only) or pick(words.ALL, language)),
        (pick(words.MADE, language), f"{report.made_at:%Y-%m-%d %H:%M:%S}"),
        (pick(words.BY_WHOM, language), report.made_by),
        *unread,
    ]


def short(report: Report, language: str) -> str:
    """That figures may be short."""
    return pick(words.SHORT, language).format(count=report.unread)


def now(report: Report, language: str) -> str:
    return _days(report.wish.first, report.wish.last, report.wish.until, language)


def before(report: Report, language: str) -> str:
    return _days(report.before_first, report.before_last, report.wish.until, language)


def _days(first: str, last: str, until: int, language: str) -> str:
    """Until which minute, where the last day is not whole."""
    days = first if first == last else f"{first} – {last}"
    if until >= MINUTES:
        return days
    return days + pick(words.UNTIL, language).format(time=f"{until // 60:02}:{until % 60:02}")


def titled(column: Column, language: str, units: dict[Measure, Words]) -> str:
    """The column's name with its unit; one that varies has it in the lines' names."""
    return pick(column.name, language) if column.varies else with_unit(column.name, column.unit, language, units)


def with_unit(name: Words, unit: Measure, language: str, units: dict[Measure, Words]) -> str:
    known = pick(units[unit], language)
    if not known:
        return pick(name, language)
    return f"{name.en} ({known})" if language == "en" else f"{name.zh}（{known}）"


def formulas(report: Report, language: str) -> list[tuple[str, str, str, str]]:
    """Of every figure: name, unit, formula, and what it is counted from."""
    if report.sources:
        return [_of_source(one, language) for one in report.sources]
    log = pick(words.FROM_LOG, language)
    return [
        (
            one.en if language == "en" else one.zh,
            pick(words.UNITS[one.unit], language),
            one.formula_en if language == "en" else one.formula_zh,
            f"{log} → {pick(words.RELATIONS[one.relation], language)}",
        )
        for one in FIGURES
    ]


def _of_source(one: Source, language: str) -> tuple[str, str, str, str]:
    unit = pick(words.UNITS[one.unit], language)
    return pick(one.name, language), unit, pick(one.formula, language), pick(one.source, language)
