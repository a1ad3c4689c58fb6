"""An address that is refused too often has to wait; others do not, and memory stays bounded."""

from datetime import UTC, datetime, timedelta

from hub.enrolment import attempts as module
from hub.enrolment.attempts import Attempts

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_after_too_many_refusals_an_address_waits_until_the_oldest_is_a_minute_old() -> None:
    attempts = Attempts(refusals_max=3)
    for n in range(3):
        assert not attempts.wait("192.0.2.1", NOW + n * SECOND)
        attempts.refused("192.0.2.1", NOW + n * SECOND)
    assert attempts.wait("192.0.2.1", NOW + 10 * SECOND) == 50 * SECOND
    assert not attempts.wait("192.0.2.1", NOW + 60 * SECOND)
    assert not attempts.wait("192.0.2.2", NOW + 10 * SECOND)


def test_addresses_without_number_do_not_fill_the_memory() -> None:
    attempts = Attempts(refusals_max=1)
    for n in range(module._ADDRESSES_MAX + 10):
        attempts.refused(f"address {n}", NOW)
    assert len(attempts._refused) == module._ADDRESSES_MAX
    assert not attempts.wait("address 0", NOW)
    assert attempts.wait(f"address {module._ADDRESSES_MAX + 9}", NOW)
