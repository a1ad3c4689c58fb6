"""Who may take which step of a case: by role, by whose rating it is, and by who did what was before it."""

from collections.abc import Callable

import msgspec

from halls.format import Policy
from hub.domain import case_life as life
from hub.domain.case_hands import Hand, Step, hindrance
from hub.domain.cases import Case
from hub.storage.accounts import Account, Accounts, Identity, Role

DECIDE: tuple[Role, ...] = ("administrator", "manager")


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The step that is to be taken next. `why_not`: a code of `hub.domain.words.refusal`, why whoever asks may not;
    empty: they may. `who_may`: accounts."""

    step: Step
    why_not: str
    who_may: tuple[str, ...]


class Hands:
    """`policy`: of a hall."""

    def __init__(self, accounts: Accounts, policy: Callable[[str], Policy]) -> None:
        self._accounts, self._policy = accounts, policy

    def of(self, case: Case, who: Identity | Account) -> Hand:
        return Hand(by=who.name, decides=who.role in DECIDE, own=own(case, who), same_may=not self.apart(case.hall))

    def apart(self, hall: str) -> bool:
        """Whether two are needed (四眼原则)."""
        return self._policy(hall).case_four_eyes

    def due(self, case: Case, who: Identity) -> Due | None:
        """None: nothing is due. Reads the database."""
        step = life.due_step(case)
        if step is None:
            return None
        why_not = hindrance(case, step, self.of(case, who))
        may = (one.name for one in self._all() if not hindrance(case, step, self.of(case, one)))
        return Due(step=step, why_not=why_not, who_may=tuple(may))

    def people(self, case: Case | None = None) -> list[str]:
        """Accounts to whom a case may be given; never to the clerk who was rated. Reads the database."""
        return [one.name for one in self._all() if case is None or not own(case, one)]

    def is_own(self, case: Case, name: str) -> bool:
        """Whether that is the account of the clerk who was rated. Reads the database."""
        return any(one.name == name and own(case, one) for one in self._all())

    def _all(self) -> list[Account]:
        return [one for one in self._accounts.all() if not one.disabled and one.role in (*DECIDE, "clerk")]


def own(case: Case, who: Identity | Account) -> bool:
    return bool(who.clerk) and who.clerk == case.clerk
