"""Two people at the same settings: who comes later is told, and nothing that the first one did is lost."""

from hub.domain import commands as c
from hub.domain import events as e
from tests.support.day import Script


def test_a_change_that_found_another_value_is_refused_and_names_it() -> None:
    script = Script()
    found = {"counter.1.at": [4.5, 2.0]}
    script.do(c.ChangeSettings, changes={"counter.1.at": [1.0, 4.0]}, found=found)
    (refusal,) = script.do(c.ChangeSettings, changes={"counter.1.at": [9.0, 4.0]}, found=found)
    assert isinstance(refusal, e.Refused)
    assert (refusal.code, refusal.detail) == ("settings-overtaken", "counter.1.at")
    assert script.state.hall.counter[0].at == (1.0, 4.0)


def test_what_others_changed_elsewhere_is_in_nobodys_way() -> None:
    script = Script()
    script.do(c.ChangeSettings, changes={"counter.1.at": [1.0, 4.0]}, found={"counter.1.at": [4.5, 2.0]})
    script.do(c.ChangeSettings, changes={"counter.2.at": [9.0, 4.0]}, found={"counter.2.at": [7.5, 2.0]})
    assert [one.at for one in script.state.hall.counter] == [(1.0, 4.0), (9.0, 4.0)]
