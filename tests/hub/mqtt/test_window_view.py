"""What the hub tells a window display beside the number."""

from hub.mqtt import views
from hub.roster import Roster
from tests.support.day import Script, small_hall
from wire.messages import WindowView


def window(script: Script) -> WindowView:
    roster = Roster([script.hall], list)
    view = views.view(script.state, roster, roster.at("small", "window-1"), script.now)
    assert isinstance(view, WindowView)
    return view


def test_a_window_is_told_the_halls_notice_and_nobodys_name_while_nobody_sits_there():
    view = window(Script())
    assert view.notice == small_hall().hall.ticker != ""
    assert (view.clerk, view.clerk_name) == ("", "")


def test_a_window_is_told_who_sits_there():
    script, clerk = Script(), small_hall().clerk[0]
    script.sign_on("1", clerk.number)
    view = window(script)
    assert (view.clerk, view.clerk_name) == (clerk.number, clerk.name)
