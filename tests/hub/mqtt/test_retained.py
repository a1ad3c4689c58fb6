"""What several processes publish comes to the truth: nobody overwrites what is newer, and whoever sees it mends it."""

import pytest
from msgspec.structs import replace

from hub.mqtt.retained import Retained
from wire.messages import SignageView

TOPIC = "tingxu/1/down/signage-1/view"
OLD, NEW = (SignageView(epoch=0, version=0, hall="small", area="lobby", ticker=text) for text in ("old", "new"))


class Broker:
    """`retained` as seen by one process, with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.process = Retained(lambda: self.now)

    def heard(self, view: SignageView, version: int, epoch: int = 1) -> bool:
        return self.process.heard(TOPIC, replace(view, epoch=epoch, version=version))

    def published(self, view: SignageView, version: int) -> None:
        self.process.published(TOPIC, replace(view, epoch=1, version=version))

    def lacks(self, view: SignageView, version: int, epoch: int = 1) -> bool:
        return self.process.lacks(TOPIC, view, (epoch, version))


@pytest.fixture
def broker() -> Broker:
    return Broker()


def test_what_nobody_published_is_lacking(broker):
    assert broker.lacks(NEW, 1)


def test_what_another_published_is_not_published_again(broker):
    broker.heard(NEW, 7)
    assert [broker.lacks(NEW, version) for version in (5, 7, 9)] == [False] * 3


def test_something_newer_is_never_overwritten_by_who_is_behind(broker):
    broker.heard(NEW, 7)
    assert [broker.lacks(OLD, version) for version in (5, 6)] == [False] * 2


def test_who_has_gone_further_publishes(broker):
    broker.heard(OLD, 7)
    assert broker.lacks(NEW, 8)


def test_a_new_epoch_counts_more_than_any_version(broker):
    broker.heard(OLD, 700)
    assert broker.lacks(NEW, 3, epoch=2)


def test_an_older_view_over_ours_is_seen_and_mended(broker):
    broker.published(NEW, 8)
    broker.now += 10
    assert broker.heard(OLD, 7)
    assert broker.lacks(NEW, 8)


def test_an_older_view_over_anothers_is_seen_and_mended(broker):
    """By who only looked on: both who published may be gone."""
    broker.heard(NEW, 8)
    assert broker.heard(OLD, 7)
    assert broker.lacks(NEW, 8)


def test_what_crosses_ours_on_its_way_is_said_again(broker):
    """Ours may have come to the broker after the newer one, and lie over it."""
    broker.published(OLD, 7)
    assert broker.heard(NEW, 8)
    assert broker.lacks(NEW, 8)


def test_the_same_at_the_same_time_is_not_said_again(broker):
    broker.published(NEW, 8)
    assert not broker.heard(NEW, 8)
    assert not broker.lacks(NEW, 8)


def test_what_comes_long_after_ours_needs_no_answer(broker):
    broker.published(OLD, 7)
    broker.now += 1.0
    assert not broker.heard(NEW, 8)
    assert not broker.lacks(NEW, 8)


def test_two_that_disagree_at_the_same_version_do_not_quarrel(broker):
    """Of different hall files, say: whoever spoke last is let be, until it has been silent for long."""
    broker.heard(OLD, 7)
    assert not broker.lacks(NEW, 7)
    broker.now += 5.1
    assert broker.lacks(NEW, 7)


def test_what_is_ours_may_change_at_the_same_version(broker):
    """An estimate grows while nothing happens."""
    broker.published(OLD, 7)
    assert broker.lacks(NEW, 7)


def test_who_published_just_now_will_go_on(broker):
    broker.heard(OLD, 7)
    assert broker.process.is_tended(TOPIC)
    broker.now += 0.7
    assert not broker.process.is_tended(TOPIC)
    broker.published(OLD, 7)
    assert not broker.process.is_tended(TOPIC)


def test_a_broker_that_was_restarted_has_nothing(broker):
    broker.heard(NEW, 7)
    broker.process.clear()
    assert broker.lacks(NEW, 7)
