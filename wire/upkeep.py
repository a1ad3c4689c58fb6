"""How devices are kept: the settings and the release that each should have, and what it says became of them."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from wire.base import Digest, Message, Moment, View

SettingsOutcome: TypeAlias = Literal["applied", "partly", "refused", "returned"]
UpdateOutcome: TypeAlias = Literal["fetching", "trying", "running", "refused", "returned"]


class Settings(View, frozen=True, kw_only=True, tag="settings"):
    """Retained on the topic of `config`: what the `[device]` table of the agent at this position should hold.

    `revision` is the position's own count of its settings, 1, 2, 3 …; what is not named keeps the class's default.
    """

    revision: int
    device: dict[str, Any] = {}


class Configured(Message, frozen=True, kw_only=True, tag="configured"):
    """What became of a revision. Journaled until the hub has answered.

    `partly`: the items in `problems` were left at their last good value, the others are in force. `refused`: none is.
    `returned`: they were in force, no healthy report came of them, and the last good ones are back.
    """

    id: str
    at: Moment
    revision: int
    outcome: SettingsOutcome
    in_force: int  # the revision whose values are in force now; 0: those of the board's own file
    problems: dict[str, str] = {}  # item, such as "display" or "digits.port" → what is wrong and what would be right


class Release(View, frozen=True, kw_only=True, tag="release"):
    """Retained on the topic of `release`: the software that a board should run. Fetched from `/content/{sha256}`.

    `revision` is the position's own count of such orders, 1, 2, 3 …: what a board gave back it tries again only when
    it is ordered anew. `held`: what has not begun does not begin, and is ordered again later or not at all.
    """

    name: str  # of the version, such as "0.2.0"
    sha256: Digest  # of the bundle
    size: Annotated[int, msgspec.Meta(ge=1)]  # bytes
    signature: str  # of the bundle, Ed25519, base64
    revision: int = 0
    held: bool = False


class Updated(Message, frozen=True, kw_only=True, tag="updated"):
    """How a board gets on with a release. Journaled until the hub has answered.

    `running`: it has proved itself and stays. `returned`: it did not, and the one before runs again.
    """

    id: str
    at: Moment
    name: str
    outcome: UpdateOutcome
    running: str  # the version that runs now
    revision: int = 0  # of the order that this is about
    text: str = ""  # for people, in both languages
