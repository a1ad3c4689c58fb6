"""What may happen to an asset next: `decide(asset, command) → events`.

Two kinds of command. A *fact* is what the hub itself saw: a device came, was online, left; it is never refused,
whatever the inventory believed. A *wish* is what a person says, and `ALLOWED` has the ways there are.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from hub.domain.assets import (
    Amended,
    AnyEvent,
    Asset,
    AssetState,
    Commissioned,
    Details,
    Installed,
    Registered,
    TakenOut,
    Turned,
)

Decision: TypeAlias = tuple[AnyEvent, ...]

ALLOWED: dict[AssetState, tuple[AssetState, ...]] = {
    "ordered": ("delivered", "in-stock", "retired"),
    "delivered": ("in-stock", "faulty", "retired"),
    "in-stock": ("faulty", "retired"),
    "installed": ("faulty",),
    "in-service": ("faulty",),
    "faulty": ("in-repair", "in-stock", "retired"),
    "in-repair": ("in-stock", "retired"),
    "retired": (),
}
"""What a person may say. Being installed and in service are facts, but for handhelds, which a person installs."""
FIRST_STATES: tuple[AssetState, ...] = ("ordered", "delivered", "in-stock")
NEEDS_WHY: tuple[AssetState, ...] = ("faulty", "retired")


class AssetRefusedError(Exception):
    """A wish that cannot be: `code` is counted, the text is for the person.

    Codes: asset-state, asset-bound, asset-why, asset-position.
    """

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    by: str
    why: str = ""


class Register(Command, frozen=True, kw_only=True):
    hall: str
    details: Details
    state: AssetState = "in-stock"


class Amend(Command, frozen=True, kw_only=True):
    details: Details


class Turn(Command, frozen=True, kw_only=True):
    """A wish: it is in that state now."""

    state: AssetState


class Mend(Command, frozen=True, kw_only=True):
    """A wish: it was faulty, and works again where it hangs."""


class Install(Command, frozen=True, kw_only=True):
    """With a `device` a fact, without one a person's wish: a handheld has no computer that could tell."""

    hall: str
    position: str
    device: str = ""


class See(Command, frozen=True, kw_only=True):
    """A fact: it is online at its position."""


class TakeOut(Command, frozen=True, kw_only=True):
    """`fact`: its device was revoked or removed, or another one was put in its place."""

    state: AssetState = "in-stock"
    fact: bool = False


def decide(asset: Asset | None, command: Command) -> Decision:
    """Nothing to do is no event. Raises AssetRefusedError for a wish."""
    if isinstance(command, Register):
        return _register(asset, command)
    assert asset is not None, "only what is registered has a life"
    rule: Callable[[Asset, Any], Decision] = _RULES[type(command)]
    return rule(asset, command)


def next_states(asset: Asset) -> tuple[AssetState, ...]:
    """What a person may say of it now: for a page's keys."""
    if asset.position and asset.state == "faulty":
        return () if asset.device else ALLOWED["faulty"]
    return ALLOWED[asset.state]


def _register(asset: Asset | None, command: Register) -> Decision:
    if asset is not None:
        raise AssetRefusedError("asset-state", f"{asset.serial} is in the inventory already")
    if command.state not in FIRST_STATES:
        raise AssetRefusedError("asset-state", f"a new asset is one of {', '.join(FIRST_STATES)}, not {command.state}")
    return (_event(command, Registered, hall=command.hall, details=command.details, state=command.state),)


def _amend(asset: Asset, command: Amend) -> Decision:
    return (_event(command, Amended, details=command.details),) if command.details != asset.details else ()


def _turn(asset: Asset, command: Turn) -> Decision:
    if command.state == asset.state:
        return ()
    _check_turn(asset, command)
    return (_event(command, Turned, state=command.state),)


def _check_turn(asset: Asset, command: Turn) -> None:
    if command.state not in ALLOWED[asset.state]:
        ways = ", ".join(ALLOWED[asset.state]) or "nothing else"
        text = f"{asset.serial} is {asset.state}: from there it can become {ways}, not {command.state}"
        raise AssetRefusedError("asset-state", text)
    if command.state not in next_states(asset):
        text = (
            f"{asset.serial} hangs at {asset.position} as {asset.device}: replace it, or take it out of service first"
        )
        raise AssetRefusedError("asset-bound", text)
    if command.state in NEEDS_WHY and not command.why.strip():
        raise AssetRefusedError("asset-why", f"say why {asset.serial} is {command.state}")


def _mend(asset: Asset, command: Mend) -> Decision:
    if asset.state != "faulty" or not asset.position:
        raise AssetRefusedError(
            "asset-state", f"{asset.serial} is {asset.state}: only what is faulty in its place is mended there"
        )
    return (_event(command, Turned, state="installed"),)


def _install(asset: Asset, command: Install) -> Decision:
    there = (command.hall, command.position, command.device)
    if asset.position and there == (asset.hall, asset.position, asset.device):
        return ()
    if not command.device:
        _check_by_hand(asset)
    return (_event(command, Installed, hall=command.hall, position=command.position, device=command.device),)


def _check_by_hand(asset: Asset) -> None:
    if asset.device:
        text = f"{asset.serial} is the device {asset.device}: it is moved by its position, not by hand"
        raise AssetRefusedError("asset-bound", text)
    if asset.state == "retired":
        raise AssetRefusedError("asset-state", f"{asset.serial} is retired")


def _see(asset: Asset, command: See) -> Decision:
    return (_event(command, Commissioned, position=asset.position),) if asset.state == "installed" else ()


def _take_out(asset: Asset, command: TakeOut) -> Decision:
    if not asset.position:
        if command.fact:
            return ()
        raise AssetRefusedError("asset-position", f"{asset.serial} is at no position")
    if not command.fact:
        _check_out(asset, command)
    state = asset.state if command.fact and asset.state == "faulty" and command.state == "in-stock" else command.state
    return (_event(command, TakenOut, position=asset.position, state=state),)


def _check_out(asset: Asset, command: TakeOut) -> None:
    _check_by_hand(asset)
    if command.state not in ("in-stock", *ALLOWED["faulty"], "faulty"):
        raise AssetRefusedError("asset-state", f"what is taken out cannot be {command.state}")
    if command.state in NEEDS_WHY and not command.why.strip():
        raise AssetRefusedError("asset-why", f"say why {asset.serial} is {command.state}")


def _event(command: Command, kind: type[Any], **fields: Any) -> Any:
    return kind(at=command.at, by=command.by, why=command.why, **fields)


_RULES: dict[type[Command], Callable[[Asset, Any], Decision]] = {
    Amend: _amend,
    Turn: _turn,
    Mend: _mend,
    Install: _install,
    See: _see,
    TakeOut: _take_out,
}
