"""What the hub may order: it is shown, it ends by itself, and a real call ends it at once."""

import pytest

from edge.led_window import DEVICE
from edge.led_window.dots import full

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9


def test_the_class_offers_a_pattern_and_a_text_in_both_languages():
    assert set(DEVICE.tests) == {"pattern", "text"}
    assert all(label.isascii() is False and "Show" in label for label in DEVICE.tests.values())


@pytest.mark.parametrize("test", ["pattern", "text"])
def test_a_test_ends_by_itself_and_what_was_shown_comes_back(window, test):
    window.view("serving", "A012", 1)
    before = window.lit()
    window.order(test)
    assert window.lit() != before
    assert window.answers() == []
    window.wait(61)
    assert window.lit() == before
    [(order, ok, text)] = window.answers()
    assert (order, ok) == ("o1", True)
    assert "look" in text


def test_a_real_call_ends_a_test_at_once(window):
    window.view("idle")
    window.order("pattern")
    assert window.lit() == full((64, 16)).text()
    window.view("called", "A012", 1)
    assert window.text == "A012"
    [(order, ok, text)] = window.answers()
    assert (order, ok) == ("o1", False)
    assert "ended early" in text


def test_while_a_number_is_called_no_test_begins(window):
    window.view("called", "A012", 1)
    window.order("pattern")
    assert window.text == "A012"
    assert [(order, ok) for order, ok, _ in window.answers()] == [("o1", False)]


def test_a_second_order_ends_the_first(window):
    window.order("pattern", "o1")
    window.order("text", "o2")
    window.wait(61)
    assert [(order, ok) for order, ok, _ in window.answers()] == [("o1", False), ("o2", True)]


def test_a_test_on_a_display_that_cannot_be_reached_says_so(window):
    window.model.absent = True
    window.order("pattern")
    window.wait(20)
    [(_, ok, text)] = window.answers()
    assert not ok
    assert "SPI 0.0" in text


def test_a_view_that_arrives_in_the_meantime_is_shown_after_the_test(window):
    window.view("idle")
    window.order("pattern")
    window.view("paused")
    window.wait(20)
    assert window.text == "暂停服务"


def test_a_clock_that_is_set_back_does_not_make_a_test_last(window):
    window.view("idle")
    window.order("pattern")
    window.now -= 86400
    window.link(True)
    assert window.text == "03号窗口"


def test_ids_of_answers_differ(window):
    sent = []
    for count in range(3):
        window.order("text", f"o{count}")
        window.wait(61)
    sent = [effect.message.id for effect in window.effects if hasattr(effect, "message")]
    assert len(sent) == len(set(sent)) == 3
