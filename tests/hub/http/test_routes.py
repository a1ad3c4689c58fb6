"""Routes are analysed when they are first asked for: a hub starts sooner, and answers as if it had been at once."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from hub.http.routes import Route, Router, attach
from tests.hub.http.visitors import visitor
from tests.hub.web.conftest import Pages

pytestmark = pytest.mark.anyio


class Wish(BaseModel):
    letter: str
    times: int = 1


def named(hall: str) -> str:
    """What a route depends on."""
    return hall.upper()


def served(router: APIRouter) -> FastAPI:
    @router.get("/{hall}")
    async def look(hall: Annotated[str, Depends(named)]) -> dict[str, str]:
        """Looks at a hall."""
        return {"hall": hall}

    @router.post("/{hall}/tickets", operation_id="takeTicket", status_code=201, responses={409: {"model": Wish}})
    async def take(hall: str, wish: Wish) -> list[Wish]:
        return [wish] * wish.times

    app = FastAPI()
    attach(app, [router])
    return app


def told() -> dict[str, object]:
    return {"prefix": "/halls", "tags": ["halls"], "responses": {404: {"description": "no such hall"}}}


def waiting(app: FastAPI) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, Route) and route.__dict__["_told"] is not None]


async def test_a_route_is_analysed_when_it_is_first_asked_for_and_no_other_is():
    app = served(Router(**told()))
    assert waiting(app) == ["/halls/{hall}", "/halls/{hall}/tickets"]
    async with visitor(app) as client:
        for _ in range(2):
            assert (await client.get("/halls/small")).json() == {"hall": "SMALL"}
    assert waiting(app) == ["/halls/{hall}/tickets"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/halls/small", None),
        ("HEAD", "/halls/small", None),
        ("DELETE", "/halls/small", None),
        ("GET", "/halls/small/tickets", None),
        ("POST", "/halls/small/tickets", {"letter": "A", "times": 2}),
        ("POST", "/halls/small/tickets", {"times": "many"}),
        ("GET", "/elsewhere", None),
    ],
)
async def test_it_answers_as_one_that_was_analysed_at_once(method, path, body):
    answers = []
    for router in (Router(**told()), APIRouter(**told())):
        async with visitor(served(router)) as client:
            answer = await client.request(method, path, json=body)
            answers.append((answer.status_code, answer.headers, answer.content))
    assert answers[0] == answers[1]


def test_it_is_described_as_one_that_was_analysed_at_once():
    assert served(Router(**told())).openapi() == served(APIRouter(**told())).openapi()


def test_it_has_a_name_and_a_way_to_it_before_it_is_analysed():
    app = served(Router(**told()))
    assert app.url_path_for("look", hall="small") == "/halls/small"
    assert not hasattr(app.routes[-1], "nothing_of_the_kind")
    assert "take" in repr(app.routes[-1])


def test_a_mistake_in_any_route_of_the_hub_is_found_here_and_not_by_the_first_who_asks(tmp_path):
    pages = Pages(tmp_path)
    try:
        routes = [one.original_route for one in iter_route_contexts(pages.app.routes)]
        analysed = [route.dependant for route in routes if isinstance(route, APIRoute)]
        assert len(analysed) > 150
        assert waiting(pages.app) == []
    finally:
        pages.close()
