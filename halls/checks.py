"""All that is asked of a hall before it is one."""

from halls.alert_checks import alert_checks
from halls.cross_checks import cross_checks
from halls.draft import Draft
from halls.items import Hall, HallFileError
from halls.plan_checks import plan_checks
from halls.value_checks import value_checks


def checked(draft: Draft, source: str) -> Hall:
    """Raises HallFileError with every problem, in the order of the file."""
    checks = (value_checks, cross_checks, alert_checks, plan_checks)
    problems = [*draft.problems, *(problem for check in checks for problem in check(draft))]
    if problems:
        problems.sort(key=lambda problem: problem.line or 0)
        raise HallFileError(problem.told(source) for problem in problems)
    return draft.hall()
