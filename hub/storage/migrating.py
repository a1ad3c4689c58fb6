"""A database is brought to the newest schema, by Alembic."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from hub.storage.revision import MIGRATIONS


def upgrade(connection: Connection) -> None:
    """Within the caller's transaction."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
