"""What the touch page may say to its agent, over its real door, and what is refused."""

import json
from typing import Any

import httpx
import pytest

from edge.runtime.device import Input
from edge.ticket_printer.events import CodeScanned, ServiceChosen, WishDropped, WithoutCard
from tests.edge.ticket_printer.touch.conftest import Stage


def say(stage: Stage, body: Any) -> httpx.Response:
    return httpx.post(f"{stage.url}touch", json=body)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ({"do": "choose", "letter": "A"}, ServiceChosen(at=7.0, letter="A")),
        (
            {"do": "choose", "letter": "A", "more": ["B", "C"], "priority": "elder", "voice": True},
            ServiceChosen(at=7.0, letter="A", more=("B", "C"), priority="elder", voice=True),
        ),
        ({"do": "code", "code": "TX-1"}, CodeScanned(at=7.0, code="TX-1")),
        ({"do": "no-card"}, WithoutCard(at=7.0)),
        ({"do": "back"}, WishDropped(at=7.0)),
    ],
)
def test_each_thing_that_a_citizen_does_is_an_input_of_its_own(stage: Stage, said: Any, heard: Input) -> None:
    assert say(stage, said).status_code == 204
    assert stage.touch() == heard


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"do": "choose", "letter": "a"}, "$.letter"),
        ({"do": "choose", "letter": "AB"}, "$.letter"),
        ({"do": "choose"}, "letter"),
        ({"do": "choose", "letter": "A", "more": ["B"] * 21}, "$.more"),
        ({"do": "choose", "letter": "A", "person": "110101199003070038"}, "person"),
        ({"do": "code", "code": ""}, "$.code"),
        ({"do": "code", "code": "x" * 201}, "$.code"),
        ({"do": "format-disk"}, "format-disk"),
        ({"letter": "A"}, "do"),
        ([], "Expected `object`"),
    ],
)
def test_anything_else_is_refused_by_name_and_nothing_happens(stage: Stage, said: Any, words: str) -> None:
    answer = say(stage, said)
    assert answer.status_code == 400
    assert words in answer.text
    assert stage.part.health()["panel_refused"] == 1
    assert stage._inputs.empty()


def test_the_page_is_never_told_the_number_of_anybody_s_card(stage: Stage) -> None:
    """What it can show is in `PanelState`, and that has a masked name alone."""
    with httpx.stream("GET", f"{stage.url}state") as answer:
        data = next(line for line in answer.iter_lines() if line.startswith("data: {"))
    shown = json.loads(data.removeprefix("data: "))["panel"]
    assert {"name"} == {key for key in shown if key in ("name", "person", "identity")}
