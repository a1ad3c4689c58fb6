"""The settings page, and what the monitor and the caller tell of reasons, warnings and steps that can be taken back."""

import pytest

from halls.changes import is_of_plan
from hub.domain import commands as c
from tests.hub.web.test_web_pages import page_data


def shown(pages, name, address):
    with pages.visitor(name) as visitor:
        return page_data(visitor.get(address))["show"]


def test_settings_are_for_administrators_and_managers(pages):
    with pages.visitor("boss") as boss, pages.visitor("clerk1") as clerk, pages.visitor() as nobody:
        assert boss.get("/settings/small").status_code == 200
        assert clerk.get("/settings/small").status_code == 403
        assert nobody.get("/settings/small").status_code == 303


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_setting_is_on_the_page_with_its_limits_and_the_files_value(pages, language):
    pages.do(c.ChangeSettings, changes={"policy.recalls_max": 7})
    with pages.visitor("root") as root:
        listed = root.get("/api/v1/halls/small/settings").json()["settings"]
        both = ("/settings/small", "/settings/small/alerts")
        text = "".join(root.get(path, params={"language": language}).text for path in both)
    assert len(listed) > 40
    on_the_page = [one["path"] for one in listed if not is_of_plan(one["path"])]  # which has a page of its own
    assert [path for path in on_the_page if f'data-path="{path}"' not in text] == []
    line = text[text.index('data-path="policy.recalls_max"') :][:900]
    assert 'data-value="7" data-file="5"' in line
    assert "100" in line
    assert "test" in line, "who changed it"


def test_the_monitor_says_why_a_ticket_was_called_and_who_was_passed_over(pages):
    ident = pages.desk.today("small").hall.priority[0].id
    passed = pages.take("A")
    first = pages.do(c.TakeTicket, service="A", priority=ident).events[0].number
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.do(c.CallNext, counter="1")
    assert shown(pages, "boss", "/monitor/small")["calls"][0]["number"] == first
    with pages.visitor("boss") as boss:
        why = boss.get(f"/monitor/small/why/{first.lower()}").json()
        waiting = boss.get(f"/monitor/small/why/{passed}").json()
        assert boss.get("/monitor/small/why/Z999", headers={"accept": "*/*"}).json()["code"] == "unknown-ticket"
    assert any(passed in one for one in why["words"])
    assert len(why["history"]) == 3
    assert "等候" in waiting["words"][0]
    assert passed in shown(pages, "clerk1", "/counter/small/1")["ticket"]["why"]


def test_the_monitor_warns_of_caps_and_of_what_was_parked_and_forgotten(pages):
    """Beside the alerts, which tell of queues and waits."""
    changes = {"service.A.cap_day": 3, "policy.warn_wait_min": 0}
    pages.do(c.ChangeSettings, changes=changes)
    for _ in range(3):
        pages.take("A")
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.do(c.CallNext, counter="1")
    pages.do(c.Park, counter="1")
    codes = [one["code"] for one in shown(pages, "boss", "/monitor/small")["warnings"]]
    assert codes == ["cap-reached", "parked-long"]


def test_the_caller_lists_parked_and_missed_and_says_what_an_undo_takes_back(pages):
    pages.do(c.ChangeSettings, changes={"policy.calls_before_no_show": 1})
    first, second = pages.take("A"), pages.take("A")
    pages.do(c.SignOn, counter="1", clerk="1001")
    pages.do(c.CallNext, counter="1")
    pages.do(c.Park, counter="1")
    pages.do(c.CallNext, counter="1")
    pages.do(c.NoShow, counter="1")
    now = shown(pages, "clerk1", "/counter/small/1")
    assert [one["number"] for one in now["parked"]] == [first]
    assert [one["number"] for one in now["missed"]] == [second]
    assert now["undo"]["what"] == f"{second} 过号"
    assert now["keys"]["return"] == ""
    pages.do(c.Undo, counter="1")
    now = shown(pages, "clerk1", "/counter/small/1")
    assert (now["missed"], now["undo"], now["ticket"]["number"]) == ([], None, second)
