"""A negative rating opens one case, whoever reads the log and how often; what people do in it is done once."""

import asyncio
import contextlib

import pytest
from sqlalchemy import func, select, update

from hub.domain.case_life import CaseRefusedError
from hub.domain.cases import evolve_all
from hub.domain.rating_measures import RatingCounts
from hub.storage.case_figures import Today
from hub.storage.cases import CaseChangedError, KeyReusedError, UnknownCaseError, Wanted
from hub.storage.schema_cases import rating_case, rating_case_event, rating_case_position
from tests.hub.cases.rated import BOSS, CHIEF, CLERK, OTHER, rated_hall, take
from tests.support.hub import run

COLUMNS = [column.name for column in rating_case.c]
ALL, FIRST = Wanted(), Today("2026-11-02", "2026-11-03")


def opened(handling, wanted=ALL, today=FIRST):
    return handling.stored.of("small", wanted, today)


def test_a_negative_rating_opens_one_case_and_others_none(database):
    async def story():
        async with rated_hall(database) as hall:
            handling, heard = hall.handling(), []
            handling.follow(heard.extend)
            await handling.reader.begin()
            for level in (5, 4, 3):
                await hall.rate(level)
            bad = [await hall.rate(level) for level in (2, 1)]
            await hall.read(handling)
            found = opened(handling)
            assert sorted(one.ask for one in found) == sorted(bad)
            assert sorted(one.ask for one in heard) == sorted(bad)
            (one,) = (one for one in found if one.level == 1)
            assert (one.state, one.counter, one.clerk, one.due) == ("verify", "1", "1001", "2026-11-09")

    run(story())


def test_several_processes_that_read_again_and_again_open_one_case_and_one_of_them_tells(database):
    async def story():
        async with rated_hall(database) as hall:
            handlings, heard = [hall.handling() for _ in range(3)], []
            for one in handlings:
                one.follow(heard.extend)
                await one.reader.begin()
            bad = [await hall.rate(1) for _ in range(3)]
            await asyncio.gather(*(hall.read(one) for one in handlings))
            for again in (hall.handling() for _ in range(2)):  # started anew
                await again.reader.begin()
                await hall.read(again)
            with hall.office.engine.begin() as connection:  # and from the beginning
                connection.execute(update(rating_case_position).values(position=0))
            again = hall.handling()
            again.follow(heard.extend)
            await again.reader.begin()
            await hall.read(again)
            assert sorted(one.ask for one in opened(again)) == sorted(bad)
            assert sorted(one.ask for one in heard) == sorted(bad)
            with hall.office.engine.connect() as connection:
                assert connection.scalar(select(func.count()).select_from(rating_case_event)) == 3

    run(story())


def test_a_case_and_the_position_are_stored_together_or_not_at_all(database):
    async def story():
        async with rated_hall(database) as hall:
            handling = hall.handling()
            await handling.reader.begin()
            await hall.rate(1)
            with contextlib.suppress(ZeroDivisionError), handling.stored.advance(*_step(handling, hall)):
                raise ZeroDivisionError
            assert opened(handling) == []
            handling.follow(lambda cases: 1 / 0)  # who hears it fails: it is open all the same
            await hall.read(handling)
            assert len(opened(handling)) == 1

    run(story())


def _step(handling, hall):
    before, _ = handling.stored.position(0, hall.office.now)
    return before, hall.desk.position


def test_what_was_rated_before_the_hub_knew_cases_opens_some_for_the_last_weeks(database):
    async def story():
        async with rated_hall(database) as hall:
            await hall.rate(1)
            hall.office.pass_(days=20)
            await hall.desk.turn_day("small")
            await hall.do_sign_on()
            recent = await hall.rate(2)
            hall.office.pass_(days=15)
            await hall.desk.turn_day("small")
            handling = hall.handling()
            await handling.reader.begin()
            await hall.read(handling)
            (one,) = opened(handling)
            assert (one.ask, one.due) == (recent, "2026-12-14"), "its time begins when it is opened"

    run(story())


def test_a_late_rating_by_phone_opens_one_too(database):
    async def story():
        async with rated_hall(database) as hall:
            handling = hall.handling()
            await handling.reader.begin()
            number, day = await hall.serve(), hall.desk.today("small").day
            hall.office.pass_(days=2)
            await hall.desk.turn_day("small")
            await hall.rate(1, number, day=day, late=True)
            await hall.read(handling)
            (one,) = opened(handling)
            assert (one.late, one.day, one.due) == (True, day, "2026-11-11")

    run(story())


