"""What all messages between edge and hub have in common, and the kinds of values in them."""

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]  # a time without a zone is refused
Fact: TypeAlias = str | int | float | bool | None
Digest: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]  # SHA-256, hex


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What all messages are: immutable, tagged, with defaults left out of the JSON."""


class View(Message, frozen=True, kw_only=True):
    """Retained desired state. One that is older than what is shown, by (epoch, version), is ignored."""

    epoch: int
    version: int
