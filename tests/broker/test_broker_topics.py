"""The ACL: nobody touches another's topics.

A forbidden filter is granted in SUBACK all the same, so what counts is that nothing is delivered: an allowed message
sent afterwards (the sentinel) is the first thing to arrive.
"""

from collections.abc import Callable
from typing import Any

import pytest

UP, DOWN, BOARD, PRESENCE = "tingxu/1/up", "tingxu/1/down", "tingxu/1/board", "tingxu/1/presence"
Sessions = Callable[..., Any]


@pytest.mark.parametrize(
    "topic",
    [
        f"{UP}/caller-b/action",
        f"{DOWN}/caller-b/view",
        f"{DOWN}/caller-a/view",  # its own view is not its to write
        f"{PRESENCE}/caller-b",
        f"{PRESENCE}/hub",
        f"{BOARD}/dongcheng/a",
        "tingxu/2/up/caller-a/action",
        "elsewhere",
    ],
)
def test_what_a_device_writes_elsewhere_reaches_nobody(session: Sessions, topic: str) -> None:
    hub, device = session("hub-1"), session("caller-a")
    hub.subscribe("tingxu/1/#")
    device.publish(topic, b"forged")
    device.publish(f"{UP}/caller-a/sentinel", b"mine")
    assert hub.next() == (f"{UP}/caller-a/sentinel", b"mine")


def test_a_refused_message_is_not_kept_for_later_either(session: Sessions) -> None:
    device, hub = session("caller-a"), session("hub-1")
    device.publish(f"{DOWN}/caller-b/view", b"forged", retain=True)
    hub.subscribe(f"{DOWN}/caller-b/view")
    hub.publish(f"{DOWN}/caller-b/view", b"sentinel")
    assert hub.next() == (f"{DOWN}/caller-b/view", b"sentinel")


@pytest.mark.parametrize(
    "name",
    [
        f"{DOWN}/caller-b/+",
        f"{DOWN}/+/view",
        f"{UP}/#",
        f"{PRESENCE}/caller-b",
        "$share/thieves/tingxu/1/down/caller-b/#",
        "tingxu/1/#",
        "#",
    ],
)
def test_what_is_meant_for_others_is_not_delivered(session: Sessions, name: str) -> None:
    hub, device, other = session("hub-1"), session("caller-a"), session("caller-b")
    hub.publish(f"{DOWN}/caller-b/view", b"kept", retain=True)
    try:
        device.subscribe(name, f"{DOWN}/caller-a/sentinel")
        hub.publish(f"{DOWN}/caller-b/view", b"live")
        other.publish(f"{UP}/caller-b/action")
        other.publish(f"{PRESENCE}/caller-b")
        hub.publish(f"{DOWN}/caller-a/sentinel", b"mine")
        assert device.next() == (f"{DOWN}/caller-a/sentinel", b"mine")
    finally:
        hub.publish(f"{DOWN}/caller-b/view", b"", retain=True)


def test_a_device_is_told_nothing_about_the_broker(session: Sessions) -> None:
    hub, device = session("hub-1"), session("caller-a")
    device.subscribe("$SYS/#", f"{DOWN}/caller-a/sentinel")
    hub.publish(f"{DOWN}/caller-a/sentinel", b"mine")
    assert device.next() == (f"{DOWN}/caller-a/sentinel", b"mine")
    hub.subscribe("$SYS/broker/version")
    assert hub.next()[0] == "$SYS/broker/version"


def test_everybody_reads_boards_and_whether_the_hub_is_there(session: Sessions) -> None:
    """These patterns name no user, and count for every device."""
    hub, device = session("hub-1"), session("caller-a")
    device.subscribe(f"{BOARD}/dongcheng/a", f"{PRESENCE}/hub")
    hub.publish(f"{BOARD}/dongcheng/a", b"board")
    hub.publish(f"{PRESENCE}/hub", b"here")
    assert [device.next(), device.next()] == [(f"{BOARD}/dongcheng/a", b"board"), (f"{PRESENCE}/hub", b"here")]


def test_a_device_reads_what_is_meant_for_it_and_writes_its_own_presence(session: Sessions) -> None:
    hub, device = session("hub-1"), session("caller-a")
    hub.subscribe(f"{PRESENCE}/+")
    device.subscribe(f"{DOWN}/caller-a/+")
    device.publish(f"{PRESENCE}/caller-a", b"on")
    hub.publish(f"{DOWN}/caller-a/view", b"view")
    assert hub.next() == (f"{PRESENCE}/caller-a", b"on")
    assert device.next() == (f"{DOWN}/caller-a/view", b"view")


def test_the_will_of_a_device_that_vanishes_is_published(session: Sessions, broker: Any) -> None:
    hub, device = session("hub-1"), session("caller-a", connect=False)
    hub.subscribe(f"{PRESENCE}/+")
    device.client.will_set(f"{PRESENCE}/caller-a", b"off", qos=1)
    assert device.connect(broker.port)
    device.drop()
    assert hub.next() == (f"{PRESENCE}/caller-a", b"off")


def test_a_will_that_speaks_for_the_hub_is_never_published(session: Sessions, broker: Any) -> None:
    hub, device = session("hub-1"), session("caller-a", connect=False)
    hub.subscribe(f"{PRESENCE}/+", f"{UP}/+/+")
    device.client.will_set(f"{PRESENCE}/hub", b"forged", qos=1)
    if device.connect(broker.port):
        device.drop()
    again = session("caller-a")  # by now the broker has done with the one that vanished
    again.publish(f"{UP}/caller-a/sentinel", b"mine")
    assert hub.next() == (f"{UP}/caller-a/sentinel", b"mine")