def test_deadlines_follow_the_halls_calendar_and_its_settings(tmp_path):
    async def story():
        async with rated_hall(tmp_path, policy__case_days=2) as hall:
            hall.office.close("2026-11-03")
            handling = hall.handling()
            await handling.reader.begin()
            await hall.rate(1)
            await hall.read(handling)
            assert [one.due for one in opened(handling)] == ["2026-11-05"]

    run(story())


def test_the_row_is_what_the_history_evolves_to_and_steps_are_done_once(database):
    async def story():
        async with rated_hall(database) as hall:
            handling = hall.handling()
            await handling.reader.begin()
            ask = await hall.rate(1)
            await hall.read(handling)
            case = handling.stored.one("small", ask)
            for _ in range(2):  # the form sent twice
                after = await take(handling, case, "verify", key="twice", outcome="justified")
                assert (after.version, after.state) == (2, "rectify")
            with pytest.raises(KeyReusedError):
                await take(handling, case, "verify", key="twice", outcome="unjustified", ground="mistake")
            with pytest.raises(CaseChangedError):
                await take(handling, case, "verify", outcome="justified")
            with pytest.raises(CaseRefusedError):
                await take(handling, after, "review", verdict="good")
            with pytest.raises(UnknownCaseError):
                handling.stored.one("small", "2026-11-02.A999")
            history = handling.stored.history("small", ask)
            kept = handling.stored.one("small", ask)
            (row,) = opened(handling)
            assert evolve_all(history) == kept
            told = {name: getattr(kept, name) for name in COLUMNS}
            assert {name: getattr(row, name) for name in told} == told
            assert handling.stored.history("other", ask) == []

    run(story())


def test_two_people_at_once_do_one_step(database):
    async def story():
        async with rated_hall(database) as hall:
            one, other = hall.handling(), hall.handling()
            await one.reader.begin()
            ask = await hall.rate(1)
            await hall.read(one)
            case = one.stored.one("small", ask)
            wishes = (take(handling, case, "verify", outcome="justified") for handling in (one, other))
            done = await asyncio.gather(*wishes, return_exceptions=True)
            assert sorted(type(answer).__name__ for answer in done) == ["Case", "CaseChangedError"]
            assert one.stored.one("small", ask).version == 2

    run(story())


def test_who_may_do_what(tmp_path):
    async def story():
        async with rated_hall(tmp_path) as hall:
            handling = hall.handling()
            hall.accounts.create("desk-2", "clerk", "long enough 42", hall.office.now, "1002")
            await handling.reader.begin()
            ask = await hall.rate(1)
            await hall.read(handling)
            case = handling.stored.one("small", ask)
            assert [handling.may_see(case, who) for who in (BOSS, CLERK, OTHER)] == [True, True, False]
            for who, step in ((CLERK, "verify"), (OTHER, "appeal"), (OTHER, "note"), (CLERK, "assign")):
                with pytest.raises(CaseRefusedError, match="forbidden"):
                    await take(handling, case, step, who, outcome="justified")
            with pytest.raises(CaseRefusedError, match="unknown-assignee"):
                await take(handling, case, "assign", to="nobody")
            case = await take(handling, case, "assign", to="desk-2")
            case = await take(handling, case, "verify", outcome="justified")
            assert [one.ask for one in opened(handling, Wanted(mine=("1002", "desk-2")))] == [ask]
            assert opened(handling, Wanted(mine=("1003", "desk-3"))) == []
            assert opened(handling, Wanted(mine=("", "desk-3"))) == []
            case = await take(handling, case, "rectify", OTHER)
            case = await take(handling, case, "appeal", CLERK)
            assert case.clerk_appeal == "waiting"

    run(story())


