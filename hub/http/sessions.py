"""Logging in and out, and asking who one is."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.routes import Router
from hub.storage.accounts import PASSWORD_MAX, Identity, Role


class LogIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=64)
    password: str = Field(max_length=PASSWORD_MAX)


class Who(BaseModel):
    """Who is asking. `clerk`: work number, or empty."""

    name: str
    role: Role
    via: Literal["session", "token"]
    clerk: str

    @classmethod
    def of(cls, who: Identity) -> "Who":
        assert who.role != "platform", "no gate lets those in here"
        return cls(name=who.name, role=who.role, via=who.via, clerk=who.clerk)


def sessions(gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1", tags=["session"])

    @router.post("/session", operation_id="logIn", responses=refusals(401, 403, 422, 429))
    async def log_in(request: Request, response: Response, body: LogIn) -> Who:
        """Log in with name and password. The session is a cookie; it ends after 12 hours without a request."""
        return Who.of(await gate.log_in(request, response, body.name, body.password))

    @router.get("/session", operation_id="whoAmI", responses=refusals(401))
    async def who_am_i(who: Annotated[Identity, Depends(gate.need())]) -> Who:
        """Who is asking, by the cookie or the token."""
        return Who.of(who)

    @router.delete("/session", operation_id="logOut", status_code=204, responses=refusals(401, 403))
    async def log_out(request: Request, response: Response, _who: Annotated[Identity, Depends(gate.need())]) -> None:
        """End the cookie's session. A token is revoked, not logged out."""
        await gate.log_out(request, response)

    return router
