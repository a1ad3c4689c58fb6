import pytest

from tests.edge.ticket_printer.bench import Bench


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path) as one:
        one.wait_for_printer("ready")
        yield one
