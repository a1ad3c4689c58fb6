"""Citizens' pages in a real Chromium of a phone's size: what fits, what is read, what it costs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from hub.domain import commands as c
from hub.domain.case_commands import Answer, Rectify, Review, Verify
from hub.storage.case_figures import Today
from hub.storage.cases import Wanted
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_cases import read
from tests.hub.web.test_web_phone import path_of, serve
from tests.hub.web.test_web_phone_booking import ANN, PHONE, slots
from tests.support.browser import CHROMIUM, launched, watched
from tests.support.live import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's package chromium"),
]

ANSWERS = ("wrong-phone", "code", "wrong-person")  # to a form: loading them again would send it again
LOAD_MAX = 150_000  # bytes of a first load, with headers

AUDIT = """() => {
  const wrong = [];
  const say = (element, what) => wrong.push(`${what}: <${element.tagName}> ${element.textContent.trim().slice(0, 40)}`);
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const shown = (element) => element.checkVisibility() && !element.closest(".skip, .hidden, noscript, script, svg");
  for (const element of document.body.querySelectorAll("*")) {
    if (!shown(element)) continue;
    const style = getComputedStyle(element);
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (own) {
      if (parseFloat(style.fontSize) < 18) say(element, `text of ${style.fontSize}`);
      const [a, b] = [light(rgb(style.color)), light(behind(element))].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      if (contrast < 4.5) say(element, `contrast ${contrast.toFixed(2)}`);
    }
    if (element.matches("a, button, input:not([type=hidden], [type=checkbox], [type=radio]), select, summary")) {
      const box = element.getBoundingClientRect();
      const inText = element.matches("p a:not(.button):not(.m-again):not(.m-line)");
      if (!inText && (box.height < 44 || box.width < 44)) say(element, `target ${box.width}x${box.height}`);
    }
    if (element.matches("input[type=checkbox], input[type=radio]")) {
      if (element.closest("label").getBoundingClientRect().height < 44) say(element, "target too low");
    }
    if (element.matches("input:not([type=hidden]), select") && !element.labels.length) say(element, "no label");
    if (element.matches("a, button, summary") && !element.textContent.trim()) say(element, "no name");
  }
  const width = document.documentElement.scrollWidth;
  if (width > window.innerWidth) wrong.push(`${width} px wide`);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  if (!document.documentElement.lang) wrong.push("no language");
  return wrong;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, pages: Pages) -> Iterator[Page]:
    with watched(browser, pages.url, viewport={"width": 360, "height": 740}, has_touch=True) as page:
        yield page


def text_code(pages: Pages) -> str:
    pages.loop.run(pages.parts.people.outbox.deliver())
    sent = pages.parts.messenger.sent
    until(lambda: sent, "the text arrives")
    return re.search(r"\d{6}", sent[-1][1])[0]


def enter(page: Page, pages: Pages) -> None:
    """Wherever the phone is asked for."""
    page.fill("#phone", PHONE)
    page.click("#effort-send")
    page.fill("#code", text_code(pages))
    page.click("main .button")


def close_case(pages: Pages) -> None:
    """Of the rating that was just given, with an answer."""
    read(pages)
    stored, day = pages.parts.cases.stored, pages.desk.today("small").day
    (case,) = stored.of("small", Wanted(stand="open"), Today(day, day))
    stamp = {"at": case.opened_at, "by": "boss", "key": "", "day": day, "note": "so"}
    for step in (
        Verify(outcome="justified", **stamp),
        Rectify(**stamp),
        Answer(answer="We are sorry, and have put it right. " * 5, **stamp),
        Review(good=True, appeal_until=day, **stamp | {"by": "root"}),
    ):
        stored.do("small", case.ask, step)


