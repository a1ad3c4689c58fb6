"""How appointments are used, counted from a hall's own log in both databases."""

from datetime import date

import pytest

from hub.appointments.refusal import RefusedError
from hub.appointments.uptake import OfService, Uptakes
from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.storage.audit import Audit
from hub.storage.overbooking import Overbookings
from hub.storage.uptake import UptakeCounts
from tests.hub.appointments.booking import MONDAY, TUESDAY, WEDNESDAY, Office, office, open_office
from tests.support.hub import run

SLOTS = ("10:00", "12:00", "10:30", "11:30")


def uptakes_of(hall: Office) -> Uptakes:
    return Uptakes(hall.desk, UptakeCounts(hall.engine), Overbookings(hall.engine))


async def used(hall: Office) -> None:
    """Monday: four book for Tuesday. One moves to Wednesday, one cancels, one comes, one does not; two walk in."""
    coming = await hall.book("comes", slot="10:00")
    await hall.book("misses", slot="10:00")
    cancels, moves = await hall.book("cancels", slot="11:00"), await hall.book("moves", slot="11:00")
    await hall.cancel(cancels, reason="not-ready")
    await hall.move(moves, TUESDAY, WEDNESDAY, "10:00")
    hall.pass_(days=1, hours=2)
    await hall.desk.turn_day("small")
    await hall.desk.handle("small", ac.CheckIn(id="in", at=hall.now, by="t", source="http", code=coming.code))
    for ident in ("w1", "w2", "w3"):
        await hall.desk.handle("small", c.TakeTicket(id=ident, at=hall.now, by="t", source="http", service="A"))
    hall.pass_(days=1)
    await hall.desk.turn_day("small")


def test_each_counts_once_and_where_it_belongs(database) -> None:
    async def work() -> None:
        async with open_office(database, office()) as hall:
            await used(hall)
            found = await uptakes_of(hall).of("small", date.fromisoformat(MONDAY))
            (of_a,) = (one for one in found.services if one.service == "A")
            told = of_a.counts
            assert (told.tickets, told.by_appointment, told.appointment_rate) == (4, 1, 0.25)
            assert (told.kept, told.missed, told.cancelled, told.moved, told.open) == (1, 1, 1, 1, 1)
            assert dict(told.reasons) == {"not-ready": 1}
            assert (told.lead(0.5), told.lead(0.9)) == (26.0, 50.0), "from Monday 08:00"
            assert dict(found.days)[TUESDAY].fulfilment == 0.5
            assert found.total == told
            assert (of_a.estimate.due, of_a.estimate.missed, of_a.suggestion.why) == (2, 1, "few")

    run(work())


def test_what_was_accepted_is_room_for_so_many_more_and_no_more(tmp_path) -> None:
    async def work() -> None:
        async with open_office(tmp_path / "hub.db", office()) as hall:
            change = c.ChangeSettings(id="s", at=hall.now, by="boss", source="http", changes={"service.A.overbook": 1})
            assert not (await hall.desk.handle("small", change)).refused
            for person in ("a", "b", "c"):
                await hall.book(person)
            with pytest.raises(RefusedError, match="slot-full"):
                await hall.book("d")
            (day,) = (one for one in await hall.bookings.offers("small", "A") if one.day == TUESDAY)
            assert (day.slots[0].capacity, day.slots[0].free) == (3, 0)
            uptakes = uptakes_of(hall)
            (of_a,) = (one for one in (await uptakes.of("small")).services if one.service == "A")
            assert (of_a.accepted, of_a.suggestion.places) == (1, 2), "the suggestion is of the places alone"

    run(work())


def test_days_that_make_no_range_are_refused(tmp_path) -> None:
    async def work() -> None:
        async with open_office(tmp_path / "hub.db", office()) as hall:
            uptakes = uptakes_of(hall)
            for first, last in ((TUESDAY, MONDAY), ("2020-01-01", MONDAY)):
                with pytest.raises(RefusedError, match="bad-range"):
                    await uptakes.of("small", date.fromisoformat(first), date.fromisoformat(last))

    run(work())


def test_what_was_given_up_too_late_to_be_used_again_stayed_empty(database) -> None:
    """On Tuesday, with two hours as the limit: at the limit is in time, later is not; a place that somebody booked
    after all was used; what the hall cancelled nobody missed."""

    async def work() -> None:
        async with open_office(database, office()) as hall:
            names = ("in-time", "late", "started", "again")
            booked = {name: await hall.book(name, slot=slot) for name, slot in zip(names, SLOTS, strict=True)}
            hall.pass_(days=1)  # Tuesday, 08:00
            await hall.desk.turn_day("small")
            await hall.cancel(booked["in-time"], staff=True)  # for 10:00
            hall.pass_(hours=2, minutes=10)
            await hall.cancel(booked["late"], staff=True)  # 10:10, for 12:00
            await hall.cancel(booked["again"], staff=True, reason="not-ready")  # for 11:30
            hall.pass_(minutes=1)
            await hall.book("instead", slot="11:30")
            hall.pass_(minutes=24)
            await hall.cancel(booked["started"], staff=True)  # 10:35, for 10:30
            by_hall = await hall.book("by hall", slot="11:00")
            await hall.cancel(by_hall, staff=True, reason="hall")
            hall.pass_(days=1)
            await hall.desk.turn_day("small")
            uptakes = uptakes_of(hall)
            found = await uptakes.of("small", date.fromisoformat(MONDAY))
            (of_a,) = (one for one in found.services if one.service == "A")
            assert (of_a.counts.cancelled, of_a.counts.late, of_a.counts.missed) == (5, 2, 1)
            assert (of_a.estimate.due, of_a.estimate.missed, of_a.estimate.late) == (3, 3, 2)
            change = c.ChangeSettings(
                id="s", at=hall.now, by="boss", source="http", changes={"appointments.change_h": 0.0}
            )
            await hall.desk.handle("small", change)
            (of_a,) = (one for one in (await uptakes.of("small")).services if one.service == "A")
            assert (of_a.estimate.due, of_a.estimate.late) == (2, 1), "only after the slot began"

    run(work())


def test_who_accepted_more_places_is_known_though_the_days_carry_it_on(database) -> None:
    async def work() -> None:
        async with open_office(database, office()) as hall:
            uptakes = uptakes_of(hall)

            async def of_a() -> OfService:
                return next(one for one in (await uptakes.of("small")).services if one.service == "A")

            async def accept(ident: str, more: int | None) -> None:
                changes = {"service.A.overbook": more}
                change = c.ChangeSettings(id=ident, at=hall.now, by="boss", source="http", changes=changes)
                assert not (await hall.desk.handle("small", change)).refused

            await accept("first", 2)
            for _ in range(28):
                hall.pass_(days=1)
                await hall.desk.turn_day("small")
                assert hall.desk.today("small").settings["service.A.overbook"] == 2
                last = (await of_a()).acceptance
                assert (last.who, last.day, last.review) == ("boss", MONDAY, "2026-11-30")
            assert last.is_due
            for _ in range(2):
                await uptakes.keep("small", "A", "keep", "chief")
            last = (await of_a()).acceptance
            assert (last.who, last.day, last.is_due) == ("chief", "2026-11-30", False)
            await accept("back", None)
            assert (await of_a()).acceptance is None
            noted = [(one.who, one.what, one.detail) for one in Audit(hall.engine).of("small")]
            assert noted == [
                ("boss", "overbooking-withdrawn", "A"),
                ("chief", "overbooking-kept", "A · +2"),
                ("boss", "overbooking-accepted", "A · +2"),
            ]

    run(work())
