"""What follows the log does its work once for each event, whoever reads and how often, and writes seldom."""

import asyncio

import pytest
from sqlalchemy import Column, MetaData, String, Table, insert, select

from hub.domain.appointment_events import AppointmentBooked
from hub.follower import Follower
from hub.storage.checkpoint import Checkpoint
from hub.storage.schema_platform_hooks import webhook_position
from tests.hub.appointments.booking import open_office
from tests.support.hub import run

SLOTS = ("09:00", "10:00", "11:00", "14:00")
DONE = Table("what_was_done", MetaData(), Column("code", String(20)))


class KilledError(BaseException):
    pass


class Booked(Follower[str]):
    """Notes the codes of what is booked; of those of `vain` nothing is to be done."""

    def __init__(self, office, vain=()):
        super().__init__("a test", office.desk)
        self.office, self.vain, self.then = office, vain, []
        self.killed = False
        self.place = Checkpoint(office.engine, webhook_position, name="read")

    def position(self):
        with self.office.engine.begin() as connection:
            return self.place.begin(connection, 0)

    async def find(self, recorded):
        booked = [one.event for one in recorded if isinstance(one.event, AppointmentBooked)]
        return [one.code for one in booked if one.person not in self.vain]

    def store(self, before, after, found):
        with self.place.advance(before, after) as connection:
            for code in found:
                connection.execute(insert(DONE).values(code=code))
            if self.killed:
                raise KilledError
        return lambda: self.then.extend(found)

    def done(self):
        with self.office.engine.connect() as connection:
            return list(connection.scalars(select(DONE.c.code)))

    def written(self):
        with self.office.engine.connect() as connection:
            return self.place.position(connection)


async def followers(office, many, **more):
    with office.engine.begin() as connection:
        DONE.create(connection)
    return [await begun(Booked(office, **more)) for _ in range(many)]


async def begun(follower):
    await follower.begin()
    return follower


def test_of_several_processes_one_does_the_work_and_one_is_told(database):
    async def story():
        async with open_office(database) as office:
            three = await followers(office, 3)
            codes = [(await office.book(f"p{n}", slot=SLOTS[n])).code for n in range(3)]
            await asyncio.gather(*(one.catch_up() for one in three))
            assert three[0].done() == codes
            assert sorted(code for one in three for code in one.then) == sorted(codes)
            assert {one.reached for one in three} == {three[0].written()} == {office.desk.position}

    run(story())


def test_who_is_killed_before_the_end_has_done_nothing_and_another_goes_on(database):
    async def story():
        async with open_office(database) as office:
            (one,) = await followers(office, 1)
            code = (await office.book()).code
            one.killed = True
            with pytest.raises(KilledError):
                await one.catch_up()
            assert (one.done(), one.written(), one.then) == ([], 0, [])
            other = await begun(Booked(office))
            await other.catch_up()
            assert (other.done(), other.then) == ([code], [code])
            one.killed = False  # it was only slow
            await one.catch_up()
            assert (one.done(), one.then) == ([code], [])

    run(story())


def test_what_is_read_in_vain_is_written_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.follower.UNWRITTEN_MAX", 3)

    async def story():
        async with open_office(tmp_path) as office:
            (one,) = await followers(office, 1, vain=("a", "b", "c", "d"))
            written = []
            for n, person in enumerate("abcd"):
                await office.book(person, slot=SLOTS[n])
                await one.catch_up()
                written.append(one.written())
            assert written == [0, 0, 3, 3]
            assert one.reached == 4
            assert one.done() == []
            again = await begun(Booked(office))
            await again.catch_up()
            assert len(again.done()) == 1, "what was read in vain since is read again"

    run(story())
