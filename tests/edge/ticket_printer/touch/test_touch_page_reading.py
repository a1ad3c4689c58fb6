"""Whether people can read and hit what is on the touch page: letters, contrast, targets, and nothing outside."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from edge.ticket_printer.events import PanelState, Printer
from tests.edge.ticket_printer.touch.conftest import LANDSCAPE, PORTRAIT, READY, SLIP, Stage
from tests.edge.ticket_printer.touch.test_touch_page_steps import tap

TEXT_PX, TARGET_PX, CONTRAST = 30, 60, 4.5

# What is amiss with whatever can be seen now. Contrast as WCAG 2.1 has it (1.4.3), against the nearest ground.
_AMISS = """
({TEXT_PX, TARGET_PX, CONTRAST}) => {
  const amiss = [];
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.closest("svg")) continue;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const name = `${element.tagName}.${element.className} ${element.textContent.slice(0, 20)}`;
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (own) {
      const pair = [light(style.color), light(ground(element))].sort((a, b) => b - a);
      const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
      if (parseFloat(style.fontSize) < TEXT_PX) amiss.push(`${name}: letters of ${style.fontSize}`);
      if (ratio < CONTRAST) amiss.push(`${name}: contrast ${ratio.toFixed(2)}`);
      const cut = style.textOverflow === "ellipsis" || style.display === "inline";
      if (element.scrollWidth > element.clientWidth + 2 && !cut)
        amiss.push(`${name}: its text runs out of it`);
    }
    if (element.matches("button, input")) {
      if (box.width < TARGET_PX || box.height < TARGET_PX) amiss.push(`${name}: ${box.width} x ${box.height}`);
      if (!(element.textContent.trim() || element.getAttribute("aria-label"))) amiss.push(`${name}: has no name`);
      if (!element.closest(".scroll") && (box.bottom > innerHeight || box.top < 0))
        amiss.push(`${name}: outside, ${box.top} to ${box.bottom}`);
    }
    if (box.right > innerWidth + 1 || box.left < -1) amiss.push(`${name}: wider than the screen`);
  }
  for (const place of document.querySelectorAll("section, .middle")) // 5: room for focus rings
    if (place.scrollHeight > place.clientHeight + 5 && place.checkVisibility())
      amiss.push(`${place.className}: ${place.scrollHeight} px in ${place.clientHeight}`);
  if (!document.querySelector("h1")) amiss.push("no title");
  return amiss;
}
"""
# Where the highest thing begins that can be touched: what was scrolled away cannot.
_HIGHEST = """
Math.min(...[...document.querySelectorAll("button, input")].filter((one) => one.checkVisibility()).map((one) =>
  Math.max(one.getBoundingClientRect().top, one.closest(".scroll")?.getBoundingClientRect().top ?? 0)))
"""
STATES: dict[str, PanelState] = {
    "card": replace(READY, doing="card", letter="A", words="请将身份证放在读卡区 Put your card on the reader", said=1),
    "working": replace(READY, doing="asking", letter="A"),
    "ticket": replace(READY, ticket=SLIP, outcome="printed"),
    "own": replace(
        READY, online=False, outcome="unknown",
        ticket=replace(SLIP, number="AK07", ahead=-1, more=(), warnings=(), name_masked=""),
    ),
    "words": replace(READY, words="该业务暂未开放 This service is closed at the moment", said=2),
    "paper": replace(READY, printer=Printer("paper out")),
    "starting": PanelState(),
}  # fmt: skip


def click(page: Page, *keys: str) -> None:
    """Without a finger's patience: here it matters what is seen, not how one comes to it."""
    for key in keys:
        page.evaluate("(key) => document.querySelector(`[data-key='${key}']`).click()", key)


def screens(page: Page, stage: Stage) -> Iterator[str]:
    """Every screen in turn; its name, once it is there."""
    yield "home"
    click(page, "社保中心")
    yield "centre"
    click(page, "G")
    yield "take"
    if page.locator('[data-key="add"]').count():
        click(page, "add", "H")
        yield "add"
        click(page, "added")
        yield "take and more"
    while page.locator('[data-key="back"]').count():
        click(page, "back")
    click(page, "check-in")
    yield "check-in"
    click(page, "back")
    if page.locator('[data-key="search"]').count():
        click(page, "search")
        yield "search"
        click(page, "key-S", "key-B")
        yield "found"
        click(page, "back", "guide")
        yield "guide"
        click(page, "back")
    for name, state in STATES.items():
        stage.show(state)
        expect(page.locator("#notices" if name == "paper" else f".at-{at(name)}")).to_be_visible()
        yield name


def at(name: str) -> str:
    return {"own": "ticket"}.get(name, name)


@pytest.mark.parametrize(
    ("size", "looks", "reach"),
    [
        (LANDSCAPE, "", 0.0),
        (LANDSCAPE, "elder", 0.0),
        (LANDSCAPE, "low", 0.26),
        (LANDSCAPE, "language=en", 0.0),
        (PORTRAIT, "elder", 0.0),
        (PORTRAIT, "low", 0.36),
    ],
)
def test_every_screen_can_be_read_and_touched(
    stage: Stage, touchscreen: Callable[..., Page], size: tuple[int, int], looks: str, reach: float
) -> None:
    """`reach`: nothing that can be touched is higher than this part of the screen's height."""
    page = touchscreen(f"{stage.url}?{looks}", size)
    expect(page.locator(".at-home")).to_be_visible()
    limits = {"TEXT_PX": TEXT_PX, "TARGET_PX": TARGET_PX, "CONTRAST": CONTRAST}
    amiss = []
    for name in screens(page, stage):
        amiss += [f"{name}: {one}" for one in page.evaluate(_AMISS, limits)]
        amiss += [f"{name}: out of reach"] if page.evaluate(_HIGHEST) < reach * size[1] else []
    assert not amiss, "\n".join(amiss)


def test_large_text_is_larger_and_has_fewer_things(stage: Stage, touchscreen: Callable[..., Page]) -> None:
    page = touchscreen(stage.url)
    count, size = page.locator("button").count, "parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"
    expect(page.locator(".at-home")).to_be_visible()
    buttons, letters = count(), page.evaluate(size)
    tap(page, "elder")
    assert count() < buttons
    assert page.evaluate(size) > 1.2 * letters


def test_every_text_of_the_page_is_in_the_catalogue_in_both_languages(
    stage: Stage, touchscreen: Callable[..., Page]
) -> None:
    """And none of the other language is left on a page in English, but for names and what the hub says."""
    page = touchscreen(f"{stage.url}?language=en")
    catalogue: dict[str, Any] = page.evaluate("fetch('texts.json').then((answer) => answer.json())")
    assert all(len(pair) == 2 and all(pair) for pair in catalogue.values())
    chinese = {zh for zh, en in catalogue.values() if zh != en}
    seen = set()
    for _ in screens(page, stage):
        seen |= set(page.evaluate("[...document.querySelectorAll('body *')].map((one) => one.textContent.trim())"))
    assert not seen & (chinese - {"English"})
