"""Alembic's way in: the connection comes from hub.storage.database; `scripts/migration` writes new versions."""

from alembic import context

from hub.storage import schema_alerts as schema_alerts
from hub.storage import schema_cases as schema_cases
from hub.storage import schema_metrics as schema_metrics
from hub.storage import schema_overbooking as schema_overbooking
from hub.storage import schema_platform as schema_platform
from hub.storage import schema_platform_hooks as schema_platform_hooks
from hub.storage import schema_reports as schema_reports
from hub.storage import schema_starts as schema_starts
from hub.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
