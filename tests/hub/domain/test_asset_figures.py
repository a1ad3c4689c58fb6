"""The inventory's figures, against numbers worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from halls.items import Inventory
from hub.domain.asset_figures import alerts, forecast, shares
from hub.domain.assets import Asset, Details

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ZONE, LIMITS = ZoneInfo("Asia/Shanghai"), Inventory()


def asset(serial: str, state: str, *, used: bool = False, since: int = 0, commissioned: int | None = None, **details):
    """`since`, `commissioned`: days ago."""
    first = NOW - timedelta(days=commissioned) if commissioned is not None else None
    return Asset(
        serial=serial,
        hall="small",
        details=Details(**{"kind": "caller", **details}),
        state=state,
        since=NOW - timedelta(days=since),
        position=f"at-{serial}" if state in ("installed", "in-service") else "",
        installed_at=first or (NOW if used else None),
        commissioned_at=first,
    )


def test_the_install_rate_is_what_was_put_to_use_of_what_was_bought_and_is_still_there():
    books = [
        asset("1", "ordered", price_fen=100),
        asset("2", "in-stock", price_fen=200),
        asset("3", "in-stock", used=True),  # back in stock: not in use, but not "never installed" either
        asset("4", "installed", used=True),
        asset("5", "in-service", commissioned=1),
        asset("6", "faulty", used=True),
        asset("7", "faulty"),  # dead on arrival
        asset("8", "in-repair", used=True),
        asset("9", "retired"),
        asset("10", "retired", used=True),
        asset("11", "in-service", commissioned=1, kind="tv-box"),
    ]
    callers, boxes, every = shares(books, lambda one: one.serial == "11")
    assert (callers.bought, callers.installed, callers.rate) == (8, 4, 0.5)
    assert (callers.never, callers.never_fen, callers.wasted, callers.broken) == (3, 300, 1, 2)
    assert (boxes.rate, boxes.online_rate, callers.online_rate) == (1.0, 1.0, 0.0)
    assert (every.kind, every.bought, every.installed) == ("", 9, 5)


def test_nothing_bought_is_no_rate():
    [every] = shares([], lambda one: False)
    assert (every.rate, every.online_rate) == (None, None)


def test_alerts_begin_the_day_after_the_limit_and_name_the_days():
    books = [
        asset("idle", "in-stock", since=31),
        asset("fresh", "in-stock", since=30),
        asset("bought-long-ago", "in-stock", since=1, bought_on=date(2025, 1, 5)),
        asset("came-back", "in-stock", used=True, since=1, bought_on=date(2025, 1, 5)),
        asset("dark", "installed", since=8),
        asset("silent", "in-service", since=100, commissioned=100),
        asset("talks", "in-service", since=100, commissioned=100),
        asset("warranty", "in-stock", warranty_until=date(2026, 4, 5)),
        asset("later", "in-stock", warranty_until=date(2026, 4, 6)),
        asset("old", "in-service", commissioned=4018, life_years=10),
        asset("gone", "retired", since=999, warranty_until=date(2026, 1, 6)),
    ]
    seen = {"talks": NOW - timedelta(days=7), "silent": NOW - timedelta(days=8), "old": NOW}
    told = [(one.worry, one.serial, one.days) for one in alerts(books, seen, LIMITS, NOW, ZONE)]
    assert told == [
        ("idle", "bought-long-ago", 365),
        ("idle", "idle", 31),
        ("never-online", "dark", 8),
        ("silent", "silent", 8),
        ("warranty-ends", "warranty", 90),
        ("life-ends", "old", -366),
    ]


def test_the_forecast_counts_lives_from_commissioning_and_says_what_is_overdue():
    books = [
        asset("1", "in-service", commissioned=0, life_years=1, price_fen=500),  # 2027-01-05
        asset("2", "in-service", commissioned=0, life_years=1),
        asset("3", "in-service", commissioned=0),  # six years, as the hall says: beyond
        asset("4", "in-service", commissioned=400, life_years=1, price_fen=100),
        asset("5", "in-stock", life_years=1, warranty_until=date(2026, 3, 31)),
        asset("6", "in-stock", warranty_until=date(2026, 1, 4)),  # over
    ]
    told = forecast(books, LIMITS, NOW, ZONE, 5)
    assert [(one.name, one.warranties, one.lives, one.cost_fen, one.unpriced) for one in told] == [
        ("", 0, 1, 100, 0),
        ("2026Q1", 1, 0, 0, 0),
        ("2026Q2", 0, 0, 0, 0),
        ("2026Q3", 0, 0, 0, 0),
        ("2026Q4", 0, 0, 0, 0),
        ("2027Q1", 0, 2, 500, 1),
    ]