def places(page: Page, pages: Pages) -> Iterator[str]:
    """Goes to one page after the other, as a citizen would; what it is called."""
    page.goto("/m/small")
    yield "start"
    page.goto("/m/small/matters?q=s")
    yield "matters"
    page.goto("/m/small/matters/A")
    yield "matter"
    page.goto("/m/small/queue")
    yield "queue"
    pages.take("A")
    number = pages.take("A")
    path = path_of(pages, number)
    page.goto(path)
    yield "waiting"
    pages.do(c.SignOn, counter="1", clerk="1001")
    for kind in (c.CallNext, c.End, c.CallNext):
        pages.do(kind, counter="1")
    page.goto(path)
    yield "called"
    pages.do(c.End, counter="1")
    page.goto(path)
    yield "rate"
    page.locator(".m-levels button").last.click()
    page.wait_for_selector(".m-reasons")
    yield "reasons"
    close_case(pages)
    page.goto(path)
    page.click("#case summary")
    yield "case"
    page.goto("/m/small/book/A")
    yield "calendar"
    day, slot = slots(pages)
    page.goto(f"/m/small/book/A/{day}?slot={slot}")
    yield "phone"
    page.fill("#phone", "123")
    page.click("#effort-send")
    page.wait_for_selector(".m-bad")
    yield "wrong-phone"
    page.fill("#phone", PHONE)
    page.click("#effort-send")
    page.wait_for_selector("#code")
    yield "code"
    page.fill("#code", text_code(pages))
    page.click("main .button")
    page.wait_for_selector("#name")
    page.check("#other")
    yield "person"
    page.uncheck("#other")
    page.fill("#name", "安然")
    page.fill("#number", "1")
    page.click("main .button")
    page.wait_for_selector(".m-wrong")
    yield "wrong-person"
    page.fill("#number", ANN)
    page.click("main .button")
    page.wait_for_selector(".m-good")
    yield "booked"
    page.click(".m-cancel summary")
    yield "cancel"
    page.click('a[href$="/move"]')
    page.wait_for_selector(".m-days")
    yield "move"
    page.goto("/m/small/mine")
    yield "mine"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_360_pixels_and_is_read_and_pressed_easily(page: Page, pages: Pages, language: str):
    """Text of 18 px, contrast of 4.5, targets of 44 px, a label for each field; nothing scrolls sideways."""
    page.goto(f"/language/{language}")
    wrong = {name: found for name in places(page, pages) if (found := page.evaluate(AUDIT))}
    assert wrong == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_with_text_twice_as_large_nothing_scrolls_sideways(page: Page, pages: Pages, language: str):
    page.goto(f"/language/{language}")
    wide = {}
    for name in places(page, pages):
        page.evaluate("document.documentElement.style.fontSize = '36px'")
        width = page.evaluate("document.documentElement.scrollWidth")
        page.evaluate("document.documentElement.style.fontSize = ''")
        if width > 360:
            wide[name] = width
    assert wide == {}


def test_no_page_costs_more_than_150_kb_at_its_first_load(browser: Browser, page: Page, pages: Pages):
    """As the browser counts what came over the wire, with nothing kept from before."""
    meter = page.context.new_cdp_session(page)
    meter.send("Network.enable")
    meter.send("Network.setCacheDisabled", {"cacheDisabled": True})
    came: list[float] = []
    meter.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    costs = {}
    for name in places(page, pages):
        if name in ANSWERS:
            continue
        came.clear()
        page.reload()
        page.wait_for_load_state("load")
        costs[name] = sum(came)
    assert len(costs) > 12
    assert all(0 < cost < LOAD_MAX for cost in costs.values()), costs


def test_the_place_in_the_queue_moves_by_itself_and_the_call_is_felt(page: Page, pages: Pages):
    page.add_init_script("navigator.vibrate = (pattern) => { window.felt = pattern; return true; };")
    first, mine = pages.take("A"), pages.take("A")
    page.goto(path_of(pages, mine))
    expect(page.locator(".m-big b")).to_have_text("1")
    serve(pages)
    expect(page.locator(".m-big")).to_have_text("下一位就是您，请做好准备")
    pages.do(c.End, counter="1")
    pages.do(c.CallNext, counter="1")
    expect(page.locator(".m-counter")).to_have_text("1号窗口")
    assert page.evaluate("window.felt.length") > 1
    expect(page).to_have_title(f"{mine} 请到1号窗口")
    page.reload()
    expect(page.locator(".m-counter")).to_have_text("1号窗口")
    pages.do(c.End, counter="1")
    page.get_by_role("button", name="满意", exact=False).first.click()
    expect(page.locator("#rating-title")).to_have_text("您的评价：非常满意")
    assert pages.desk.today("small").tickets[mine].level == 5
    assert first != mine


