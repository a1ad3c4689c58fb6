"""The catalogues: both languages say the same things, and pages say nothing that is not in them."""

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import hub.web
from halls.items import Kind
from hub.domain import events as e
from hub.storage.accounts import ROLES
from hub.web import telling
from hub.web.texts import LANGUAGES
from tests.support.day import MORNING, small_hall
from wire.messages import CounterPhase

WEB = Path(hub.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
SCRIPTS = sorted((WEB / "static").glob("*.js"))
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
ZH, EN = LANGUAGES["zh"].entries, LANGUAGES["en"].entries


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_with_the_same_places_to_fill():
    assert set(ZH) == set(EN)
    assert {key for key in ZH if not fields(ZH[key]) ^ fields(EN[key]) <= {"name", "id"}} == set()


def test_english_texts_hold_no_chinese_but_the_name_of_the_other_language():
    assert {key for key, text in EN.items() if CHINESE.search(text)} == {"site.language"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_uses_known_keys_only(path):
    used = re.findall(r"\b(?:t|beside)\('([^']+)'(\s*~)?", path.read_text("utf-8"))
    assert used or path.name in ("layout.html", "boards.html")  # the second has names alone
    for key, more in used:
        known = any(one.startswith(key) for one in ZH) if more else key in ZH
        assert known, f"{path.name} says {key!r}, which no catalogue has"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_uses_known_keys_only(path):
    source = path.read_text("utf-8")
    for key in re.findall(r'\btext\(\s*"([^"]+)"', source) + re.findall(r'text\([^)]*?\? "([^"]+)" :', source):
        assert key in ZH, f"{path.name} says {key!r}, which no catalogue has"
    for prefix in re.findall(r"\btext\(`([^$`]+)\$", source):
        assert any(key.startswith(prefix) for key in ZH), f"{path.name} says {prefix!r}…, which no catalogue has"


@pytest.mark.parametrize("path", [*TEMPLATES, *SCRIPTS, *sorted(WEB.rglob("*.py"))], ids=lambda path: path.name)
def test_no_chinese_stands_outside_the_catalogues(path):
    source = path.read_text("utf-8")
    if path.name == "board.js":
        source = source.replace("3号窗口", "")  # a comment shows what a counter's name looks like
    assert not CHINESE.search(source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_script_or_style_that_the_content_policy_forbids(path):
    source = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", source)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", source))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', source)


def test_everything_that_the_domain_can_say_has_words():
    for phase in get_args(CounterPhase):
        assert {f"phase.{phase}", f"counter.since_{phase}"} - {"counter.since_called"} <= set(ZH)
    assert {f"kind.{kind}" for kind in get_args(Kind)} <= set(ZH)
    assert {f"role.{role}" for role in ROLES} <= set(ZH)
    tags = {kind.__struct_config__.tag for kind in get_args(e.AnyEvent)} - {"refused"}
    assert {f"event.{tag}" for tag in tags} <= set(ZH)


def test_no_text_lies_unused():
    sources = "".join(path.read_text("utf-8") for path in [*TEMPLATES, *SCRIPTS, *sorted(WEB.rglob("*.py"))])
    prefixes = set(re.findall(r"""["'`]([a-z]+\.[a-z_-]*)(?:\$\{|\{|' ~)""", sources))
    prefixes |= {"counter.done_", "devices.", "monitor."}
    unused = {key for key in ZH if key not in sources and not any(key.startswith(prefix) for prefix in prefixes)}
    assert unused == set()


@pytest.mark.parametrize(("language", "sentence"), [
    ("zh", "A001 评价原因：未在承诺时间内办结；窗口人员业务不熟练"),
    ("en", "A001 rated because: Not done in promised time; Staff not skilled enough"),
])  # fmt: skip
def test_reasons_are_told_in_words_not_in_codes(language, sentence):
    given = e.ReasonsGiven(
        at=MORNING, by="evaluator-1", source="mqtt", command="evaluator-1/b-2", ask="2026-01-05.A001",
        rating="evaluator-1/b-1", number="A001", counter="1", clerk="1001", reasons=("209", "213"),
    )  # fmt: skip
    assert telling.told(LANGUAGES[language], small_hall(), given) == sentence
