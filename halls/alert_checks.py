"""What is wrong with the rules of alerts in a hall file."""

from collections.abc import Iterator

from halls.alerts import FEW_MAX, KINDS, LIST_MAX, QUIET, ROLE, ROLES_TOLD, ROUTE, RULES_MAX
from halls.draft import Draft, Entry
from halls.items import CLASS_OF
from halls.problem import Problem, nearest


def alert_checks(draft: Draft) -> Iterator[Problem]:
    for rule in draft.lists["alert"][RULES_MAX:]:
        yield rule.problem("id", f"is one rule too many; a hall has {RULES_MAX} at the most")
    for rule in draft.lists["alert"]:
        if rule.get("kind") in KINDS:
            yield from _thresholds(rule)
            yield from _subjects(draft, rule)
        yield from _quiet(rule)
        yield from _routes(rule)


def _thresholds(rule: Entry) -> Iterator[Problem]:
    """Apart, or an alert would come and go with every breath."""
    high, low = rule.get("raise_at"), rule.get("clear_at")
    if high is None or low is None:
        return
    rising = KINDS[rule.get("kind")].rising
    if rising and not low < high:
        yield rule.problem("clear_at", f"is {low:g}; it must be less than raise_at, {high:g}")
    if not rising and not low > high:
        yield rule.problem("clear_at", f"is {low:g}; it must be more than raise_at, {high:g}")


def _subjects(draft: Draft, rule: Entry) -> Iterator[Problem]:
    about = KINDS[rule.get("kind")]
    per, only = rule.get("per"), rule.get("only") or ()
    if per is not None and per not in about.per:
        told = f'"{per}" makes no sense for {rule.get("kind")}'
        yield rule.problem("per", f"{told}; {nearest(per, about.per)}")
    if only and not about.only:
        yield rule.problem("only", f"{rule.get('kind')} is of the whole hub; leave it empty")
    if len(only) > LIST_MAX:
        yield rule.problem("only", f"has {len(only)} entries; it must have {LIST_MAX} at the most")
    known = [*draft.ids("position"), *CLASS_OF] if about.only == "device" else []
    known = known or (draft.ids(about.only) if about.only else [])
    for name in dict.fromkeys(only) if about.only else ():
        if name not in known:
            yield rule.problem("only", f'"{name}" is no {about.only}; {nearest(name, known)}')


def _quiet(rule: Entry) -> Iterator[Problem]:
    times = rule.get("quiet") or ()
    if len(times) > FEW_MAX:
        yield rule.problem("quiet", f"has {len(times)} times; it must have {FEW_MAX} at the most")
    for time in times[:FEW_MAX]:
        found = QUIET.match(time)
        if found is None or found[1] == found[3]:
            yield rule.problem("quiet", f'"{time}" must be two times of day, like "22:00-07:00"')


def _routes(rule: Entry) -> Iterator[Problem]:
    for key in ("routes", "escalate_to"):
        names = rule.get(key) or ()
        if len(names) > FEW_MAX:
            yield rule.problem(key, f"has {len(names)} names; it must have {FEW_MAX} at the most")
        for name in names[:FEW_MAX]:
            if name.startswith(ROLE):
                yield from _role(rule, key, name)
            elif not ROUTE.match(name):
                yield rule.problem(key, f'"{name}" must be 1 to 32 of a-z, 0-9 and "-"')


def _role(rule: Entry, key: str, name: str) -> Iterator[Problem]:
    if key != "escalate_to":
        yield rule.problem(
            key, f'"{name}" is a role: alerts wait for one when they are escalated; name it in escalate_to'
        )
    elif (role := name.removeprefix(ROLE)) not in ROLES_TOLD:
        told = f'"{name}" is no role that sees alerts'
        yield rule.problem(key, f"{told}; {nearest(role, ROLES_TOLD)}")
