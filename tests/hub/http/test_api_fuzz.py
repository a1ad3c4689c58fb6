"""The API against its own OpenAPI document: whatever is sent, the answer is one that the document describes."""

import hashlib
import itertools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.domain import commands as c
from hub.storage.content import Media, Plan, Playlist, Shown
from tests.hub.cases.rated import open_case
from tests.hub.web.conftest import Pages
from tests.support.files import FILES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("TINGXU_FUZZ", "12"))  # of each operation
PNG = (FILES / "one.png").read_bytes()
PICTURE = hashlib.sha256(PNG).hexdigest()
PLAYLIST = hashlib.sha256(b"http/root/fuzz").hexdigest()[:16]
ENDLESS = "readEvents"  # a stream; it has tests of its own
KNOWN = {  # what random text would never find
    "hall": ["small"],
    "counter": ["1", "2"],
    "number": ["A001", "A002", "B001", "VA003"],
    "service": ["A", "B"],
    "priority": ["", "elder"],
    "to": ["", "1", "2"],
    "clerk": ["", "1001", "1002"],
    "position": ["tv-1"],
    "areas": [[], ["lobby"]],
    "screens": [[], ["tv-1"]],
    "items": [[], [{"sha256": PICTURE}], [{"sha256": PICTURE, "duration_s": 5}]],
    "sha256": [PICTURE],
    "ident": [PLAYLIST],
    "case": ["2026-01-05.A001"],
    "version": [1, 2, 3],
    "at": ["2026-01-05T09:00:00", "2026-01-05T09:00:00+08:00"],
}
CHANGES = [
    {"policy.recalls_max": 7},
    {"policy.recalls_max": None},
    {"service.A.cap_day": 0},
    {"policy.undo_s": "long"},
    {"counter.1.services": ["B", "A"], "service.Z.cap_day": 1},
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A hub at work, so that there is something to find."""
    pages = Pages(tmp_path_factory.mktemp("fuzz"))
    for service in "AAAB":
        pages.take(service)
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.do(c.CallNext, counter="1")
    publish(pages)
    open_case(pages.parts.cases.stored)
    yield pages
    pages.close()


def publish(pages: Pages) -> None:
    """Something for the screens."""
    content, at = pages.screens.content, datetime.now(UTC)
    (pages.screens.files.path(PICTURE).parent).mkdir()
    pages.screens.files.path(PICTURE).write_bytes(PNG)
    content.add(Media(sha256=PICTURE, name="one.png", type="image/png", size=len(PNG), added_at=at, added_by="root"))
    about = {"id": PLAYLIST, "hall": "small", "name": "one", "changed_at": at, "changed_by": "root"}
    content.save(Playlist(plan=Plan(), items=(Shown(sha256=PICTURE),), **about))
    pages.screens.load("small", at)


@pytest.fixture(scope="module")
def document(pages: Pages) -> dict[str, Any]:
    return httpx.get(f"{pages.url}/api/v1/openapi.json").json()


def sensible(case: schemathesis.Case, data: st.DataObject) -> schemathesis.Case:
    """The things that the hall has in the place of random text: all of them half of the time, else most."""
    body = case.body if isinstance(case.body, dict) else {}
    everything = data.draw(st.booleans())
    for values in (case.path_parameters or {}, case.query or {}, body):
        for name in [name for name in values if name in KNOWN and (everything or data.draw(st.integers(0, 3)))]:
            values[name] = data.draw(st.sampled_from(KNOWN[name]))
    if case.operation.label.startswith("PATCH") and "settings" in case.operation.path and data.draw(st.integers(0, 3)):
        case.body = data.draw(st.sampled_from(CHANGES))
    if isinstance(case.body, bytes) and data.draw(st.booleans()):
        case.body = PNG
    return case


def fuzz(url: str, document: dict[str, Any], headers: dict[str, str], examples: int) -> dict[str, set[int]]:
    """Which statuses each operation answered with. Fails at the first answer that is not as described."""
    schema = schemathesis.openapi.from_dict(document)
    met: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if name == ENDLESS:
            continue

        @settings(
            max_examples=examples,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), data=st.data())
        def ask(case: schemathesis.Case, data: st.DataObject) -> None:
            case = sensible(case, data)
            answer = case.call(base_url=url, headers=headers)
            case.validate_response(answer, checks=CHECKS, headers=headers)
            met.setdefault(name, set()).add(answer.status_code)  # noqa: B023  called before the next round

        ask()
    return met


def test_an_administrator_gets_only_answers_that_are_described(pages: Pages, document: dict[str, Any]) -> None:
    pages.account("root")
    _, secret = pages._accounts.issue_token("fuzz", "administrator", datetime.now(UTC), "root")
    met = fuzz(pages.url, document, {"Authorization": f"Bearer {secret}"}, EXAMPLES)
    operations = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert set(met) == set(operations) - {ENDLESS}
    done = {name for name, statuses in met.items() if min(statuses) < 300}
    assert {"getSettings", "changeSettings", "takeTicket", "getTicket", "whyTicket", "callNext"} <= done
    about_screens = {"addMedia", "readMedia", "createPlaylist", "changePlaylist", "deletePlaylist", "beginEmergency"}
    assert about_screens | {"listScreens", "previewScreen", "readPlays", "listMedia", "listEmergencies"} <= done
    assert {"listRatingCases", "getRatingCase", "getRatingMeasures"} <= done
    refused = set(itertools.chain.from_iterable(met.values()))
    assert {404, 409, 422} <= refused


def test_nobody_gets_only_answers_that_are_described_and_nothing_is_done(
    pages: Pages, document: dict[str, Any]
) -> None:
    before = pages.desk.position
    met = fuzz(pages.url, document, {}, max(3, EXAMPLES // 4))  # turned away before anything is read
    open_to_all = {name for name, statuses in met.items() if not statuses & {401, 403, 429}}
    assert open_to_all <= {"getQueue"}
    assert pages.desk.position == before
