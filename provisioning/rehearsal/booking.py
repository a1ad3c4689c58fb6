"""Citizens who booked: through a platform by the open interface, and a slot of today, for a rehearsal ends on the day
it began.

Some come in time, some too early, some when it is over, some never.
"""

import asyncio
import random
import secrets
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

import httpx
import msgspec

from edge.protocols.id_number import check_character
from edge.ticket_printer.mind import words
from halls.format import Hall, Service
from provisioning.rehearsal.places import Machine
from provisioning.rehearsal.platform import Platform

Coming: TypeAlias = Literal["in-time", "early", "late", "never"]

SETTINGS: dict[str, Any] = {
    "appointments.slot_min": 5,
    "appointments.early_min": 30.0,
    "appointments.late_min": 1.0,
}
"""Short slots, of which a bounded run sees some; who may come half an hour early has one at once."""
_PLACES = 200  # in each slot: who is booked here comes over the day, and within minutes
_SHARES: dict[Coming, float] = {"in-time": 0.84, "early": 0.06, "late": 0.04, "never": 0.06}
_EARLY = timedelta(minutes=40)  # so far ahead nobody can check in
_SURE = timedelta(minutes=25)  # within this everybody can
_PATIENCE_S = 20.0


class Kept(msgspec.Struct):
    """An appointment as its citizen knows it. `number`: what they were given for it; `said`: the machine's words to who
    got nothing."""

    code: str
    coming: Coming
    slot_at: datetime
    number: str = ""
    said: str = ""
    came: bool = False


def settings(hall: Hall) -> dict[str, Any]:
    booked = [one.letter for one in hall.service if one.appointment]
    return {**SETTINGS, **{f"service.{letter}.slot_places": _PLACES for letter in booked}}


class Booking:
    """`kept`: all that was booked, by code. `secret`: the platform's."""

    def __init__(self, base: str, secret: str, hall: Hall, seed: int) -> None:
        self._client = httpx.AsyncClient(base_url=base, auth=Platform(base, secret), timeout=10)
        self._api = f"/api/v1/platform/halls/{hall.hall.id}"
        self._chance = random.Random(f"booking {seed}")
        self.kept: dict[str, Kept] = {}
        self._people = 0
        self._run = secrets.token_hex(8)  # the hub may know keys of a rehearsal before

    async def book(self, service: Service) -> Kept | None:
        """None: nothing could be booked, or the hub is away: then they just come."""
        coming = self._chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        self._people += 1
        try:
            slot = await self._slot(service, coming)
            if slot is None:
                return None
            person = {"number": _number(self._people), "name": "测试"}
            body = {"service": service.letter, "day": f"{slot:%Y-%m-%d}", "slot": f"{slot:%H:%M}", "person": person}
            key = {"Idempotency-Key": f"{self._run}-{self._people}"}
            answer = await self._client.post(f"{self._api}/appointments", json=body, headers=key)
        except httpx.HTTPError:
            return None
        if answer.is_error:
            return None
        one = Kept(str(answer.json()["code"]), coming, slot)
        self.kept[one.code] = one
        return one

    async def close(self) -> None:
        await self._client.aclose()

    async def _slot(self, service: Service, coming: Coming) -> datetime | None:
        """For who comes late or never the next one, which is over first."""
        answer = await self._client.get(f"{self._api}/offers", params={"service": service.letter})
        if answer.is_error:
            return None
        now = datetime.now().astimezone()
        today = answer.json()["days"][0]["slots"]
        free = [at for at in (datetime.fromisoformat(one["at"]) for one in today if one["free"]) if at > now]
        if coming == "early":
            return next((at for at in free if at > now + _EARLY), None)
        near = [at for at in free if at < now + _SURE]
        return (self._chance.choice(near) if coming == "in-time" else near[0]) if near else None


async def check_in(one: Kept, machine: Machine) -> str | None:
    """The number, or None: then they take a ticket like anybody else."""
    one.came = True
    number, one.said = await machine.scan(f"TXA:{one.code}", _PATIENCE_S)
    one.number = number or ""
    return number


async def wait_until_over(one: Kept) -> None:
    """Until it is too late to check in."""
    over = one.slot_at + timedelta(minutes=SETTINGS["appointments.late_min"], seconds=2)
    await asyncio.sleep(max(0.0, (over - datetime.now().astimezone()).total_seconds()))


def was_turned_away(one: Kept) -> bool:
    """By the hub's rules; a hub that is away, or a machine that cannot print, is no such thing."""
    return bool(one.said) and one.said != words.NO_CHECK_IN and not one.said.startswith("打印机")


def _number(count: int) -> str:
    """An identity number of nobody, another one for each."""
    born = date(1980, 1, 1) + timedelta(days=count // 1000)
    digits = f"000000{born:%Y%m%d}{count % 1000:03d}"
    return digits + check_character(digits)
