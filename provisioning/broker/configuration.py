"""mosquitto.conf for a directory in which the hub has laid down what the broker must know.

`python -m provisioning.broker.configuration DIRECTORY > mosquitto.conf` prints it for a system service.
"""

import argparse
import sys
from pathlib import Path
from string import Template

PORT = 8883
KNOWLEDGE = ("ca.pem", "broker.pem", "broker-key.pem", "crl.pem", "acl")
"""The files that the hub writes (its own words for them: hub.enrolment.broker)."""

_TEMPLATE = Path(__file__).with_name("mosquitto.conf.template")
_QUEUED_MESSAGES_MAX = 200_000  # per client; a burst of 20,000 was seen to lose three in four with 1,000
_MEMORY_BYTES_MAX = 256 << 20  # 300 devices need 10 MiB; what is above is queues
_PACKET_BYTES_MAX = 256 << 10  # a board's view is some KiB


def configuration(directory: Path, port: int = PORT, listen_address: str = "0.0.0.0", user: str | None = None) -> str:  # noqa: S104
    """The file's text. `user`: whom a broker started by root becomes; None leaves Mosquitto's own, `mosquitto`.

    Raises ValueError for what Mosquitto's line-by-line format cannot hold.
    """
    if not 0 < port < 65536:
        raise ValueError(f"port {port}: must be 1 to 65535")
    place = str(directory.resolve())
    for value in (place, listen_address, user or ""):
        if not value.isprintable() or value != value.strip():
            raise ValueError(f"{value!r} cannot stand in mosquitto.conf")
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        directory=place,
        port=port,
        listen_address=listen_address,
        queued_messages_max=_QUEUED_MESSAGES_MAX,
        memory_bytes_max=_MEMORY_BYTES_MAX,
        packet_bytes_max=_PACKET_BYTES_MAX,
        user=f"user {user}\n" if user else "",
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m provisioning.broker.configuration", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the hub keeps what the broker reads: DATA/broker")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--listen", default="0.0.0.0", metavar="ADDRESS")  # noqa: S104 - devices come from the network
    parser.add_argument("--user", help="whom a broker started by root becomes (default: mosquitto)")
    options = parser.parse_args()
    absent = [name for name in KNOWLEDGE if not (options.directory / name).exists()]
    if absent:
        print(f"{options.directory}: has no {', '.join(absent)}; start the hub once first", file=sys.stderr)
        return 1
    print(configuration(options.directory, options.port, options.listen, options.user), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
