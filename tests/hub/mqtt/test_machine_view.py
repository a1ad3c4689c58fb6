"""What a ticket machine is told about the services, so that people find theirs."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from halls.format import Hall, parse
from hub import pinyin
from hub.domain import commands as c
from hub.domain import slips
from hub.domain.state import new_day
from hub.mqtt import views
from hub.roster import Roster, Seat
from tests.support.day import Script
from wire import codec
from wire.messages import MachineView

DONGCHENG = Path(__file__).parents[3] / "halls" / "dongcheng.toml"
AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def hall() -> Hall:
    return parse(DONGCHENG.read_text("utf-8"))


@pytest.fixture(scope="module")
def view(hall: Hall) -> MachineView:
    pinyin.learn(service.name for service in hall.service)
    position = next(one for one in hall.position if one.kind == "ticket-machine")
    shown = views.view(new_day(hall, "2026-01-05"), Roster([hall], list), Seat(hall="dongcheng", position=position), AT)
    assert isinstance(shown, MachineView)
    return shown


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("存档与档案查询", "cdydacx"),
        ("社保关系转移接续", "sbgxzyjx"),
        ("劳动监察投诉与调解", "ldjctsytj"),  # 调 is tiáo in 调解, diào in 调查
        ("重大疾病", "zdjb"),  # 重 is zhòng here
        ("重新取号", "cxqh"),  # and chóng here
        ("行政窗口", "xzck"),  # 行 is xíng here
        ("银行卡", "yhk"),  # and háng here
        ("人力资源服务许可(人力资源开发科)", "rlzyfwxkrlzykfk"),
        ("GPS 定位，24小时", "gpsdw24xs"),
        ("", ""),
    ],
)
def test_initials_follow_the_phrase_and_leave_out_what_no_keyboard_has(name: str, letters: str) -> None:
    pinyin.learn([name])
    assert pinyin.initials(name) == letters


def test_a_name_is_spelled_by_its_phrase_too() -> None:
    pinyin.learn(["重新取号"])
    assert pinyin.spelled("重新取号") == "chongxinquhao"


def test_the_dictionary_does_not_stay_in_the_hub() -> None:
    pinyin.learn(["重新取号"])
    assert "pypinyin" not in sys.modules


def test_a_name_that_was_not_learned_yet_has_no_initials_and_stops_nothing() -> None:
    assert pinyin.initials("从未听说") == ""


def test_every_service_can_be_found_by_its_initials_and_says_where_it_is(hall: Hall, view: MachineView) -> None:
    assert [one.letter for one in view.services] == [one.letter for one in hall.service]
    assert all(one.initials.isalnum() and one.initials.islower() for one in view.services)
    places = {(one.centre_english, one.where_english, one.floor, one.floor_english) for one in view.services}
    assert ("Social Insurance", "2F West", "二层", "2nd floor") in places


def test_the_view_of_the_largest_hall_is_a_small_part_of_what_a_message_may_have(view: MachineView) -> None:
    assert len(codec.encode(view)) < codec.MAX_BYTES / 4


def test_a_slip_carries_the_address_to_follow_it_where_there_is_one() -> None:
    day = Script()
    (reserved,) = day.do(c.TakeTicket, service="A", printer=True)
    zone = ZoneInfo("Asia/Shanghai")
    assert slips.slip(day.state, reserved, zone).follow_url == ""
    assert slips.slip(day.state, reserved, zone, "https://hall.example/m/x").follow_url == "https://hall.example/m/x"
