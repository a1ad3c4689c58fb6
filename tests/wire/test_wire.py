"""The language between edge and hub: what goes through the codec, and what does not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import codec, topics
from wire.messages import Action, BoardView, MachineService, MachineView, Rating, Relayed, WindowView

AT = datetime(2026, 1, 4, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "message",
    [
        Action(id="b-1", verb="call-next", at=AT),
        Rating(id="b-2", ask="2026-01-04.A012", level=5, reasons=("510",), at=AT),
        Relayed(id="b-3", handheld=7, message=Rating(id="b-4", ask="x", level=2, at=AT), rssi_dbm=-70),
    ],
)
def test_an_up_message_survives_the_codec(message):
    assert codec.decode_up(codec.kind_of(message), codec.encode(message)) == message


def test_a_message_on_the_topic_of_another_kind_is_refused():
    with pytest.raises(codec.BadMessageError, match="'action' came on the topic of 'rating'"):
        codec.decode_up("rating", codec.encode(Action(id="b-1", verb="end", at=AT)))


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"kind":"view"}',
        b'{"kind":"action","id":"1","verb":"fly"}',
        b"null",
    ],
)
def test_garbage_is_refused_with_words(garbage):
    with pytest.raises(codec.BadMessageError) as refusal:
        codec.decode_up("action", garbage)
    assert str(refusal.value)


def test_a_message_without_a_time_zone_is_still_no_surprise_for_arithmetic():
    """Times are aware on the wire; a naive one is refused, since comparing it would raise later."""
    body = b'{"kind":"action","id":"1","verb":"end","at":"2026-01-04T09:05:00"}'
    with pytest.raises(codec.BadMessageError):
        codec.decode_up("action", body)


def test_a_field_from_the_future_is_ignored():
    body = codec.encode(Action(id="b-1", verb="end", at=AT))
    assert codec.decode_up("action", body[:-1] + b',"mood":"good"}') == Action(id="b-1", verb="end", at=AT)


def test_too_many_bytes_are_refused_before_they_are_read():
    with pytest.raises(codec.BadMessageError, match="more than a message may have"):
        codec.decode_view(b" " * (codec.MAX_BYTES + 1))


@given(st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_else(payload):
    for decode in (
        codec.decode_view,
        codec.decode_board,
        codec.decode_reply,
        codec.decode_order,
        codec.decode_presence,
    ):
        try:
            decode(payload)
        except codec.BadMessageError:
            pass


@given(st.text(max_size=80))
def test_only_our_names_become_topics(name):
    try:
        topic = topics.up(name, "action")
    except topics.BadTopicError:
        assert not topics.is_name(name)
    else:
        assert topics.parse_up(topic) == topics.UpTopic(name, "action")


@pytest.mark.parametrize("topic", ["tingxu/1/up/x", "tingxu/1/up/x/y/z", "tingxu/2/up/x/y", "tingxu/1/up/X/y", "", "/"])
def test_other_topics_are_refused(topic):
    with pytest.raises(topics.BadTopicError):
        topics.parse_up(topic)


def test_views_are_told_apart_by_their_tag():
    window = WindowView(
        epoch=1, version=2, counter="03", counter_name="3号窗口", phase="called", number="A012", calls=1
    )
    assert codec.decode_view(codec.encode(window)) == window
    with pytest.raises(codec.BadMessageError):
        codec.decode_view(codec.encode(BoardView(epoch=1, version=1, hall="h", area="a", title="t", english="e")))


def test_a_view_of_a_hub_that_does_not_know_the_newer_fields_is_still_a_view():
    """Left out on the wire, they have their defaults; and so a machine's memory of before is read after an update."""
    service = MachineService(letter="A", name="存档", english="files", centre="公服中心")
    view = MachineView(
        epoch=1, version=2, hall_name="大厅", hall_english="hall", area="一层", series="K", day="2026-01-04",
        services=(service,),
    )  # fmt: skip
    body = codec.encode(view)
    assert not any(name in body for name in (b"where", b"route", b"if_missed"))
    decoded = codec.decode_view(body)
    assert decoded == view
    assert (decoded.services[0].where, decoded.services[0].route, decoded.if_missed) == ("", "", "")
