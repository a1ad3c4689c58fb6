"""The rehearsal's report: figures, and whether anything was lost or doubled."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from provisioning.rehearsal.booking import Kept, was_turned_away
from provisioning.rehearsal.ledger import Ledger, doubled, ended_well, lost, not_kept
from provisioning.rehearsal.people import Tally
from provisioning.rehearsal.places import Places


def report(
    *,
    seed: int,
    seconds: float,
    expected: int,
    online: int,
    offline: list[str],
    ledger: Ledger,
    places: Places,
    tally: Tally,
    hub_rss_mb_peak: float,
    pss_mb_peak: float,
    hub_kills: int,
    hub_away_s: float,
    equip_s: float,
    updates: dict[str, Any] | None = None,
    alerts: dict[str, float | None] | None = None,
    booked: Mapping[str, Kept] = {},
    closed_at: datetime,
) -> dict[str, Any]:
    """`lost`, `doubled`: how many; `problems` says which. `alerts`: provoked, seconds until the hub had noticed."""
    missing, twice = [*lost(ledger, places, tally), *not_kept(ledger, booked, closed_at)], doubled(ledger, places)
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "devices_expected": expected,
        "devices_online": online,
        "devices_offline": offline,
        "citizens": tally.came,
        **ledger.counts(),
        "slips": sum(len(machine.slips) for machine in places.machines),
        "no_slip": tally.no_slip,
        "appointments_turned_away": sum(was_turned_away(one) and not one.number for one in booked.values()),
        "appointments_ended_well": ended_well(ledger, booked),
        "ratings_pressed": len(tally.ratings),
        "refused": ledger.kinds["refused"],
        "lost": len(missing),
        "doubled": len(twice),
        "problems": [*missing, *twice],
        "press_to_display_ms": {
            "p50": percentile(tally.press_to_display_ms, 0.50),
            "p99": percentile(tally.press_to_display_ms, 0.99),
            "presses": len(tally.press_to_display_ms),
        },
        "hub_rss_mb_peak": round(hub_rss_mb_peak, 1),
        "pss_mb_peak": round(pss_mb_peak, 1),
        "hub_kills": hub_kills,
        "hub_away_s": round(hub_away_s, 2),
        "equip_s": round(equip_s, 1),
        "stream_breaks": ledger.breaks,
        "stream_repeats": ledger.repeated,
        **({"updates": updates} if updates is not None else {}),
        **({"alerts": alerts} if alerts is not None else {}),
    }


def percentile(values: list[float], share: float) -> float | None:
    """Nearest rank; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1)


def verdict(figures: dict[str, Any]) -> int:
    """The exit code: 1 when anything was lost or doubled, an update did not go as it should, or an alert that was
    provoked did not come."""
    unnoticed = None in figures.get("alerts", {}).values()
    wrong = figures["lost"] or figures["doubled"] or figures.get("updates", {}).get("problems") or unnoticed
    return 1 if wrong else 0
