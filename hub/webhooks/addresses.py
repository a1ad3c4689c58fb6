"""Where webhooks may go. A platform's address must not lead the hub into its own network (SSRF).

Addresses by IANA's special-purpose registries, as Python's `ipaddress` knows them (RFC 6890), and those in which an
IPv4 address is hidden: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec

Network: TypeAlias = IPv4Network | IPv6Network

URL_MAX = 500  # characters
_HIDING = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class BadAddressError(ValueError):
    """The text says what is wrong with it and what would be right."""


class Allowed(msgspec.Struct, frozen=True):
    """`networks`: go there although they are not public. `loopback`: to this machine too, also in the clear: trials."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    def check_url(self, url: str) -> None:
        """Its form, and an address that stands in it; a name is looked up when something is sent. Raises
        BadAddressError."""
        if len(url) > URL_MAX or not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
            raise BadAddressError(
                f"the URL has at most {URL_MAX} characters, all of them printable ASCII, and no space"
            )
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError as error:
            raise BadAddressError(f"this is not a URL such as https://platform.example/hooks: {error}") from error
        if parts.scheme not in ("https", "http") or not host:
            raise BadAddressError("the URL begins with https:// and a host, such as https://platform.example/hooks")
        if "@" in parts.netloc or parts.fragment:
            raise BadAddressError("the URL has no user, no password and no fragment (#…)")
        address = _literal(host)
        if parts.scheme == "http" and not (self.loopback and (host == "localhost" or (address and _own(address)))):
            raise BadAddressError("the URL begins with https://: what is sent must not cross a network in the clear")
        if address is not None:
            self.check(address)

    def check(self, address: IPv4Address | IPv6Address, *, clear: bool = False) -> None:
        """`clear`: by http. Raises BadAddressError."""
        address = _plain(address)
        if _own(address) and self.loopback:
            return
        if clear:
            raise BadAddressError(f"{address}: http goes to this machine only, and only in a trial; use https")
        if any(address in network for network in self.networks):
            return
        if not address.is_global or address.is_multicast or any(address in network for network in _HIDING):
            raise BadAddressError(f"{address} is not a public address, and its network was not allowed here")


def _own(address: IPv4Address | IPv6Address) -> bool:
    return _plain(address).is_loopback


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