def test_lists_and_counts_say_how_things_stand(database):
    async def story():
        async with rated_hall(database) as hall:
            handling = hall.handling()
            await handling.reader.begin()
            await hall.serve()
            asks = [await hall.rate(level) for level in (5, 3, 2, 1, 1, 2)][2:]
            await hall.read(handling)
            cases = [handling.stored.one("small", ask) for ask in asks]
            for case, outcome in ((cases[0], "justified"), (cases[1], "unjustified"), (cases[2], "justified")):
                case = await take(handling, case, "verify", outcome=outcome, ground="mistake")
                if outcome == "justified":
                    case = await take(handling, case, "rectify")
                case = await take(handling, case, "feedback", answer="sorry")
                if case.ask == asks[2]:
                    hall.office.pass_(days=15)  # later than its deadline
                await take(handling, case, "review", CHIEF, verdict="good")
            today = handling.dates("small")
            stands = handling.stored.stands("small", Wanted(stand="closed", service="A"), today)
            assert stands == {"open": 1, "due": 0, "overdue": 1, "appealed": 0, "closed": 3}
            assert handling.stored.stands("small", ALL, Today("2026-11-08", "2026-11-09"))["due"] == 1
            assert [one.ask for one in opened(handling, Wanted(stand="overdue"), today)] == [asks[3]]
            found = opened(handling, ALL, today)
            assert [one.state for one in found] == ["verify", "closed", "closed", "closed"]
            assert opened(handling, Wanted(first="2026-11-03"), today) == []
            counts = (await handling.figures("small", "week")).total
            told = {name: getattr(counts, name) for name in counts.__struct_fields__}
            assert told == {
                "asked": 7, "level_1": 2, "level_2": 2, "level_3": 1, "level_4": 0, "level_5": 1, "cases": 4,
                "not_adopted": 1, "unjustified": 1, "rectified": 2, "on_time": 1, "overdue": 1, "due": 0,
                "answered": 3, "answers_rated": 0, "answers_good": 0,
            }  # fmt: skip
            assert (await handling.figures("small", "week", service="A", clerk="1001")).total == counts
            assert (await handling.figures("small", "week", clerk="1002")).total == RatingCounts()
            await take(handling, handling.stored.one("small", asks[2]), "appeal", CLERK)
            assert [one.ask for one in opened(handling, Wanted(stand="appealed"), today)] == [asks[2]], "though closed"

    run(story())


def test_a_case_knows_its_ticket_and_the_reasons_of_its_rating(database):
    async def story():
        async with rated_hall(database) as hall:
            handling = hall.handling()
            await handling.reader.begin()
            number = await hall.serve()
            ask = f"2026-11-02.{number}"
            await hall.explain(ask, "115", "113")  # they came first, by another process
            await hall.rate(1, number)
            await hall.rate(5)
            await hall.read(handling)
            case = handling.stored.one("small", ask)
            assert handling.reasons(case) == ("115", "113")
            events = handling.stored.ticket_events("small", case.day, case.number)
            assert {one.number for one in events} == {number}
            kinds = [type(one).__name__ for one in events]
            assert kinds[0] == "TicketReserved"
            assert kinds[-2:] == ["ReasonsGiven", "Rated"]

    run(story())


def test_the_citizen_rates_and_appeals(tmp_path):
    async def story():
        async with rated_hall(tmp_path) as hall:
            handling = hall.handling()
            await handling.reader.begin()
            ask = await hall.rate(1)
            await hall.read(handling)
            case = await take(handling, handling.stored.one("small", ask), "verify", outcome="justified")
            with pytest.raises(CaseRefusedError, match="no-answer-yet"):
                await handling.rate("small", ask, 5)
            case = await take(handling, case, "rectify")
            case = await take(handling, case, "feedback", answer="sorry\x00\u202e!")
            assert case.answer == "sorry!"
            await handling.rate("small", ask, 2)
            case = await take(handling, handling.stored.one("small", ask), "review", CHIEF, verdict="good")
            assert (case.satisfaction, case.appeal_until) == (2, "2026-11-09")
            await handling.appeal("small", ask, "nothing has changed")
            case = handling.stored.one("small", ask)
            assert (case.state, case.citizen_appealed, case.rounds) == ("verify", True, 1)
            with hall.office.engine.connect() as connection:
                assert connection.scalar(select(rating_case.c.citizen_appealed)) is True

    run(story())


def test_what_was_closed_years_ago_is_forgotten_with_all_that_people_wrote(database):
    async def story():
        async with rated_hall(database) as hall:
            handling = hall.handling()
            await handling.reader.begin()
            old, still = await hall.rate(1), await hall.rate(2)
            await hall.read(handling)
            case = handling.stored.one("small", old)
            case = await take(handling, case, "verify", outcome="unjustified", ground="unfounded")
            case = await take(handling, case, "feedback", answer="sorry")
            await take(handling, case, "review", CHIEF, verdict="good")
            assert handling.stored.forget(hall.office.now) == 0
            hall.office.pass_(seconds=1)
            assert handling.stored.forget(hall.office.now) == 1
            assert [one.ask for one in opened(handling)] == [still], "an open one stays, however old"
            assert handling.stored.history("small", old) == []
            await hall.read(handling)
            assert handling.stored.find("small", old) is None, "and is not opened again"

    run(story())
