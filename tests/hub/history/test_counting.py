"""Questions and their answers, over days that can be counted by hand."""

import pytest
from msgspec.structs import replace

from hub.history.asking import Question, UnknownFigureError, period_before
from hub.history.counting import answer, behind
from hub.history.figures import BY_IDENT, FIGURES, REASON_FIGURES
from hub.history.files import Files
from hub.history.gini import gini
from hub.history.relations import ROWS, BookingRow, StretchRow, TurnRow


def turn(number: str, minute: int, **other: object) -> TurnRow:
    known = TurnRow(
        day="2026-01-05", minute=minute, at_ms=minute, number=number, service="A", centre="z", floor="f1", area="x",
        line="walk-in", counter="1", clerk="1001", calls=1, outcome="ended", items=1, waited_s=60.0, walked_s=10.0,
        served_s=100.0, idle_s=5.0,
    )  # fmt: skip
    return replace(known, **other)


@pytest.fixture
def files(tmp_path):
    files = Files(tmp_path / "history")
    turns = [turn(f"A{n:03}", 540 + n, waited_s=float(n)) for n in range(10)]  # 09:00 to 09:09, 0 to 9 s
    turns += [turn("B001", 610, service="B", counter="2", clerk="1002", waited_s=None, served_s=None)]
    turns += [turn("B002", 615, service="B", counter="2", clerk="1002", outcome="missed", items=0, served_s=None)]
    files.write("h", "2026-01-05", {"turns": turns})
    files.write("h", "2026-01-06", {"turns": [turn("A001", 540, day="2026-01-06", counter="3", clerk="1001")]})
    yield files
    files.close()


def ask(files: Files, *names: str, first="2026-01-05", last="2026-01-06", hall="h", **other):
    question = Question(hall=hall, first=first, last=last, figures=names, **other)
    got = answer(question, files.query, lambda relation: files.paths(hall, relation, first, last))
    return {row.key: row.values for row in got.rows}


def test_percentiles_are_of_nearest_rank(files):
    by_service = ask(files, "wait_p50", "wait_p90", "wait_max", "wait_mean", by=("service",), last="2026-01-05")
    assert by_service[("A",)] == {"wait_p50": 4, "wait_p90": 8, "wait_max": 9, "wait_mean": 4.5}
    assert by_service[("B",)] == {"wait_p50": 60, "wait_p90": 60, "wait_max": 60, "wait_mean": 60}


def test_what_was_not_measured_is_not_counted_as_nothing(files):
    assert ask(files, "service_mean", "served", only={"service": ("B",)}) == {(): {"service_mean": None, "served": 1}}


def test_hours_days_and_weekdays(files):
    assert {key: row["served"] for key, row in ask(files, "served", by=("day", "hour")).items()} == {
        ("2026-01-05", "09"): 10,
        ("2026-01-05", "10"): 1,
        ("2026-01-06", "09"): 1,
    }
    assert list(ask(files, "served", by=("weekday",))) == [("1",), ("2",)]
    assert list(ask(files, "served", by=("month",))) == [("2026-01",)]


def test_steps_within_a_range_of_minutes(files):
    got = ask(files, "called", by=("time",), step_min=5, since=545, until=616, last="2026-01-05")
    assert {key: row["called"] for key, row in got.items()} == {
        ("2026-01-05 09:05",): 5,
        ("2026-01-05 10:10",): 1,
        ("2026-01-05 10:15",): 1,
    }
    assert ask(files, "called", since=545, until=540)[()]["called"] == 7  # over midnight: nothing of the 6th yet
    assert ask(files, "called", since=545, until=541)[()]["called"] == 8


def test_narrowed_by_several_of_one_and_by_two(files):
    assert ask(files, "called", only={"counter": ("2", "3")})[()]["called"] == 3
    assert ask(files, "called", only={"counter": ("2", "3"), "clerk": ("1001",)})[()]["called"] == 1


def test_a_figure_says_nothing_of_what_it_does_not_know(files):
    assert ask(files, "open_s", "called", by=("service",))[("A",)] == {"open_s": None, "called": 11}
    assert ask(files, "bookings", only={"counter": ("1",)}) == {(): {"bookings": None}}


def test_nothing_at_all_is_zero_or_none(files):
    empty = {(): {"taken": 0, "wait_p90": None, "good_share": None, "gini_served": None}}
    assert ask(files, "taken", "wait_p90", "good_share", "gini_served", first="2020-01-01", last="2020-12-31") == empty
    assert ask(files, "taken", "wait_p90", "good_share", "gini_served", hall="nowhere") == empty
    assert ask(files, "taken", hall="nowhere", by=("day",)) == {}


def test_every_figure_can_be_asked_by_all_that_it_knows(files):
    files.write("h", "2026-01-05", {"stretches": [stretch("1", "serving", 600), stretch("2", "idle", 300)],
                                    "bookings": [booking("kept"), booking("missed")]})  # fmt: skip
    for one in FIGURES:
        for by in sorted(one.by):
            ask(files, one.ident, by=(by,))
    assert ask(files, "busy_share", "kept_share")[()] == {"busy_share": 600 / 900, "kept_share": 0.5}


