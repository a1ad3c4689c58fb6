"""Who did what to devices, in either kind of database: written with what was done or not at all, told, forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import Engine, event

from hub.domain import asset_life as life
from hub.domain.assets import Details
from hub.domain.rollouts import Plan
from hub.storage import audit
from hub.storage.assets import Assets
from hub.storage.audit import Audit, What
from hub.storage.claims import NewClaim
from hub.storage.database import Where, open_database
from hub.storage.device_changes import Change
from hub.storage.issued import Certified
from hub.storage.orders import Kind, OrderBook
from hub.storage.position_settings import PositionSettings, Wanted
from hub.storage.registry import Registry
from hub.storage.releases import Release, Releases
from hub.storage.rollouts import Rollouts
from hub.web.texts import LANGUAGES

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
CALLER = NewClaim(hall="small", position="caller-1", expires_at=NOW + timedelta(days=1), created_at=NOW, created_by="t")
KEY = "ab" * 32
RELEASE = Release(sha256="c" * 64, name="0.2.0", size=9, signature="s", added_at=NOW, added_by="root")


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def notes(engine: Engine) -> Audit:
    return Audit(engine)


def certify(id: str) -> Certified:
    return Certified(id, "PEM", NOW + timedelta(days=365), "00")


def whats(notes: Audit, position: str | None = None) -> list[str]:
    """Oldest first."""
    return [one.what for one in reversed(notes.of("small", position))]


def note(engine: Engine, at: datetime, hall: str = "small", position: str = "") -> None:
    with engine.begin() as connection:
        audit.note(connection, hall=hall, position=position, who="tech", what="restart", at=at)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_ever_noted_has_its_words_and_there_are_no_others(language: str) -> None:
    words = LANGUAGES[language].section("device")
    told = {key.removeprefix("device.did_"): text for key, text in words.items() if key.startswith("device.did_")}
    assert set(told) == set(get_args(What))
    assert all(told.values())
    assert len(set(told.values())) == len(told), "two deeds are told apart"


def test_what_the_registry_and_orders_say_is_among_what_is_noted() -> None:
    assert {*get_args(Change), *get_args(Kind)} < set(get_args(What))


def test_what_cannot_be_noted_is_not_done(engine: Engine, notes: Audit) -> None:
    """Whatever it was: the statement that writes the note fails, as on a full disk."""
    registry, settings, releases = Registry(engine), PositionSettings(engine), Releases(engine)
    rollouts, assets, book = Rollouts(engine), Assets(engine), OrderBook(engine)
    details = Details(kind="caller", planned="caller-1")
    ((_, claim),) = registry.create_claims([CALLER])
    one = registry.knock(KEY, address="a", now=NOW, certify=certify, device_class="caller")
    releases.add(RELEASE)
    plan = {"plan": Plan(), "waves": {"caller-1": 0}, "classes": {"caller-1": "caller"}, "at": NOW, "by": "t"}
    under_way = rollouts.start(hall="other", sha256=RELEASE.sha256, **plan)
    before = len(notes.of("small")), len(notes.of("other"))

    @event.listens_for(engine, "before_cursor_execute")
    def _(connection, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        if statement.startswith("INSERT INTO audit"):
            raise OSError("no space left on device")

    wanted = [Wanted("caller-1", 0, {"stuck_s": 7})]
    deeds = [
        lambda: registry.create_claims([CALLER]),
        lambda: registry.withdraw_claim("small", claim.id, by="t", at=NOW),
        lambda: registry.applicants.approve(
            one.code, hall="small", position="caller-1", device_class="caller", by="t", at=NOW
        ),
        lambda: registry.applicants.refuse(one.code, hall="small", by="t", at=NOW),
        lambda: settings.put("small", wanted, by="t", at=NOW, why=""),
        lambda: releases.add(Release(sha256="d" * 64, name="0.3.0", size=9, signature="s", added_at=NOW, added_by="t")),
        lambda: rollouts.start(hall="small", sha256=RELEASE.sha256, **plan),
        lambda: rollouts.tell(under_way, "paused", NOW, "t"),
        lambda: assets.do("small", "S1", life.Register(at=NOW, by="t", hall="small", details=details)),
        lambda: book.order(
            hall="small", position="caller-1", device="c", what="restart", by="t", at=NOW, expires_at=NOW
        ),
    ]
    for deed in deeds:
        with pytest.raises(OSError, match="no space"):
            deed()
    assert [one.withdrawn_at for one in registry.claims("small")] == [None]
    assert [one.state for one in registry.applicants.waiting("small")] == ["waiting"]
    assert (settings.newest(), assets.all("small"), book.at("small", "caller-1")) == ({}, [], [])
    assert [one.name for one in releases.all()] == ["0.2.0"]
    assert (rollouts.of("small"), rollouts.one("other", under_way.id).phase) == ([], "running")
    assert (len(notes.of("small")), len(notes.of("other"))) == before


def test_what_changes_nothing_is_not_noted(engine: Engine, notes: Audit) -> None:
    registry, settings, releases = Registry(engine), PositionSettings(engine), Releases(engine)
    ((_, claim),) = registry.create_claims([CALLER])
    one = registry.knock(KEY, address="a", now=NOW, certify=certify, device_class="caller")
    wanted = [Wanted("caller-1", 0, {"stuck_s": 7})]
    for _ in range(2):
        registry.withdraw_claim("small", claim.id, by="t", at=NOW)
        registry.applicants.approve(one.code, hall="small", position="caller-1", device_class="caller", by="t", at=NOW)
        settings.put("small", wanted, by="t", at=NOW, why="")
        releases.add(RELEASE)
    for _ in range(2):
        registry.applicants.refuse(one.code, hall="small", by="t", at=NOW)
    once = ["claim-issued", "claim-withdrawn", "applicant-approved", "applicant-refused"]
    assert sorted(whats(notes)) == sorted([*once, "settings-changed", "release-added"])


def test_a_move_is_told_at_both_positions_and_a_removal_where_it_was(engine: Engine, notes: Audit) -> None:
    registry = Registry(engine, [audit.of_registry])
    ((token, _),) = registry.create_claims([CALLER])
    device = registry.redeem(token, KEY, device_class="caller", now=NOW, certify=certify)
    registry.move(device.id, hall="small", position="caller-2", at=NOW, by="tech", why="rebuilt")
    registry.move(device.id, hall="small", position=None, at=NOW, by="tech")
    assert whats(notes, "caller-1") == ["claim-issued", "admitted", "removed"]
    assert notes.of("small", "caller-1")[0].detail == "→ caller-2 · rebuilt"
    assert whats(notes, "caller-2") == ["moved", "removed"]
    assert len(notes.of("small")) == 5


def test_what_is_of_no_hall_is_told_to_every_hall_and_to_no_position(engine: Engine, notes: Audit) -> None:
    Releases(engine).add(RELEASE)
    note(engine, NOW, hall="other")
    assert (whats(notes), whats(notes, "")) == (["release-added"], [])
    assert [one.what for one in notes.of("other")] == ["restart", "release-added"]


def test_what_is_too_old_is_forgotten_and_nothing_else(engine: Engine, notes: Audit) -> None:
    for days in (800, 731, 730, 1):
        note(engine, NOW - timedelta(days=days), position=f"caller-{days}")
    notes.forget(NOW - timedelta(days=730))
    assert [one.position for one in notes.of("small")] == ["caller-1", "caller-730"]


def test_words_that_are_too_long_are_cut(engine: Engine, notes: Audit) -> None:
    with engine.begin() as connection:
        audit.note(connection, hall="small", who="t" * 200, what="revoked", detail="w" * 5000, at=NOW)
    [one] = notes.of("small")
    assert (len(one.who), len(one.detail)) == (80, 400)
