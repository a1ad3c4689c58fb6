"""Citizens' pages over HTTP: what is found, what a ticket sees, and who sees nothing."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from hub import pinyin
from hub.domain import commands as c
from hub.domain.ratings import ask_id
from hub.web.phone.links import Links
from hub.web.phone.matters import search
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_pages import events
from tests.support.day import small_hall

LINKS = Links(bytes(32), "https://hall.example/")


def path_of(pages: Pages, number: str) -> str:
    return pages.parts.links.follow_path("small", pages.desk.today("small").day, number)


def visitor(pages: Pages) -> httpx.Client:
    """As a browser sends forms."""
    client = pages.visitor()
    client.headers["origin"] = pages.url
    return client


def serve(pages: Pages, counter: str = "1") -> None:
    pages.do(c.SignOn, counter=counter, clerk="1001")
    pages.do(c.CallNext, counter=counter)


# The address of a ticket.


def test_an_address_is_known_again_and_says_which_ticket():
    url = LINKS.follow_url("small", "2026-01-05", "VA012")
    assert url.startswith("https://hall.example/m/small/t/20260105-VA012-")
    assert LINKS.ticket("small", url.rpartition("/")[2]) == ("2026-01-05", "VA012")


def test_an_address_is_of_one_hall_one_day_one_number_and_one_hub():
    token = LINKS.follow_path("small", "2026-01-05", "A012").rpartition("/")[2]
    assert LINKS.ticket("other", token) is None
    assert LINKS.ticket("small", token.replace("0105", "0106")) is None
    assert LINKS.ticket("small", token.replace("A012", "A013")) is None
    assert Links(bytes(31) + b"1").ticket("small", token) is None


@pytest.mark.parametrize("token", ["", "A012", "20260105-A012-", "20260105-A012-" + "é" * 16, "x" * 5000])
def test_what_is_no_token_belongs_to_no_ticket(token):
    assert LINKS.ticket("small", token) is None


def test_nothing_is_printed_where_no_phone_could_open_it():
    assert Links(bytes(32)).follow_url("small", "2026-01-05", "A012") == ""


# Finding what one comes for.


@pytest.mark.parametrize(
    ("asked", "letters"),
    [
        ("", "ABC"),
        ("社保", "A"),  # a keyword
        ("失业", "B"),
        ("SYDJ", "B"),  # initials
        ("shiye", "B"),  # pinyin
        ("ｓｂｋ", "A"),  # initials of a keyword, from a full-width keyboard
        ("unemploy", "B"),
        ("zczx", "C"),
        ("签证", ""),
    ],
)
def test_services_are_found_by_words_pinyin_and_initials(asked, letters):
    hall = small_hall()
    pinyin.learn(name for service in hall.service for name in (service.name, *service.keywords))
    assert "".join(service.letter for service in search(hall, asked)) == letters


def test_who_looks_for_something_is_shown_it_and_what_to_bring(pages: Pages):
    with visitor(pages) as citizen:
        found = citizen.get("/m/small/matters", params={"q": "sbk"}).text
        assert ("/m/small/matters/A" in found, "/m/small/matters/B" in found) == (True, False)
        one = citizen.get("/m/small/matters/A").text
        assert "本人身份证原件" in one
        assert 'href="/m/small/book/A"' in one
        assert 'href="/m/small/book/C"' not in citizen.get("/m/small/matters/C").text
        assert citizen.get("/m/small/matters/Z").status_code == 404


def test_what_somebody_looked_for_is_shown_as_text(pages: Pages):
    with visitor(pages) as citizen:
        assert "<script>alert" not in citizen.get("/m/small/matters", params={"q": "<script>alert(1)"}).text


def test_the_queue_is_shown_to_who_has_no_ticket(pages: Pages):
    pages.take("A")
    with visitor(pages) as citizen:
        assert "1人等候" in citizen.get("/m/small/queue").text
        assert "1 waiting" in citizen.get("/m/small/queue", params={"language": "en"}).text


# One ticket.


def test_a_ticket_is_told_who_is_before_it_and_the_wait_as_a_range(pages: Pages):
    pages.do(c.SignOn, counter="1", clerk="1001")
    for _ in range(3):
        number = pages.take("A")
    with visitor(pages) as citizen:
        page = citizen.get(path_of(pages, number)).text
    assert re.search(r"<b>2</b>\s*人", page)
    assert re.search(r"预计等候\d+–\d+分钟", page)
    assert "过号请到咨询台重新取号" in page


def test_a_ticket_that_is_called_is_told_the_counter_and_the_way(pages: Pages):
    number = pages.take("A")
    serve(pages)
    with visitor(pages) as citizen:
        page = citizen.get(path_of(pages, number), headers={"cookie": "language=en"}).text
    assert "Counter 1" in page
    assert "进门即到" in page


def test_its_stream_says_at_once_that_it_is_called(pages: Pages):
    number = pages.take("A")
    with visitor(pages) as citizen:
        assert events(citizen, path_of(pages, number) + "/live", 2)[1][2]["phase"] == "waiting"
        serve(pages)
        told = events(citizen, path_of(pages, number) + "/live", 2)[1][2]
    assert (told["phase"], told["calls"], "1号窗口" in told["html"]) == ("called", 1, True)


def test_another_address_shows_nothing_of_a_ticket(pages: Pages):
    number = pages.take("A")
    path = path_of(pages, number)
    with visitor(pages) as citizen:
        for other in (path[:-1] + ("A" if path[-1] != "A" else "B"), f"/m/small/t/{number}"):
            for answer in (
                citizen.get(other),
                citizen.get(other + "/live"),
                citizen.post(other + "/rate", data={"level": 1}),
            ):
                assert answer.status_code == 404
                assert "社会保障卡" not in answer.text


def test_a_ticket_of_a_day_of_which_nothing_is_known_has_expired(pages: Pages):
    with visitor(pages) as citizen:
        answer = citizen.get(pages.parts.links.follow_path("small", "2020-01-05", "A001"))
    assert answer.status_code == 200
    assert "此号票已过期" in answer.text


# Rating.


@pytest.fixture
def served(pages: Pages) -> str:
    """The path of a ticket that was served."""
    number = pages.take("A")
    serve(pages)
    pages.do(c.End, counter="1")
    return path_of(pages, number)


def level(pages: Pages) -> int:
    return pages.desk.today("small").tickets["A001"].level


def test_a_service_is_rated_once_and_then_explained_once(pages: Pages, served: str):
    with visitor(pages) as citizen:
        assert "非常不满意" in citizen.get(served).text
        for given in (2, 5):
            assert citizen.post(served + "/rate", data={"level": given}).status_code == 303
        page = citizen.get(served).text
        assert "您的评价：不满意" in page
        assert "未在承诺时间内办结" in page
        for _ in range(2):
            assert citizen.post(served + "/reasons", data={"reason": ["209", "213"]}).status_code == 303
        assert "谢谢您的评价" in citizen.get(served).text
    assert level(pages) == 2
    ask = pages.desk.today("small").asks[ask_id(pages.desk.today("small").day, "A001")]
    assert len(ask.explained) == 1


def test_who_rated_at_the_counter_is_not_asked_again(pages: Pages, served: str):
    ask = ask_id(pages.desk.today("small").day, "A001")
    pages.do(c.Rate, ask=ask, level=5, pressed_at=datetime.now(UTC))
    with visitor(pages) as citizen:
        assert "您的评价：非常满意" in citizen.get(served).text
        citizen.post(served + "/rate", data={"level": 1})
        citizen.post(served + "/reasons", data={"reason": ["108"]})
    assert level(pages) == 5


@pytest.mark.parametrize("data", [{"level": 6}, {"level": "x"}, {}])
def test_what_is_no_rating_is_refused(pages: Pages, served: str, data):
    with visitor(pages) as citizen:
        assert citizen.post(served + "/rate", data=data).status_code == 422
    assert level(pages) == 0


def test_reasons_of_another_level_are_refused(pages: Pages, served: str):
    with visitor(pages) as citizen:
        citizen.post(served + "/rate", data={"level": 2})
        assert citizen.post(served + "/reasons", data={"reason": ["510"]}).status_code == 422


def test_a_ticket_that_still_waits_is_not_rated(pages: Pages):
    number = pages.take("A")
    with visitor(pages) as citizen:
        citizen.post(path_of(pages, number) + "/rate", data={"level": 1})
    assert level(pages) == 0
