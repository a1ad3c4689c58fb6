"""Keys of whatever kind, and the touch page beside them where the settings want one: no page, nothing of it loaded."""

from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import Driver
from edge.runtime.parts import Parts


def with_page(keys: Driver, settings: EvaluatorSettings) -> Driver:
    """`keys` itself without a page; else Parts, "keys" and "page"."""
    if settings.page is None:
        return keys
    from edge.evaluator.page import Page

    return Parts(keys=keys, page=Page(settings.page))
