"""What people do in cases, with the hall's calendar and settings, and who hears of new ones."""

import asyncio
import logging
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from anyio import to_thread
from sqlalchemy import Engine

from halls.format import Policy
from hub.cases.counting import counted
from hub.cases.hands import DECIDE, Hands, own
from hub.cases.outcomes import Done, done
from hub.cases.reader import Reader
from hub.cases.trend import By, Figures, days_of, folded
from hub.desk import Desk
from hub.domain import case_commands as c
from hub.domain import case_life as life
from hub.domain.case_events import Ground, Outcome
from hub.domain.case_hands import Step, hindrance
from hub.domain.case_life import CaseRefusedError
from hub.domain.cases import Case, working_day
from hub.domain.events import Rated, ReasonsGiven
from hub.domain.rating_measures import RatingCounts, total
from hub.history.history import Asked
from hub.storage.accounts import Accounts, Identity
from hub.storage.case_figures import CaseFigures, Span, Today
from hub.storage.cases import Cases, Wanted

Working: TypeAlias = Callable[[str, str], Callable[[date], bool]]
"""(hall, since) → whether it works on a day from then on. Reads the database."""
Heard: TypeAlias = Callable[[Sequence[Case]], None]
KEPT = timedelta(days=3 * 366)
"""Of a case after it was closed."""

_ROUND_S = 3600.0
_ELSEWHERE = ZoneInfo("Asia/Shanghai")  # of a hall that this process does not serve

