"""The registry, with all who follow it."""

from sqlalchemy import Engine

from hub.storage.assets import follow
from hub.storage.audit import of_registry
from hub.storage.registry import Registry


def registry_of(engine: Engine) -> Registry:
    """Whoever changes a device by any other has it in neither inventory nor audit."""
    return Registry(engine, [follow, of_registry])