def test_when_three_are_left_the_phone_asks_to_come_near(page: Page, pages: Pages):
    """Also of somebody who has no appointment, and follows by the address on the slip alone."""
    page.add_init_script("navigator.vibrate = (pattern) => { window.felt = pattern; return true; };")
    before, mine = [pages.take("A") for _ in range(4)], pages.take("A")
    page.goto(path_of(pages, mine))
    expect(page.locator(".m-big b")).to_have_text("4")
    expect(page).to_have_title(f"{mine} 排队")
    assert page.evaluate("window.felt === undefined")
    serve(pages)
    expect(page.locator("#now")).to_contain_text("请到等候区等候")
    expect(page.locator(".m-big b")).to_have_text("3")
    expect(page).to_have_title(f"{mine} 前面还有3人")
    assert page.evaluate("window.felt") == [200, 200, 200]
    assert mine not in before


def test_a_page_that_is_cut_off_says_that_it_is_stale(page: Page, pages: Pages):
    number = pages.take("A")
    page.clock.install()
    page.goto(path_of(pages, number))
    expect(page.locator(".m-state")).to_be_visible()
    pages.served.stop()
    page.clock.run_for(35_000)
    expect(page.locator("#link")).to_have_text(re.compile(r"⚠ 内容已不是最新，停在\d\d:\d\d:\d\d"))
    expect(page.locator(".m-state")).to_be_visible()


def test_a_citizen_books_with_the_keyboard_alone(page: Page, pages: Pages):
    def go(target: str) -> None:
        """Tab until it has the focus, which must be seen."""
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("(target) => document.activeElement.matches(target)", target):
                break
        focus = page.evaluate(
            "[document.activeElement.matches(':focus-visible'), getComputedStyle(document.activeElement).outlineWidth]"
        )
        assert focus == [True, "4px"], target

    page.goto("/m/small")
    go('.m-way[href$="/matters"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("#q")
    go("#q")
    page.keyboard.type("sbk")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=sbk")
    go(".m-list a")
    page.keyboard.press("Enter")
    page.wait_for_selector('a[href$="/book/A"]')
    go('a[href$="/book/A"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".m-slots")
    go(".m-slots button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#phone")
    go("#phone")
    page.keyboard.type(PHONE)
    expect(page.locator("#effort-send")).to_be_enabled()  # before that, Enter is for nothing
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    go("#code")
    page.keyboard.type(text_code(pages))
    page.keyboard.press("Enter")
    page.wait_for_selector("#name")
    go("#name")
    page.keyboard.type("安然")
    go("#number")
    page.keyboard.type(ANN)
    page.keyboard.press("Enter")
    expect(page.locator(".m-good")).to_contain_text("预约成功")


def test_days_and_slots_have_names_of_their_own_for_who_does_not_see(page: Page, pages: Pages):
    page.goto("/m/small/book/A")
    names = page.locator(".m-days button:not(:disabled)").evaluate_all(
        "all => all.map(one => one.innerText.replace(/\\s+/g, ' '))"
    )
    assert all(re.fullmatch(r"\d+月\d+日 周. (余\d+|约满)", name) for name in names), names
    assert page.locator('.m-days button[aria-pressed="true"]').count() == 1
    group = page.get_by_role("group", name=re.compile("选择时段"))
    expect(group.get_by_role("button").first).to_have_text(re.compile(r"\d\d:\d\d–\d\d:\d\d 余\d+"))


def test_without_scripts_the_queue_is_seen_and_a_service_is_rated(browser: Browser, pages: Pages):
    number = pages.take("A")
    context = browser.new_context(base_url=pages.url, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(path_of(pages, number))
    expect(page.locator(".m-big")).to_have_text("下一位就是您，请做好准备")
    assert page.locator('meta[http-equiv="refresh"]').count() == 1
    serve(pages)
    pages.do(c.End, counter="1")
    page.goto(path_of(pages, number))
    page.locator(".m-levels button").first.click()
    expect(page.locator("#rating-title")).to_have_text("您的评价：非常满意")
    context.close()


def test_who_presses_before_the_page_is_ready_is_not_refused(page: Page) -> None:
    """On a slow network the script comes late; a form without its effort would be sent back."""
    held: list[Route] = []
    page.route(re.compile(r"phone_enter\.js"), lambda route: held.append(route))
    page.goto("/m/small/enter?next=/m/small/mine", wait_until="commit")
    page.fill("#phone", PHONE)
    send = page.locator("#effort-send")
    expect(send).to_be_disabled()
    page.keyboard.press("Enter")
    expect(page.locator("#phone")).to_have_value(PHONE)
    held[0].continue_()
    send.click()
    expect(page.locator("#code")).to_be_visible()
