"""People's data by API: shown in full for a reason, erased on their wish. Both are a manager's, and in the audit.

Persons are given by their identity number in the body of the request: no address has it.
"""

import uuid
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.appointments.bookings import Stamp
from hub.appointments.erasing import Erasing
from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.media import LINE
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.people.vault import Vault
from hub.pseudonyms import Pseudonyms
from hub.storage.accounts import Identity

_Number = Annotated[str, Field(min_length=1, max_length=40, description="An identity number, as on the document.")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RevealBody(_Asked):
    person: _Number
    reason: str = Field(min_length=1, max_length=200, pattern=LINE, description="Why; it stands in the audit.")


class EraseBody(_Asked):
    person: _Number


class WholePerson(BaseModel):
    name: str
    number: str
    phone: str
    kind: str


def people(desk: Desk, vault: Vault, erasing: Erasing, pseudonyms: Pseudonyms, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/people", tags=["people"])
    decides = gate.need(*MAY_CHANGE)

    @router.post("/reveal", operation_id="revealPerson", responses=refusals(400, 401, 403, 404, 422))
    async def reveal(
        hall: str, body: RevealBody, response: Response, who: Annotated[Identity, Depends(decides)]
    ) -> WholePerson:
        """Name, number and phone unmasked. Noted before they are shown: by whom, and why."""
        desk.today(hall)
        if not (why := body.reason.strip()):
            raise ProblemError("reason-missing")
        person, now = pseudonyms.of(body.person), desk.now()
        full = await to_thread.run_sync(lambda: vault.reveal(person, by=who.name, why=why, now=now))
        if full is None:
            raise ProblemError("unknown-person", "nobody with this number is in the vault")
        response.headers["Cache-Control"] = "no-store"
        return WholePerson(name=full.name, number=full.number, phone=full.phone, kind=full.kind)

    @router.post(
        "/erase", operation_id="erasePerson", status_code=204, responses=refusals(400, 401, 403, 404, 422, 503)
    )
    async def erase(hall: str, body: EraseBody, who: Annotated[Identity, Depends(decides)]) -> None:
        """On the person's wish. What they have open in any hall is cancelled first; tickets and what was stay as a
        pseudonym's. Asked again, nothing more happens."""
        desk.today(hall)
        stamp = Stamp(id=f"http/{who.ident}/{uuid.uuid4().hex}", at=desk.now(), by=who.name)
        await erasing.erase(pseudonyms.of(body.person), stamp, who.name)

    return router
