"""Who is at the other end of a TLS connection: uvicorn itself does not tell an application."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PeerProtocol(HttpToolsProtocol):
    """Puts the common name of the client's certificate into `request.state.peer`, and its serial number (hex) into
    `request.state.peer_serial`; "" where it showed none.

    The server's context must ask for certificates and verify them (`ssl.CERT_OPTIONAL`): what it did not verify is
    not here.
    """

    def on_message_begin(self) -> None:
        super().on_message_begin()
        shown = self.transport.get_extra_info("peercert") or {}
        self.scope["state"]["peer"] = _common_name(shown)
        self.scope["state"]["peer_serial"] = f"{int(shown['serialNumber'], 16):x}" if shown else ""


def _common_name(certificate: dict[str, Any]) -> str:
    """As `ssl.SSLSocket.getpeercert` gives it: a tuple of relative names, each a tuple of pairs."""
    for relative in certificate.get("subject", ()):
        for name, value in relative:
            if name == "commonName":
                return str(value)
    return ""
