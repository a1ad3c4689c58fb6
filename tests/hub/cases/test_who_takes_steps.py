"""Who may take which step of a case, what the audit has of it, and who is told that something waits for them."""

import pytest

from hub.cases.handling import Mine
from hub.domain import commands as c
from hub.domain.case_life import CaseRefusedError
from hub.storage.audit import Audit
from tests.hub.cases.rated import BOSS, CLERK, OTHER, rated_hall, take
from tests.support.hub import run


def test_two_are_needed_unless_the_hall_says_otherwise_and_nobody_handles_their_own(tmp_path):
    async def story():
        async with rated_hall(tmp_path) as hall:
            handling = hall.handling()
            for name, role, clerk in (("boss", "manager", ""), ("desk-1", "clerk", "1001"), ("chief", "manager", "")):
                hall.accounts.create(name, role, "long enough 42", hall.office.now, clerk)
            await handling.reader.begin()
            ask = await hall.rate(1)
            await hall.read(handling)
            case = handling.stored.one("small", ask)
            assert handling.hands.people(case) == ["boss", "chief"]
            with pytest.raises(CaseRefusedError, match="assignee-is-rated"):
                await take(handling, case, "assign", to="desk-1")
            case = await take(handling, case, "verify", outcome="unjustified", ground="unfounded")
            case = await take(handling, case, "feedback", answer="sorry")
            due = handling.hands.due(case, BOSS)
            assert (due.step, due.why_not, due.who_may) == ("review", "reviewed-own-work", ("chief",))
            assert handling.hands.due(case, CLERK).why_not == "forbidden"
            with pytest.raises(CaseRefusedError, match="reviewed-own-work"):
                await take(handling, case, "review", verdict="good")
            await hall.do(c.ChangeSettings, changes={"policy.case_four_eyes": False})
            assert handling.hands.due(case, BOSS).who_may == ("boss", "chief")
            case = await take(handling, case, "review", verdict="good")
            assert (case.state, case.alone) == ("closed", True)
            assert handling.hands.due(case, BOSS) is None

    run(story())


def test_the_audit_has_who_took_which_step_and_nothing_of_what_they_wrote(database):
    async def story():
        async with rated_hall(database) as hall:
            handling, audit = hall.handling(), Audit(hall.office.engine)
            hall.accounts.create("desk-2", "clerk", "long enough 42", hall.office.now, "1002")
            await handling.reader.begin()
            ask = await hall.rate(1)
            await hall.read(handling)
            case = await take(handling, handling.stored.one("small", ask), "assign", to="desk-2")
            for _ in range(2):  # the form sent twice
                after = await take(handling, case, "verify", key="twice", outcome="justified")
            with pytest.raises(CaseRefusedError):
                await take(handling, after, "feedback", answer="too early")
            case = await take(handling, after, "take-back")
            case = await take(handling, case, "verify", outcome="unjustified", ground="mistake", note="a secret")
            case = await take(handling, case, "feedback", answer="sorry")
            await handling.rate("small", ask, 5)
            told = [(one.who, one.what, one.detail) for one in reversed(audit.of("small"))]
            assert told == [
                ("boss", "case-assigned", f"{ask} · → desk-2"), ("boss", "case-verified", ask),
                ("boss", "case-taken-back", ask), ("boss", "case-verified", ask), ("boss", "case-answered", ask),
            ]  # fmt: skip

    run(story())


def test_who_looks_is_told_how_much_waits_for_them(tmp_path):
    async def story():
        async with rated_hall(tmp_path) as hall:
            handling = hall.handling()
            hall.accounts.create("desk-2", "clerk", "long enough 42", hall.office.now, "1002")
            await handling.reader.begin()
            asks = [await hall.rate(1) for _ in range(3)]
            await hall.read(handling)
            for ask in asks[:2]:
                await take(handling, handling.stored.one("small", ask), "assign", to="desk-2")
            assert handling.mine("small", OTHER) == Mine(open=2)
            assert handling.mine("small", CLERK) == Mine(about=3)
            assert handling.stored.one("small", asks[0]).due == "2026-11-09"
            hall.office.pass_(days=4)  # Friday: the deadline is on Monday, the next working day
            assert handling.mine("small", OTHER) == Mine(open=2, due=2)
            hall.office.pass_(days=4)
            assert handling.mine("small", OTHER) == Mine(open=2, overdue=2)
            assert handling.mine("small", BOSS) == Mine()

    run(story())
