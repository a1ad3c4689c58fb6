"""Accounts and tokens, for administrators."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.routes import Router
from hub.storage import accounts as stored
from hub.storage.accounts import PASSWORD_MAX, PASSWORD_MIN, Accounts, Identity, Role

Password = Annotated[str, Field(min_length=PASSWORD_MIN, max_length=PASSWORD_MAX)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAccount(_Asked):
    """`clerk`: the work number, for the role clerk. Without `password` one is made up and told once."""

    name: str = Field(max_length=64)
    role: Role
    clerk: str = Field("", max_length=16)
    password: Password | None = None


class AccountChange(_Asked):
    disabled: bool | None = None
    password: Password | None = None


class Account(BaseModel):
    name: str
    role: Role
    clerk: str
    disabled: bool
    created_at: datetime

    @classmethod
    def of(cls, account: stored.Account) -> "Account":
        return cls.model_validate(account, from_attributes=True)


class CreatedAccount(Account):
    """`password`: made up by the hub, told this once; null when it was given."""

    password: str | None = None


class NewToken(_Asked):
    name: str = Field(max_length=64)
    role: Role
    days: int = Field(90, ge=1, le=3650)


class Token(BaseModel):
    id: str
    name: str
    role: Role
    expires_at: datetime | None
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, token: stored.Token) -> "Token":
        return cls.model_validate(token, from_attributes=True)


class CreatedToken(Token):
    """`token`: send it as `Authorization: Bearer …`. It is told this once."""

    token: str


def administration(desk: Desk, accounts: Accounts, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1", tags=["administration"], dependencies=[Depends(gate.need("administrator"))])

    @router.get("/accounts", operation_id="listAccounts", responses=refusals(401, 403))
    async def list_accounts() -> list[Account]:
        """Every account, disabled ones too."""
        return [Account.of(account) for account in await to_thread.run_sync(accounts.all)]

    @router.post("/accounts", operation_id="createAccount", status_code=201, responses=refusals(401, 403, 409, 422))
    async def create_account(body: NewAccount) -> CreatedAccount:
        """An account's name can never be given to somebody else: the log names it."""
        password = body.password or secrets.token_urlsafe(12)
        made = await to_thread.run_sync(accounts.create, body.name, body.role, password, desk.now(), body.clerk)
        told = None if body.password else password
        return CreatedAccount(**Account.of(made).model_dump(), password=told)

    @router.patch("/accounts/{name}", operation_id="changeAccount", responses=refusals(401, 403, 404, 409, 422))
    async def change_account(name: str, body: AccountChange) -> Account:
        """Disable, enable, or give a new password. The account's sessions end."""
        change = await to_thread.run_sync(lambda: accounts.change(name, disabled=body.disabled, password=body.password))
        return Account.of(change)

    @router.get("/tokens", operation_id="listTokens", responses=refusals(401, 403))
    async def list_tokens() -> list[Token]:
        """Every token that was not revoked; never the secrets."""
        return [Token.of(token) for token in await to_thread.run_sync(accounts.tokens)]

    @router.post("/tokens", operation_id="createToken", status_code=201, responses=refusals(401, 403, 422))
    async def create_token(
        body: NewToken, who: Annotated[Identity, Depends(gate.need("administrator"))]
    ) -> CreatedToken:
        """A token for a program. The log names it `token:NAME`."""
        lasts = timedelta(days=body.days)
        token, secret = await to_thread.run_sync(
            accounts.issue_token, body.name, body.role, desk.now(), who.name, lasts
        )
        return CreatedToken(**Token.of(token).model_dump(), token=secret)

    @router.delete("/tokens/{ident}", operation_id="revokeToken", status_code=204, responses=refusals(401, 403, 404))
    async def revoke_token(ident: str) -> None:
        """At once, for good."""
        await to_thread.run_sync(accounts.revoke, ident)

    return router
