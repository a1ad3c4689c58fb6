"""Routers, and routers into an application, without what it costs to look at each route before anybody asks for it."""

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import compile_path


class Route(APIRoute):
    """A route that is analysed when somebody first asks for it, or for the OpenAPI document.

    To read what an endpoint takes and gives costs FastAPI milliseconds for each of two hundred routes: most of the time
    that an application takes to be built. What is needed to find the route is here at once; `__getattr__` is asked only
    for what is not here yet, and has the rest made by FastAPI.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **told: Any) -> None:
        self._told: dict[str, Any] | None = told
        self.path, self.endpoint = path, endpoint
        self.methods = {method.upper() for method in told.get("methods") or ["GET"]}
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)

    def __getattr__(self, name: str) -> Any:
        told = self.__dict__.get("_told")
        if told is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._told = None
        super().__init__(self.path, self.endpoint, **told)
        return getattr(self, name)


class Router(APIRouter):
    """A router whose routes wait to be analysed."""

    def __init__(self, **told: Any) -> None:
        super().__init__(route_class=Route, **told)


def attach(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Their routes as they are, with the prefix and dependencies that each router gave them.

    `include_router` builds every route once more, which is half of the time and the memory that an application takes;
    a router here names its whole path itself.
    """
    for router in routers:
        app.router.routes.extend(router.routes)
