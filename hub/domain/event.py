"""What every event says."""

from datetime import datetime

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """`command`: the id of the command that it came from; `by`, `source`: who, and through which door."""

    at: datetime
    by: str
    source: str
    command: str
