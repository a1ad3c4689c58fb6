"""What of a board's hardware is out of order, by what it says itself: what is on trial must add nothing to it. Pure."""

from collections.abc import Mapping

from wire.base import Fact

_OUT_OF_ORDER = ("_error", "_fault")  # how facts end that are there only when something is


def ailing(well: Mapping[str, tuple[Fact, ...]], facts: Mapping[str, Fact]) -> dict[str, str]:
    """Fact → what it says. `well`: as in `edge.runtime.device.DeviceClass`."""
    parts = {name for name, while_well in well.items() if name in facts and facts[name] not in while_well}
    faults = {name for name, said in facts.items() if said and name.endswith(_OUT_OF_ORDER)}
    return {name: str(facts[name])[:200] for name in sorted(parts | faults)}
