"""What a citizen does on the touch page, and what the agent hears of it."""

import re
from collections.abc import Callable

from msgspec.structs import replace
from playwright.sync_api import Page, expect

from edge.ticket_printer.events import CodeScanned, PanelState, Printer, ServiceChosen, WishDropped, WithoutCard
from tests.edge.ticket_printer.touch.conftest import READY, SLIP, VIEW, Stage

Open = Callable[..., Page]


def tap(page: Page, *keys: str) -> None:
    for key in keys:
        page.locator(f'[data-key="{key}"]').tap()


def title(page: Page, words: str) -> None:
    expect(page.locator("h1")).to_contain_text(words)


def test_three_touches_lead_to_a_ticket(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "公服中心", "C", "take")
    assert stage.touch() == ServiceChosen(at=7.0, letter="C")
    title(page, "正在取号")
    stage.show(replace(READY, doing="printing", ticket=SLIP))
    expect(page.locator(".huge")).to_have_text("A023")
    stage.show(replace(READY, ticket=SLIP, outcome="printed"))
    expect(page.locator(".outcome")).to_have_text("号票已打印，请取走")
    for words in ("前面 7 人，约 15–35 分钟", "一层东区", "进门右转,前行20米", "档案转入转出", "余号不多，请勿过号"):
        expect(page.locator("#screen")).to_contain_text(words)
    tap(page, "done")
    assert stage.touch() == WishDropped(at=7.0)
    stage.show(READY)
    title(page, "请选择要办的业务")


def test_in_a_hall_of_one_centre_two_touches_are_enough(stage: Stage, touchscreen: Open) -> None:
    few = tuple(one for one in VIEW.services if one.centre == "劳服中心")
    stage.show(replace(READY, view=replace(VIEW, services=few)))
    tap(touchscreen(stage.url), "S", "take")
    assert stage.touch().letter == "S"


def test_more_to_do_a_priority_and_spoken_calls_go_with_the_wish(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "公服中心", "A", "add", "F", "G", "G", "J", "added", "priority-veteran", "priority-elder", "voice")
    expect(page.locator(".added")).to_have_text(["档案转入转出", "医疗费用报销"])
    tap(page, "take")
    assert stage.touch() == ServiceChosen(at=7.0, letter="A", more=("F", "J"), priority="elder", voice=True)


def test_back_from_adding_leaves_the_choice_as_it_was(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "公服中心", "A", "add", "F", "back")
    expect(page.locator(".added")).to_have_count(0)
    tap(page, "home")
    title(page, "请选择要办的业务")


def test_search_knows_initials_chinese_english_and_letters(stage: Stage, touchscreen: Open) -> None:
    wanted = {
        "cd": "A", "dacx": "A", "sbgx": "L", "zcsb": "B", "G": "G", "pc": "H", "medical": "J", "生育": "P", "sbzy": "L",
        "ldjctj": "Z",
    }  # fmt: skip
    page = touchscreen(stage.url)
    tap(page, "search")
    for typed, first in wanted.items():
        page.locator("input").fill(typed)
        expect(page.locator(".found .service").first).to_have_attribute("data-key", first)


def test_search_by_the_keyboard_on_the_screen_and_by_a_real_one(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "search", "key-S", "key-H", "key-X", "key-back", "key-B")
    expect(page.locator("input")).to_have_value("SHB")
    expect(page.locator(".found .service")).to_have_count(2)
    page.locator("input").focus()
    page.keyboard.type("z", delay=90)
    expect(page.locator(".found .service strong")).to_have_text("社会保障卡业务")
    tap(page, "key-clear", "key-W", "key-V")
    expect(page.locator(".found")).to_contain_text("没有找到")


