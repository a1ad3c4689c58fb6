"""Commands that are reached as the last part of an address, each by a POST of its own."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple

from fastapi import Body
from pydantic import BaseModel, ConfigDict

from hub.http.routes import Router


class Nothing(BaseModel):
    """No further members."""

    model_config = ConfigDict(extra="forbid")


class Action(NamedTuple):
    """Its command, whose tag is the last part of the address; and what is sent with it."""

    command: type[Any]  # of hub.domain.commands
    operation: str
    about: str
    body: type[BaseModel] = Nothing

    @property
    def name(self) -> str:
        return str(self.command.__struct_config__.tag)


def add_action(
    router: Router, action: Action, answer: Callable[..., Awaitable[Any]], path: str = "", **more: Any
) -> None:
    """`answer` has a parameter `body`, None unless it is sent; the framework reads from its signature what that is."""
    needed = any(field.is_required() for field in action.body.model_fields.values())
    answer.__annotations__["body"] = Annotated[action.body if needed else action.body | None, Body()]
    answer.__defaults__ = None if needed else (None,)
    router.add_api_route(
        f"{path}/{action.name}",
        answer,
        methods=["POST"],
        operation_id=action.operation,
        name=action.operation,
        description=action.about,
        **more,
    )
