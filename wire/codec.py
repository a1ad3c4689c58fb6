"""Bytes ↔ messages. Whatever arrives is refused with words or becomes a message: nothing half-read passes this door."""

from typing import TypeVar

import msgspec

from wire import topics
from wire.base import Message, View
from wire.messages import BoardView, DeviceView, Presence, Reply, UpMessage
from wire.orders import Order
from wire.upkeep import Release, Settings

T = TypeVar("T")
MAX_BYTES = 64 * 1024


class BadMessageError(ValueError):
    """Bytes that are not a message of the expected kind; the text says what is wrong and where."""


_encoder = msgspec.json.Encoder()
_up: msgspec.json.Decoder[UpMessage] = msgspec.json.Decoder(UpMessage)
_reply = msgspec.json.Decoder(Reply)
_order: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_view: msgspec.json.Decoder[DeviceView] = msgspec.json.Decoder(DeviceView)
_board = msgspec.json.Decoder(BoardView)
_config = msgspec.json.Decoder(Settings)
_release = msgspec.json.Decoder(Release)
_presence = msgspec.json.Decoder(Presence)


def encode(message: Message) -> bytes:
    return _encoder.encode(message)


def kind_of(message: Message) -> str:
    """The tag, which for an up message is also the last level of its topic."""
    return str(message.__struct_config__.tag)


def _decode(decoder: "msgspec.json.Decoder[T]", payload: bytes) -> T:
    if len(payload) > MAX_BYTES:
        raise BadMessageError(f"{len(payload)} bytes are more than a message may have ({MAX_BYTES})")
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessageError(str(error)) from error


def decode_up(kind: str, payload: bytes) -> UpMessage:
    """Raises BadMessageError, also where the message's own tag is not the topic's `kind`."""
    message = _decode(_up, payload)
    if kind_of(message) != kind:
        raise BadMessageError(f"a message of kind {kind_of(message)!r} came on the topic of {kind!r}")
    return message


def decode_reply(payload: bytes) -> Reply:
    return _decode(_reply, payload)


def decode_order(payload: bytes) -> Order:
    return _decode(_order, payload)


def decode_view(payload: bytes) -> DeviceView:
    return _decode(_view, payload)


def decode_board(payload: bytes) -> BoardView:
    return _decode(_board, payload)


def decode_config(payload: bytes) -> Settings:
    return _decode(_config, payload)


def decode_release(payload: bytes) -> Release:
    return _decode(_release, payload)


def decode_retained(topic: str, payload: bytes) -> View:
    """Whatever a topic of `topics.RETAINED_ALL` holds."""
    if topic.startswith(topics.BOARDS):
        return decode_board(payload)
    match topics.last_level(topic):
        case "config":
            return decode_config(payload)
        case "release":
            return decode_release(payload)
    return decode_view(payload)


def decode_presence(payload: bytes) -> Presence:
    return _decode(_presence, payload)