def test_unequal_work_among_counters(files):
    """Counter 1 did ten, 2 one and 3 one."""
    assert ask(files, "gini_served")[()]["gini_served"] == pytest.approx(gini([10, 1, 1]))
    by_day = ask(files, "gini_served", by=("day",))
    assert by_day[("2026-01-06",)]["gini_served"] == 0
    assert gini([5, 5, 5]) == 0
    assert gini([]) is None
    assert gini([0, 0]) is None
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)


def test_the_rows_behind_a_figure(files):
    question = Question(hall="h", first="2026-01-05", last="2026-01-06", figures=("called",), only={"clerk": ("1002",)})
    rows = behind(
        question, "called", 10, files.query, lambda relation: files.paths("h", relation, "2026-01-05", "2026-01-06")
    )
    assert [row["number"] for row in rows] == ["B001", "B002"]
    assert set(rows[0]) == set(ROWS["turns"].__struct_fields__)


def test_a_figure_that_is_none_says_which_there_are(files):
    with pytest.raises(UnknownFigureError, match="no figure 'happiness'; there are taken, "):
        ask(files, "happiness")
    question = Question(hall="h", first="2026-01-05", last="2026-01-06", figures=(), only={"service": ("A",)})
    with pytest.raises(UnknownFigureError, match="open_s knows no service; it knows area, clerk, counter, floor"):
        behind(question, "open_s", 10, files.query, lambda relation: [])


def test_what_somebody_asks_is_a_value_and_never_sql(files):
    assert ask(files, "called", only={"service": ("A') OR ('1'='1",)})[()]["called"] == 0


def test_every_figure_has_its_words():
    assert len(BY_IDENT) == len(FIGURES) + len(REASON_FIGURES)
    for one in FIGURES:
        assert all((one.zh, one.en, one.formula_zh, one.formula_en))


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("2026-03-02", "2026-03-02", ("2026-03-01", "2026-03-01")),
        ("2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28")),
        ("2026-01-01", "2026-12-31", ("2025-01-01", "2025-12-31")),
        ("2026-01-05", "2026-01-11", ("2025-12-29", "2026-01-04")),
    ],
)
def test_the_period_before(first, last, before):
    asked = period_before(Question(hall="h", first=first, last=last, figures=("taken",)))
    assert (asked.first, asked.last) == before


def stretch(counter: str, state: str, seconds: float) -> StretchRow:
    return StretchRow(day="2026-01-05", minute=540, at_ms=0, floor="f1", area="x", counter=counter, clerk="1001",
                      state=state, seconds=seconds)  # fmt: skip


def booking(state: str) -> BookingRow:
    return BookingRow(day="2026-01-05", minute=540, at_ms=0, service="A", centre="z", floor="f1", area="x",
                      state=state, reason="", ahead_s=3600.0)  # fmt: skip


def test_a_month_in_one_file_counts_like_its_days(tmp_path):
    files, other = Files(tmp_path / "history"), Files(tmp_path / "history")
    days = [f"2026-0{month}-{day:02}" for month in (1, 2, 3) for day in (5, 6, 7)]
    for day in days:
        files.write("h", day, {"turns": [turn(f"A{n:03}", 540 + n, day=day, waited_s=float(n)) for n in range(4)]})

    def counted(some: Files, first: str = "2026-01-01") -> list[object]:
        question = Question(
            hall="h", first=first, last="2026-03-31", by=("month",), figures=("called", "wait_p50", "wait_p90")
        )
        got = answer(question, some.query, lambda relation: some.paths("h", relation, first, "2026-03-31"))
        return [(row.key, *row.values.values()) for row in got.rows]

    def opened(some: Files, first: str = "2026-01-01") -> int:
        return len(some.paths("h", "turns", first, "2026-03-31")) - 1  # one is empty

    before = counted(files)
    assert before == [((f"2026-0{month}",), 12, 1.0, 3.0) for month in (1, 2, 3)]
    while files.merge("h", before="2026-03"):
        pass
    assert (opened(files), opened(files, "2026-01-06")) == (1 + 1 + 3, 2 + 1 + 3)
    assert counted(files) == counted(other) == before
    assert counted(files, "2026-01-06")[0] == (("2026-01",), 8, 1.0, 3.0)
    other.write("h", "2026-02-06", {"turns": []})  # rated late, say: by another process
    assert counted(files)[1] == (("2026-02",), 8, 1.0, 3.0)
    assert files.merge("h", before="2026-03")
    assert not files.merge("h", before="2026-03")
    assert (opened(files), counted(files)[1]) == (5, (("2026-02",), 8, 1.0, 3.0))
    assert len(list((tmp_path / "history").rglob("2026-02.*.parquet"))) == 1
    files.close()
    other.close()


def test_a_time_of_day_is_told_as_a_clock_tells_it(files):
    by_time = Question(
        hall="h", first="2026-01-05", last="2026-01-06", by=("time", "counter"), step_min=5, figures=("called",)
    )
    keys = [
        row.key
        for row in answer(by_time, files.query, lambda one: files.paths("h", one, "2026-01-05", "2026-01-06")).rows
    ]
    assert keys[0] == ("2026-01-05 09:00", "1")
    assert keys[-1] == ("2026-01-06 09:00", "3")