def test_a_scanner_that_types_checks_in_from_any_screen_and_a_hand_does_not(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    title(page, "请选择")
    page.evaluate(
        """(keys) => { for (const key of keys) document.dispatchEvent(new KeyboardEvent("keydown", {key})) }""",
        [*"TX-20260105-0042", "Enter"],
    )
    assert stage.touch() == CodeScanned(at=7.0, code="TX-20260105-0042")
    stage.show(replace(READY, words="没有找到该预约 No such appointment", said=1))
    title(page, "没有找到该预约")
    tap(page, "ok")
    assert stage.touch() == WishDropped(at=7.0)
    stage.show(READY)
    tap(page, "check-in")
    page.locator("input").press_sequentially("4711", delay=90)
    tap(page, "send")
    assert stage.touch() == CodeScanned(at=7.0, code="4711")


def test_check_in_says_at_once_that_it_needs_the_hub(stage: Stage, touchscreen: Open) -> None:
    stage.show(replace(READY, online=False))
    page = touchscreen(stage.url)
    tap(page, "check-in")
    title(page, "系统暂时离线，预约签到请到咨询台")


def test_a_card_is_asked_for_and_one_may_have_none(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "公服中心", "A", "take")
    assert stage.touch().letter == "A"
    stage.show(replace(READY, doing="card", letter="A", words="请将身份证放在读卡区 Put your card there", said=1))
    title(page, "请将身份证放在读卡区")
    tap(page, "no-card")
    assert stage.touch() == WithoutCard(at=7.0)
    stage.show(replace(READY, name="张*"))
    expect(page.locator(".note.good")).to_have_text("已读取证件：张*")


def test_paper_out_is_told_at_once_and_no_ticket_can_be_asked_for(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "公服中心", "A")
    expect(page.locator('[data-key="take"]')).to_be_enabled()
    for state, words in (("paper out", "缺纸"), ("cover open", "上盖未关"), ("unplugged", "未连接")):
        stage.show(replace(READY, printer=Printer(state)))
        expect(page.locator("#notices")).to_contain_text(f"打印机{words}，请用旁边的取号机")
        expect(page.locator('[data-key="take"]')).to_be_disabled()
    stage.show(READY)
    expect(page.locator("#notices")).to_be_empty()
    expect(page.locator('[data-key="take"]')).to_be_enabled()


def test_a_slip_that_was_not_printed_gives_words_and_no_number(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    stage.show(replace(READY, doing="printing", ticket=SLIP))
    expect(page.locator(".huge")).to_have_text("A023")
    words = "打印机缺纸，请用旁边的取号机 Printer: paper out. Please use the next machine"
    stage.show(replace(READY, ticket=SLIP, outcome="failed", words=words, said=1, printer=Printer("paper out")))
    title(page, "打印机缺纸，请用旁边的取号机")
    expect(page.locator("#screen")).not_to_contain_text("A023")


def test_a_number_of_the_own_series_says_so_and_invents_no_wait(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    stage.show(replace(READY, online=False, ticket=replace(SLIP, number="AK07", ahead=-1), outcome="unknown"))
    expect(page.locator(".number")).to_contain_text("本机号段")
    expect(page.locator(".outcome")).to_have_text("号码有效，请记住或拍照")
    expect(page.locator("#screen")).not_to_contain_text("分钟")
    expect(page.locator("#notices")).to_contain_text("系统暂时离线")


def test_while_the_hub_is_away_nobody_is_told_old_figures_or_old_hours(stage: Stage, touchscreen: Open) -> None:
    shut = tuple(replace(one, open=False, note="今日号已取完 None left today") for one in VIEW.services)
    stage.show(replace(READY, view=replace(VIEW, services=shut)))
    page = touchscreen(stage.url)
    tap(page, "公服中心", "A")
    expect(page.locator(".note").first).to_have_text("今日号已取完")
    expect(page.locator('[data-key="take"]')).to_be_disabled()
    stage.show(replace(READY, view=replace(VIEW, services=shut), online=False))
    expect(page.locator('[data-key="take"]')).to_be_enabled()
    tap(page, "back")
    expect(page.locator(".service").first).to_contain_text("等候时间未知")
    expect(page.locator("#screen")).not_to_contain_text(re.compile("等候 \\d"))


def test_the_next_citizen_finds_nothing_of_the_one_before(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "language", "elder", "low", "公服中心", "A")
    title(page, "Personnel file")
    page.clock.fast_forward(31_000)
    stage.show(replace(READY, said=1))
    title(page, "请选择要办的业务")
    assert page.evaluate("document.body.className") == "at-home"


def test_the_ticket_takes_the_last_citizen_s_looks_with_it(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "language")
    stage.show(replace(READY, ticket=SLIP, outcome="shown"))
    expect(page.locator(".number")).to_contain_text("Personnel file deposit and enquiry")
    expect(page.locator(".outcome")).to_have_text("Remember the number or take a photo")
    stage.show(READY)
    title(page, "请选择要办的业务")


def test_a_page_whose_agent_is_gone_says_so_until_it_is_back(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    title(page, "请选择")
    page.clock.fast_forward(13_000)
    title(page, "本机暂停服务")
    stage.show(replace(READY, said=1))
    title(page, "请选择")


def test_a_touch_that_nobody_answers_is_owned_up_to(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    tap(page, "公服中心", "A", "take")
    title(page, "正在取号")
    page.clock.fast_forward(7_000)
    title(page, "没有收到，请再点一次")
    tap(page, "ok")
    expect(page.locator('[data-key="take"]')).to_be_visible()


def test_a_press_counts_even_when_the_figures_change_under_the_finger(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    page.locator('[data-key="公服中心"]').hover()
    page.mouse.down()
    stage.show(replace(READY, view=replace(VIEW, hall_name="新名", version=2)))
    page.wait_for_timeout(100)  # the news has long arrived; the finger is still down
    page.mouse.up()
    title(page, "公服中心")
    expect(page.locator(".hall")).to_contain_text("新名")


def test_all_of_it_can_be_done_by_keyboard(stage: Stage, touchscreen: Open) -> None:
    page = touchscreen(stage.url)
    title(page, "请选择")
    page.keyboard.press("Tab")
    expect(page.locator('[data-key="公服中心"]')).to_be_focused()
    page.keyboard.press("Enter")
    title(page, "公服中心")
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    title(page, "职称申报与评审咨询")
    expect(page.locator('[data-key="take"]')).to_be_focused()
    page.keyboard.press("Escape")
    title(page, "公服中心")


def test_names_from_the_hub_are_text_and_never_markup(stage: Stage, touchscreen: Open) -> None:
    evil = "<img src=x onerror=alert(1)>"
    services = tuple(replace(one, name=evil, centre=evil) for one in VIEW.services)
    stage.show(replace(READY, view=replace(VIEW, services=services, hall_name=evil)))
    page = touchscreen(stage.url)
    expect(page.locator(".hall strong")).to_have_text(evil)
    expect(page.locator("img")).to_have_count(0)


def test_the_guide_says_for_every_service_on_which_floor_and_where(stage: Stage, touchscreen: Open) -> None:
    stage.show(replace(READY, printer=None))
    page = touchscreen(f"{stage.url}?start=guide")
    expect(page.locator("h2")).to_have_text(["一层", "二层", "三层"])
    expect(page.locator(".area .service")).to_have_count(len(VIEW.services))
    expect(page.locator(".area", has_text="您在这里")).to_contain_text(VIEW.area)
    tap(page, "Q")
    expect(page.locator("dl")).to_contain_text("乘电梯到三层,右转")
    tap(page, "take")
    assert stage.touch().letter == "Q"


def test_a_machine_that_nobody_knows_shows_its_code_and_prints_it_again_for_who_asks(
    stage: Stage, touchscreen: Callable[..., Page]
) -> None:
    stage.show(PanelState(pairing="7K3M-0QXA", printer=Printer()))
    page = touchscreen(stage.url)
    expect(page.locator("h1")).to_have_text("7K3M-0QXA")
    page.get_by_role("button", name="打印一张").click()
    assert isinstance(stage.touch(), WishDropped)


def test_a_machine_that_the_hub_looks_for_can_still_be_used(stage: Stage, touchscreen: Callable[..., Page]) -> None:
    stage.show(replace(READY, here=True))
    page = touchscreen(stage.url)
    expect(page.locator("body.here-now")).to_have_count(1)
    page.locator(".centre").first.click()
    expect(page.locator("body.at-centre")).to_have_count(1)
