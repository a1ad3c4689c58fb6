"""The life of a negative rating's case: each step in its turn, and none that does not fit."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain import case_commands as c
from hub.domain import case_events as e
from hub.domain import case_life as life
from hub.domain import words
from hub.domain.case_hands import Hand, hindrance
from hub.domain.case_life import CaseRefusedError, decide
from hub.domain.cases import Case, evolve, evolve_all, working_day

AT = datetime(2026, 11, 2, 2, tzinfo=UTC)
DUE, UNTIL = "2026-11-11", "2026-11-18"
OPENED = e.Opened(
    at=AT, by="hub", hall="small", ask="2026-11-02.A001", number="A001", service="A", counter="1", clerk="1001",
    level=1, rating="r", late=False, rated_at=AT, due=DUE,
)  # fmt: skip


class Story:
    """A case that somebody works on, with its whole history."""

    def __init__(self) -> None:
        self.history: list[e.AnyEvent] = [OPENED]
        self.day = "2026-11-03"

    @property
    def case(self) -> Case:
        return evolve_all(self.history)

    def do(self, kind, by: str | None = None, **fields) -> Case:
        by = ("chief" if kind is c.Review else "boss") if by is None else by
        stamp = {"at": AT, "by": by, "key": f"k{len(self.history)}", "day": self.day, "note": "so"}
        self.history += decide(self.case, kind(**{**stamp, **fields}))
        return self.case

    def refused(self, kind, **fields) -> str:
        with pytest.raises(CaseRefusedError) as told:
            self.do(kind, **fields)
        assert told.value.code in words.REFUSALS, "it is said in words"
        return told.value.code

    def to_review(self, outcome: str = "justified") -> Case:
        self.do(c.Verify, outcome=outcome, ground="" if outcome == "justified" else "unfounded")
        if outcome == "justified":
            self.do(c.Rectify)
        return self.do(c.Answer, answer="sorry")

    def closed(self, outcome: str = "justified") -> Case:
        self.to_review(outcome)
        return self.do(c.Review, good=True, appeal_until=UNTIL)


def test_a_justified_rating_is_put_right_answered_reviewed_and_closed():
    story = Story()
    states = [story.case.state]
    states.append(story.do(c.Verify, outcome="justified").state)
    states.append(story.do(c.Rectify).state)
    states.append(story.do(c.Answer, answer="sorry").state)
    closed = story.do(c.Review, good=True, appeal_until=UNTIL)
    assert [*states, closed.state] == ["verify", "rectify", "feedback", "review", "closed"]
    assert (closed.answer, closed.closed_day, closed.appeal_until, closed.overran) == ("sorry", story.day, UNTIL, False)


def test_what_is_not_justified_is_answered_all_the_same():
    story = Story()
    assert story.do(c.Verify, outcome="unjustified", ground="mistake").state == "feedback"
    assert story.case.ground == "mistake"


def test_a_review_sends_back_to_what_was_not_good_enough():
    story = Story()
    story.to_review()
    assert story.do(c.Review, good=False, appeal_until=UNTIL).state == "rectify"
    other = Story()
    other.to_review("unjustified")
    assert other.do(c.Review, good=False, appeal_until=UNTIL).state == "verify"


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (c.Verify, {"outcome": "justified", "note": " "}, "note-missing"),
        (c.Verify, {"outcome": ""}, "outcome-missing"),
        (c.Verify, {"outcome": "unjustified"}, "ground-missing"),
        (c.Rectify, {}, "case-at-verify"),
        (c.Answer, {"answer": "x"}, "case-at-verify"),
        (c.Review, {"good": True, "appeal_until": UNTIL}, "case-at-verify"),
        (c.Reopen, {"due": DUE}, "case-at-verify"),
        (c.DecideClerkAppeal, {"upheld": True, "appeal_until": UNTIL}, "no-clerk-appeal"),
        (c.TakeBack, {"decides": True}, "nothing-to-undo"),
        (c.CitizenRate, {"level": 5}, "no-answer-yet"),
        (c.CitizenRate, {"level": 6}, "bad-level"),
        (c.CitizenAppeal, {"due": DUE}, "case-not-closed"),
    ],
)
def test_what_does_not_fit_a_new_case_is_refused_in_words(kind, fields, code):
    assert Story().refused(kind, **fields) == code


def test_a_case_that_was_closed_too_late_stays_so_whatever_comes():
    story = Story()
    story.day = "2026-11-12"
    assert story.closed().overran
    again = story.do(c.CitizenAppeal, by="", due="2026-11-30")
    assert (again.state, again.due, again.outcome, again.closed_day) == ("verify", "2026-11-30", "", "")
    story.closed()
    assert story.case.overran


def test_a_citizen_rates_each_answer_once_and_appeals_once_in_time():
    story = Story()
    story.to_review()
    assert story.do(c.CitizenRate, by="", level=2).satisfaction == 2
    assert story.refused(c.CitizenRate, by="", level=5) == "already-rated"
    story.do(c.Review, good=True, appeal_until=UNTIL)
    story.day = "2026-11-19"
    assert story.refused(c.CitizenAppeal, by="", due="2026-12-01") == "appeal-too-late"
    story.day = UNTIL
    assert story.refused(c.CitizenAppeal, by="", due="2026-12-01", note="") == "note-missing"
    story.do(c.CitizenAppeal, by="", due="2026-12-01")
    assert story.closed().satisfaction == 0, "another answer"
    assert story.do(c.CitizenRate, by="", level=4).satisfaction == 4
    assert story.refused(c.CitizenAppeal, by="", due="2026-12-09") == "citizen-appealed"


def test_a_citizen_writes_a_few_times_and_the_same_form_twice_is_once():
    story = Story()
    assert story.refused(c.CitizenWrite, by="", note=" ") == "note-missing"
    story.do(c.Verify, outcome="justified")
    for _ in range(2):
        story.do(c.CitizenWrite, by="", note="I waited for an hour")
    assert story.case.words == ("I waited for an hour",)
    assert story.do(c.TakeBack, decides=True).words == ("I waited for an hour",), "a step is taken back, and not words"
    for word in ("two", "three"):
        story.do(c.CitizenWrite, by="", note=word)
    assert story.refused(c.CitizenWrite, by="", note="four") == "written-enough"
    story.closed()
    assert story.refused(c.CitizenWrite, by="", note="five") == "case-at-closed"


def test_a_clerks_appeal_holds_up_the_end_and_closes_the_case_when_it_is_upheld():
    story = Story()
    story.to_review()
    story.do(c.ClerkAppeal, by="desk-1")
    assert story.refused(c.Review, good=True, appeal_until=UNTIL) == "clerk-appeal-waits"
    upheld = {"upheld": True, "appeal_until": UNTIL}
    assert story.refused(c.DecideClerkAppeal, **upheld) == "ground-missing"
    assert story.refused(c.DecideClerkAppeal, ground="mistake", **upheld) == "answer-missing"
    done = story.do(c.DecideClerkAppeal, ground="mistake", answer="by mistake", **upheld)
    assert (done.state, done.outcome, done.ground, done.clerk_appeal) == ("closed", "unjustified", "mistake", "upheld")
    assert story.refused(c.ClerkAppeal, by="desk-1") == "clerk-appealed"


def test_a_clerk_may_appeal_against_what_was_closed_and_its_day_stays():
    story = Story()
    story.closed()
    story.day = "2026-11-17"
    story.do(c.ClerkAppeal, by="desk-1")
    told = {"upheld": True, "ground": "malicious", "answer": "we looked again", "appeal_until": "2026-11-24"}
    done = story.do(c.DecideClerkAppeal, **told)
    assert (done.closed_day, done.overran, done.outcome, done.appeal_until) == (
        "2026-11-03", False, "unjustified", "2026-11-24",
    )  # fmt: skip
    late = Story()
    late.closed()
    late.day = "2026-11-19"
    assert late.refused(c.ClerkAppeal, by="desk-1") == "appeal-too-late"


def test_a_mistake_is_taken_back_step_by_step_and_notes_stay():
    story = Story()
    story.do(c.Verify, outcome="unjustified", ground="malicious")
    story.do(c.Note, note="looked at the film")
    assert story.refused(c.TakeBack, by="other", decides=False) == "step-of-another"
    back = story.do(c.TakeBack, decides=True)
    assert (back.state, back.outcome, back.ground, back.version) == ("verify", "", "", 4)
    assert story.refused(c.TakeBack, decides=True) == "nothing-to-undo"
    story.closed()
    for state in ("review", "feedback", "rectify", "verify"):
        assert story.do(c.TakeBack, decides=True).state == state
    assert story.case.answer == ""


def test_what_a_citizen_saw_and_did_is_not_taken_back():
    story = Story()
    story.to_review()
    story.do(c.CitizenRate, by="", level=1)
    assert story.refused(c.TakeBack, decides=True) == "nothing-to-undo"
    story.do(c.Review, good=True, appeal_until=UNTIL)
    back = story.do(c.TakeBack, decides=True)
    assert (back.state, back.satisfaction) == ("review", 1)


def test_nobody_takes_back_a_clerks_appeal_for_them():
    story = Story()
    story.do(c.ClerkAppeal, by="desk-1")
    assert story.refused(c.TakeBack, decides=True) == "step-of-another"
    assert story.do(c.TakeBack, by="desk-1", decides=False).clerk_appeal == ""


def test_who_may_do_what():
    story = Story()
    boss, clerk = Hand(by="boss", decides=True), Hand(by="desk-1", decides=False, own=True)
    other = Hand(by="desk-2", decides=False)
    assert life.steps(story.case, story.day, boss) == ("verify", "assign", "appeal", "note")
    assert life.steps(story.case, story.day, clerk) == ("appeal", "note")
    assert life.steps(story.case, story.day, other) == ()
    story.do(c.Assign, to="desk-2")
    story.do(c.Verify, outcome="justified")
    assert life.steps(story.case, story.day, other) == ("rectify", "note")
    assert "take-back" in life.steps(story.case, story.day, boss)


@pytest.mark.parametrize("outcome", ["justified", "unjustified"])
def test_nobody_reviews_what_they_put_right_or_found_not_justified(outcome):
    story = Story()
    story.to_review(outcome)
    for good in (True, False):
        assert story.refused(c.Review, by="boss", good=good, appeal_until=UNTIL) == "reviewed-own-work"
    boss, chief = Hand(by="boss", decides=True), Hand(by="chief", decides=True)
    assert hindrance(story.case, "review", boss) == "reviewed-own-work"
    assert "review" not in life.steps(story.case, story.day, boss)
    assert life.due_step(story.case) == "review"
    story.do(c.Review, by="chief", good=False, appeal_until=UNTIL)
    if outcome == "unjustified":
        story.do(c.Verify, by="chief", outcome="unjustified", ground="mistake")
    else:
        story.do(c.Rectify, by="chief")
    story.do(c.Answer, answer="sorry")
    assert hindrance(story.case, "review", chief) == "reviewed-own-work", "what was done last"
    assert not story.do(c.Review, by="boss", good=True, appeal_until=UNTIL).alone


def test_a_hall_with_one_manager_may_let_them_review_and_the_case_says_so():
    story = Story()
    story.to_review()
    closed = story.do(c.Review, by="boss", good=True, appeal_until=UNTIL, same_may=True)
    assert (closed.state, closed.alone) == ("closed", True)
    assert not story.do(c.CitizenAppeal, by="", due="2026-12-01").alone
    other = Story()
    other.to_review()
    assert not other.do(c.Review, by="chief", good=True, appeal_until=UNTIL, same_may=True).alone


def test_nobody_decides_the_appeal_that_they_made_for_a_clerk():
    story = Story()
    story.do(c.ClerkAppeal)
    upheld = {"upheld": True, "ground": "mistake", "answer": "by mistake", "appeal_until": UNTIL}
    assert story.refused(c.DecideClerkAppeal, **upheld) == "decided-own-appeal"
    assert story.refused(c.DecideClerkAppeal, upheld=False, appeal_until=UNTIL) == "decided-own-appeal"
    assert not story.do(c.DecideClerkAppeal, by="chief", **upheld).alone
    alone = Story()
    alone.do(c.ClerkAppeal)
    assert alone.do(c.DecideClerkAppeal, same_may=True, **upheld).alone


def test_a_manager_who_was_rated_does_not_handle_their_own_case():
    story, hand = Story(), Hand(by="boss", decides=True, own=True, same_may=True)
    assert life.steps(story.case, story.day, hand) == ("appeal", "note")
    assert hindrance(story.case, "verify", hand) == "own-case"
    story.do(c.Assign, to="desk-1")
    story.do(c.Verify, by="chief", outcome="justified")
    assert hindrance(story.case, "take-back", hand) == "own-case", "nor is it undone by them"
    assert hindrance(story.case, "rectify", Hand(by="desk-1", decides=False, own=True)) == "own-case"
    assert {"own-case", "assignee-is-rated"} <= set(words.REFUSALS)


@pytest.mark.parametrize(
    ("first", "days", "closed", "last"),
    [
        ("2026-11-02", 7, (), "2026-11-11"),  # over one weekend
        ("2026-11-06", 1, (), "2026-11-09"),
        ("2026-11-02", 2, ("2026-11-03",), "2026-11-05"),
        ("2026-11-02", 0, (), "2026-11-02"),
    ],
)
def test_deadlines_are_counted_in_working_days(first, days, closed, last):
    def works(day: date) -> bool:
        return day.isoweekday() < 6 and day.isoformat() not in closed

    assert working_day(date.fromisoformat(first), days, works).isoformat() == last


def test_a_hall_that_never_works_still_has_a_deadline():
    began = date(2026, 11, 2)
    assert working_day(began, 7, lambda day: False) < began + timedelta(days=90)


WISHES = st.sampled_from([
    (c.Assign, {"to": "li"}), (c.Assign, {"to": ""}), (c.Note, {}), (c.Verify, {"outcome": "justified"}),
    (c.Verify, {"outcome": "unjustified", "ground": "mistake"}), (c.Rectify, {}), (c.Answer, {"answer": "a"}),
    (c.Review, {"good": True, "appeal_until": UNTIL}), (c.Review, {"good": False, "appeal_until": UNTIL}),
    (c.Reopen, {"due": DUE}), (c.ClerkAppeal, {}), (c.TakeBack, {"decides": True}),
    (c.DecideClerkAppeal, {"upheld": True, "ground": "mistake", "answer": "b", "appeal_until": UNTIL}),
    (c.DecideClerkAppeal, {"upheld": False, "appeal_until": UNTIL}),
    (c.CitizenWrite, {"by": ""}), (c.CitizenRate, {"level": 3, "by": ""}), (c.CitizenAppeal, {"due": DUE, "by": ""}),
])  # fmt: skip
OF_STEP = {
    c.Assign: "assign", c.Note: "note", c.Verify: "verify", c.Rectify: "rectify", c.Answer: "feedback",
    c.Review: "review", c.Reopen: "reopen", c.ClerkAppeal: "appeal", c.DecideClerkAppeal: "decide-appeal",
    c.TakeBack: "take-back",
}  # fmt: skip


@given(st.lists(WISHES, max_size=25), st.data())
@settings(max_examples=150)
def test_whatever_people_wish_in_whatever_order_the_case_stays_sound(wishes, data):
    """What is offered is taken, what is not is refused; the history always tells the same; a closed case has its
    outcome, answer and day, and two were there; a step taken back leaves what was before it."""
    story = Story()
    for kind, fields in wishes:
        before = story.case
        by = fields.get("by", data.draw(st.sampled_from(["boss", "chief"])))
        offered = OF_STEP.get(kind) in life.steps(before, story.day, Hand(by=by, decides=True))
        try:
            after = story.do(kind, **{**fields, "by": by})
        except CaseRefusedError:
            assert story.case == before
            held_up = kind is c.Review and before.clerk_appeal == "waiting"
            assert not offered or held_up or kind is c.Verify
            continue
        assert after.version == len(story.history)
        assert after == before or after == evolve(before, story.history[-1])
        if kind in OF_STEP and kind is not c.Review and after != before:
            assert offered
        if kind is c.TakeBack:
            last = before.before
            assert last is not None
            assert (after.state, after.outcome, after.answer) == (last.state, last.outcome, last.answer)
        if after.state == "closed":
            assert after.outcome
            assert after.answer
            assert after.closed_day
            assert not after.alone
        else:
            assert not after.closed_day