log = logging.getLogger(__name__)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wishes, as a form or a program says it; a step looks at its own. `to`: an account. `verdict`: of a
    review `good` or `again`; of a clerk's appeal `upheld` or `rejected`."""

    note: str = ""
    to: str = ""
    outcome: Outcome = ""
    ground: Ground = ""
    answer: str = ""
    verdict: Literal["", "good", "again", "upheld", "rejected"] = ""


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases that were given to somebody, those due by the end of the next working day and those overdue among
    them; `about`: open ones of ratings of themselves."""

    open: int = 0
    due: int = 0
    overdue: int = 0
    about: int = 0


class Handling:
    """`stored`: for looking; what blocks is run in threads. `working`: the hall's calendar."""

    def __init__(self, engine: Engine, desk: Desk, working: Working, accounts: Accounts, past: Asked) -> None:
        self.stored, self._counted = Cases(engine), CaseFigures(engine)
        self._desk, self._working, self._past = desk, working, past
        self.hands = Hands(accounts, self._policy)
        self._heard: list[Heard] = []
        self.reader = Reader(desk, self.stored, self.due, self._tell)

    def follow(self, heard: Heard) -> None:
        """From now on `heard(cases)` is called when cases were opened, in the loop, by the process that opened them: of
        several hub processes one. Who must not miss any looks at `stored` when they begin."""
        self._heard.append(heard)

    async def run(self) -> None:
        """What is due by itself: cases that are over for years are forgotten."""
        while True:
            try:
                await to_thread.run_sync(self.stored.forget, self._desk.now() - KEPT)
            except Exception:
                log.exception("old cases could not be forgotten; trying again")
            await asyncio.sleep(_ROUND_S)

    def today(self, hall: str) -> str:
        """By the hall's clock: a deadline does not wait until a day has begun."""
        return self._local(hall, self._desk.now()).isoformat()

    def dates(self, hall: str) -> Today:
        """Today, and the day by whose end what is due is due soon. Reads the database."""
        return Today(self.today(hall), self._after(hall, self._desk.now(), 1))

    def waiting(self, hall: str, service: str = "", clerk: str = "") -> Mine:
        """How much waits in the hall, whoever was given it; empty: of all. Reads the database."""
        stands = self.stored.stands(hall, Wanted(service=service, clerk=clerk), self.dates(hall))
        return Mine(open=stands["open"], due=stands["due"], overdue=stands["overdue"])

    def mine(self, hall: str, who: Identity) -> Mine:
        """How much waits for them. Reads the database."""
        today = self.dates(hall)
        given = self.stored.stands(hall, Wanted(assignee=who.name), today)
        about = self.stored.stands(hall, Wanted(clerk=who.clerk), today)["open"] if who.clerk else 0
        return Mine(open=given["open"], due=given["due"], overdue=given["overdue"], about=about)

    def due(self, hall: str, at: datetime) -> str:
        """The day by whose end a case is to be closed whose time begins then. Reads the database."""
        return self._after(hall, at, self._policy(hall).case_days)

    def appeal_until(self, hall: str, at: datetime) -> str:
        """The last day on which somebody may appeal against what was closed then. Reads the database."""
        return self._after(hall, at, self._policy(hall).case_appeal_days)

    def steps(self, case: Case, who: Identity) -> tuple[Step, ...]:
        """What they may do now."""
        return life.steps(case, self.today(case.hall), self.hands.of(case, who))

    @staticmethod
    def may_see(case: Case, who: Identity) -> bool:
        return who.role in DECIDE or own(case, who) or case.assignee == who.name

    async def take(self, case: Case, step: Step, said: Said, who: Identity, key: str, version: int) -> Case:
        """Raises CaseRefusedError, and what `Cases.do` raises."""
        if why := hindrance(case, step, self.hands.of(case, who)):
            raise CaseRefusedError(why)
        after, _ = await to_thread.run_sync(self._take, case, step, said, who, key, version)
        return after

    async def rate(self, hall: str, ask: str, level: int) -> None:
        """The citizen's rating of the correction. Raises as `take`."""

        command = c.CitizenRate(level=level, **self._stamp(hall, "", ""))
        await to_thread.run_sync(self.stored.do, hall, ask, command)

    async def write(self, hall: str, ask: str, words: str) -> None:
        """What the citizen has to say of it. Raises as `take`."""
        command = c.CitizenWrite(**self._stamp(hall, "", "") | {"note": plain(words)})
        await to_thread.run_sync(self.stored.do, hall, ask, command)

    async def appeal(self, hall: str, ask: str, why: str) -> None:
        """The citizen does not accept what came of it. Raises as `take`."""

        def work() -> None:
            stamp = self._stamp(hall, "", "")
            command = c.CitizenAppeal(note=plain(why), due=self.due(hall, stamp["at"]), **stamp)
            self.stored.do(hall, ask, command)

        await to_thread.run_sync(work)

    def reasons(self, case: Case) -> tuple[str, ...]:
        """Codes of why it was rated so, also when they came after or before the rating. Reads the log."""
        return reasons_of(case, self.stored.ticket_events(case.hall, case.day, case.number))

    async def figures(
        self, hall: str, by: By, first: date | None = None, last: date | None = None, service: str = "", clerk: str = ""
    ) -> Figures:
        """`service`, `clerk` empty: of all. Raises NotReadyError."""
        today = await to_thread.run_sync(self.dates, hall)
        begin, end = days_of(by, first, last, date.fromisoformat(today.day))
        about = {"hall": hall, "service": service, "clerk": clerk}
        span = Span(first=begin.isoformat(), last=end.isoformat(), **about)
        return folded(by, begin, end, await counted(self._past, self._counted, span, today))

    async def became(self, hall: str, first: str, last: str) -> tuple[RatingCounts, list[Done]]:
        """What became of the negative ratings of services of these days: counted, and one by one."""

        def work() -> tuple[RatingCounts, list[Done]]:
            today, span = self.dates(hall), Span(hall=hall, first=first, last=last)
            counts = total(self._counted.became(span, today).values())
            each = self._counted.each(span)
            return counts, done(each, today, partial(self._local, hall), self._working(hall, first))

        return await to_thread.run_sync(work)

    def _take(self, case: Case, step: Step, said: Said, who: Identity, key: str, version: int) -> tuple[Case, bool]:
        stamp = self._stamp(case.hall, who.name, key) | {"note": plain(said.note)}
        return self.stored.do(case.hall, case.ask, self._command(case, step, said, who, stamp), version)

    def _command(self, case: Case, step: Step, said: Said, who: Identity, stamp: dict[str, Any]) -> c.Command:
        hall, same_may = case.hall, not self.hands.apart(case.hall)
        match step:
            case "assign":
                if said.to and said.to not in self.hands.people(case):
                    raise CaseRefusedError(
                        "assignee-is-rated" if self.hands.is_own(case, said.to) else "unknown-assignee"
                    )
                return c.Assign(to=said.to, **stamp)
            case "note":
                return c.Note(**stamp)
            case "verify":
                ground = said.ground if said.outcome == "unjustified" else ""
                return c.Verify(outcome=said.outcome, ground=ground, **stamp)
            case "rectify":
                return c.Rectify(**stamp)
            case "feedback":
                return c.Answer(answer=plain(said.answer), **stamp)
            case "review":
                good = _verdict(said, "good", "again")
                until = self.appeal_until(hall, stamp["at"])
                return c.Review(good=good, appeal_until=until, same_may=same_may, **stamp)
            case "reopen":
                return c.Reopen(due=self.due(hall, stamp["at"]), **stamp)
            case "appeal":
                return c.ClerkAppeal(**stamp)
            case "decide-appeal":
                upheld = _verdict(said, "upheld", "rejected")
                told: dict[str, Any] = {"ground": said.ground, "answer": plain(said.answer)}
                until = self.appeal_until(hall, stamp["at"])
                return c.DecideClerkAppeal(upheld=upheld, appeal_until=until, same_may=same_may, **told, **stamp)
            case "take-back":
                return c.TakeBack(decides=who.role in DECIDE, **stamp)

    def _stamp(self, hall: str, by: str, key: str) -> dict[str, Any]:
        at = self._desk.now()
        return {"at": at, "by": by, "key": key, "day": self._local(hall, at).isoformat()}

    def _after(self, hall: str, at: datetime, days: int) -> str:
        first = self._local(hall, at)
        return working_day(first, days, self._working(hall, first.isoformat())).isoformat()

    def _policy(self, hall: str) -> Policy:
        return self._desk.today(hall).hall.policy if hall in self._desk.halls() else Policy()

    def _local(self, hall: str, at: datetime) -> date:
        zone = self._desk.zone(hall) if hall in self._desk.halls() else _ELSEWHERE
        return at.astimezone(zone).date()

    def _tell(self, opened: Sequence[Case]) -> None:
        for heard in self._heard:
            heard(opened)


def reasons_of(case: Case, of_ticket: Iterable[Any]) -> tuple[str, ...]:
    """Those that came with the rating, and those of a message of their own. `of_ticket`: its events."""
    found: dict[str, None] = {}
    for one in of_ticket:
        if (isinstance(one, Rated) and one.command == case.rating) or (
            isinstance(one, ReasonsGiven) and one.rating == case.rating
        ):
            found |= dict.fromkeys(one.reasons)
    return tuple(found)


def plain(text: str) -> str:
    """What people wrote, without what cannot be seen or kept, and not longer than is read."""
    kept = "".join(letter for letter in text.replace("\r\n", "\n").replace("\t", " ") if _is_kept(letter))
    return kept.strip()[: life.TEXT_MAX]


def _is_kept(letter: str) -> bool:
    return letter == "\n" or letter.isprintable() or unicodedata.category(letter) == "Zs"  # as Chinese paragraphs begin


def _verdict(said: Said, yes: str, no: str) -> bool:
    if said.verdict not in (yes, no):
        raise CaseRefusedError("verdict-missing")
    return said.verdict == yes
