"""MQTT topic names (MQTT 5.0 §4.7): what goes up from a device, what comes down to it, what all in the hall may read.

tingxu/1/up/{device}/{kind}       device → hub, QoS 1, never retained
tingxu/1/down/{device}/{kind}     hub → device; `view`, `config`, `release` are retained desired state; `reply`, `order`
                                  are not retained
tingxu/1/board/{hall}/{area}      retained, what anyone in the hall may show
tingxu/1/presence/{device}        retained, with last will; the hub's own is presence/hub
"""

import re

import msgspec

PREFIX = "tingxu/1"
HUB = "hub"  # the presence by which devices know that the hub itself listens

BOARDS = f"{PREFIX}/board/"
UP_ALL = f"{PREFIX}/up/+/+"
HEALTH_ALL = f"{PREFIX}/up/+/health"
VIEWS_ALL = f"{PREFIX}/down/+/view"
CONFIGS_ALL = f"{PREFIX}/down/+/config"
RELEASES_ALL = f"{PREFIX}/down/+/release"
BOARDS_ALL = f"{PREFIX}/board/+/+"
RETAINED_ALL = (VIEWS_ALL, CONFIGS_ALL, RELEASES_ALL, BOARDS_ALL)  # what the hub would have devices show and be
PRESENCE_ALL = f"{PREFIX}/presence/+"

_NAME = re.compile(r"[a-z0-9-]{1,64}\Z")


class BadTopicError(ValueError):
    """A topic that is not one of ours, or a name in it that is not `[a-z0-9-]{1,64}`."""


class UpTopic(msgspec.Struct, frozen=True):
    device: str
    kind: str


def is_name(text: str) -> bool:
    """Whether `text` may stand as one level of a topic (a device, a hall, an area): no `/`, `+`, `#` in it."""
    return _NAME.match(text) is not None


def _name(text: str) -> str:
    if not is_name(text):
        raise BadTopicError(f"{text!r} cannot be part of a topic: use 1 to 64 of a-z, 0-9 and '-'")
    return text


def up(device: str, kind: str) -> str:
    return f"{PREFIX}/up/{_name(device)}/{_name(kind)}"


def down(device: str, kind: str) -> str:
    return f"{PREFIX}/down/{_name(device)}/{_name(kind)}"


def down_all(device: str) -> str:
    """The filter a device subscribes to for everything that is meant for it."""
    return f"{PREFIX}/down/{_name(device)}/+"


def board(hall: str, area: str) -> str:
    return f"{PREFIX}/board/{_name(hall)}/{_name(area)}"


def presence(device: str) -> str:
    return f"{PREFIX}/presence/{_name(device)}"


def parse_up(topic: str) -> UpTopic:
    """Raises BadTopicError for anything but `tingxu/1/up/{device}/{kind}`."""
    parts = topic.split("/")
    if len(parts) != 5 or parts[:3] != [*PREFIX.split("/"), "up"]:
        raise BadTopicError(f"{topic!r} is not {PREFIX}/up/DEVICE/KIND")
    return UpTopic(_name(parts[3]), _name(parts[4]))


def shared(filter: str) -> str:
    """Of the hub's processes that subscribe to it, each message goes to one (MQTT 5.0 §4.8.2)."""
    return f"$share/{HUB}/{filter}"


def last_level(topic: str) -> str:
    """The `{kind}` of a down topic, the `{device}` of a presence topic."""
    return topic.rsplit("/", 1)[-1]
