"""Alembic's way in: the connection comes from hub.storage.database; `scripts/migration` writes new versions."""

from alembic import context

from hub.storage import schema_accounts as schema_accounts
from hub.storage import schema_alerts as schema_alerts
from hub.storage import schema_appointments as schema_appointments
from hub.storage import schema_assets as schema_assets
from hub.storage import schema_care as schema_care
from hub.storage import schema_cases as schema_cases
from hub.storage import schema_devices as schema_devices
from hub.storage import schema_metrics as schema_metrics
from hub.storage import schema_overbooking as schema_overbooking
from hub.storage import schema_people as schema_people
from hub.storage import schema_platform as schema_platform
from hub.storage import schema_platform_hooks as schema_platform_hooks
from hub.storage import schema_queue as schema_queue
from hub.storage import schema_releases as schema_releases
from hub.storage import schema_reports as schema_reports
from hub.storage import schema_screens as schema_screens
from hub.storage import schema_starts as schema_starts
from hub.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
