"""A process that answers every message on its `up` topic on its `down` topic: three ways of holding an MQTT session.

The answer is the message and, after a space, the CPU seconds that this process has used so far. Each way acknowledges
a message after its answer was handed over. `python -m benchmarks.mqtt_echo WAY PORT DIRECTORY` says "ready".
"""

import asyncio
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any

import gmqtt
import paho.mqtt.client as mqtt
import uvloop
from paho.mqtt.enums import CallbackAPIVersion

from wire import topics

HOST = "127.0.0.1"
_IN_FLIGHT = 10_000


def session(way: str) -> str:
    """The common name of its certificate, in the manner of the hub's own sessions."""
    return f"hub-{way}"


def up(way: str) -> str:
    return f"{topics.PREFIX}/up/{session(way)}/action"


def down(way: str) -> str:
    return f"{topics.PREFIX}/down/{session(way)}/reply"


def tls(directory: Path, way: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    context.load_cert_chain(directory / f"{way}.pem", directory / f"{way}-key.pem")
    return context


def _paho(port: int, context: ssl.SSLContext) -> None:
    """Everything happens in paho's own loop, which here has the only thread."""

    def arrived(client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        client.publish(down("paho"), _answer(message.payload), qos=1)

    client = _paho_client("paho", context)
    client.on_message = arrived
    client.connect(HOST, port)
    client.loop_forever()


def _paho_asyncio(port: int, context: ssl.SSLContext) -> None:
    uvloop.run(_bridged(port, context))


async def _bridged(port: int, context: ssl.SSLContext) -> None:
    """paho's thread hands each message to an event loop, which answers it and then acknowledges."""
    way, loop = "paho-asyncio", asyncio.get_running_loop()
    inbox: asyncio.Queue[mqtt.MQTTMessage] = asyncio.Queue()

    def arrived(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        loop.call_soon_threadsafe(inbox.put_nowait, message)

    client = _paho_client(way, context)
    client.manual_ack_set(True)
    client.on_message = arrived
    client.connect(HOST, port)
    client.loop_start()
    while True:
        message = await inbox.get()
        client.publish(down(way), _answer(message.payload), qos=1)
        client.ack(message.mid, message.qos)


def _paho_client(way: str, context: ssl.SSLContext) -> mqtt.Client:
    def connected(client: mqtt.Client, *_: Any) -> None:
        client.subscribe(up(way), qos=1)

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=session(way), protocol=mqtt.MQTTv5)
    client.tls_set_context(context)
    client.max_inflight_messages_set(_IN_FLIGHT)
    client.on_socket_open = _no_delay
    client.on_connect = connected
    client.on_subscribe = lambda *_: _ready()
    return client


def _no_delay(_client: mqtt.Client, _data: Any, sock: Any) -> None:
    """As asyncio does by itself; without it Nagle's algorithm is what would be measured."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _gmqtt(port: int, context: ssl.SSLContext) -> None:
    uvloop.run(_on_the_loop(port, context))


async def _on_the_loop(port: int, context: ssl.SSLContext) -> None:
    """The session lives on the event loop itself; the code that the handler returns goes into the acknowledgement."""
    way = "gmqtt"

    async def arrived(client: gmqtt.Client, _topic: str, payload: bytes, *_: Any) -> int:
        client.publish(down(way), _answer(payload), qos=1)
        return 0

    client = gmqtt.Client(session(way), optimistic_acknowledgement=False)
    client.on_message = arrived
    client.on_subscribe = lambda *_: _ready()
    await client.connect(HOST, port, ssl=context)
    client.subscribe(gmqtt.Subscription(up(way), qos=1))
    await asyncio.Event().wait()


def _answer(payload: bytes | bytearray) -> bytes:
    return b"%b %.6f" % (bytes(payload), time.process_time())


def _ready() -> None:
    print("ready", flush=True)


WAYS = {"paho": _paho, "paho-asyncio": _paho_asyncio, "gmqtt": _gmqtt}

if __name__ == "__main__":
    way, port, directory = sys.argv[1:]
    WAYS[way](int(port), tls(Path(directory), way))
