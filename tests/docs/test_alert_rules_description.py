"""docs/alerts.md lists the rules that the code has, with the values that it has; and its examples are what is sent."""

import json
import re
from pathlib import Path

from halls.alerts import DEFAULTS, KINDS
from halls.format import parse
from hub.alerts.alerts import SILENCE_MIN_MAX
from hub.alerts.courier import PATIENCE
from hub.alerts.messages import Data, Message
from hub.alerts.trying import DAYS, EVENTS_MAX
from hub.alerts.watching import KEPT
from hub.domain.alerts.past import SOURCES
from hub.storage.alert_routes import WAITING_MAX
from tests.support.day import SMALL

DOCUMENT = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")


def rows() -> list[str]:
    return [line for line in DOCUMENT.splitlines() if re.match(r"\| `[a-z-]+` \| .* \|.*\|.*\|.*\|.*\|.*\|", line)]


def test_the_table_of_rules_is_the_codes() -> None:
    told = []
    for one in DEFAULTS:
        about = KINDS[one.kind]
        cells = [
            f"`{one.kind}`", about.figure, " / ".join(about.per), about.only or "–", f"{one.raise_at:g}",
            f"{one.clear_at:g}", f"{one.raise_s:g}", f"{one.clear_s:g}",
            one.severity + ("" if one.enabled else ", off"), "yes" if one.open_only else "no", f"{one.escalate_min:g}",
        ]  # fmt: skip
        told.append(f"| {' | '.join(cells)} |")
    assert rows() == told


def test_what_it_says_of_files_is_taken() -> None:
    (rules, smtp) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    hall = parse(SMALL.read_text("utf-8") + "\n" + rules)
    assert {one.id for one in hall.alert} == {*KINDS, "machines-offline"}
    assert "password_file" in smtp


def test_its_message_has_the_members_that_are_sent() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    said = json.loads(example)
    assert set(said) == set(Message.__struct_fields__)
    assert set(said["data"]) == set(Data.__struct_fields__)


def test_its_figures_are_the_codes() -> None:
    assert f"kept for {KEPT.days}\ndays" in DOCUMENT
    assert "for a day; then" in DOCUMENT
    assert PATIENCE.days == 1
    assert f"most {WAITING_MAX} messages" in DOCUMENT
    assert SILENCE_MIN_MAX == 7 * 24 * 60


def test_it_says_of_every_kind_from_what_its_past_is_worked_out() -> None:
    section = DOCUMENT.partition("### Trying other values")[2].partition("\n## ")[0]
    for source in ("log", "ratings", ""):
        kinds = [kind for kind, one in SOURCES.items() if one == source]
        assert f"| {', '.join(f'`{kind}`' for kind in kinds)} |" in section
    assert f"{EVENTS_MAX:,} events" in section
    assert f"last {DAYS[0]} or {DAYS[1]} days" in section
