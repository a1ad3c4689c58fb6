"""What the audit is told of assets: what a person did about a position by the inventory.

What the hub itself saw of hardware that is a device is in the registry's words already, and what concerns no position
(delivered, retired from stock) in the asset's own history alone.
"""

from collections.abc import Iterator

from hub.domain import asset_life as life
from hub.domain.assets import Asset
from hub.storage.audit import Noted, What, noted, told


def of(before: Asset | None, after: Asset, command: life.Command) -> Iterator[Noted]:
    """`before` None: it is new. `after` differs from it by what the command did."""

    def one(what: What, position: str, device: str = "", state: str = "") -> Noted:
        return noted(
            hall=after.hall,
            position=position,
            device=device,
            who=command.by,
            what=what,
            detail=told(after.serial, state, command.why),
            at=command.at,
        )

    planned = before.details.planned if before else ""
    if planned != after.details.planned:
        if planned:
            yield one("asset-unplanned", planned)
        if after.details.planned:
            yield one("asset-planned", after.details.planned)
    if isinstance(command, life.Install) and not command.device:
        yield one("asset-installed", after.position)
    elif before is not None and before.position:
        if isinstance(command, life.TakeOut) and not command.fact:
            yield one("asset-taken-out", before.position, before.device, after.state)
        elif isinstance(command, life.Turn | life.Mend):
            yield one("asset-turned", before.position, before.device, after.state)
