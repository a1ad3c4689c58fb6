"""From the list of purchases to a board in service, through a real hub, its broker and its door of enrolment."""

from pathlib import Path

from edge.runtime import config, identity
from edge.runtime.agent import Agent
from edge.runtime.device import device_class
from tests.support.live import until
from tests.support.process import browser, hub_at_work

PURCHASES = b"Serial,Kind,Planned position\r\n0042-A,evaluator,evaluator-2\r\n0043-A,evaluator,\r\n"


def test_a_bought_board_is_let_in_where_it_was_planned_and_is_in_service_by_itself(tmp_path: Path) -> None:
    """With a token of the hall on its card, and nobody at a page. The books know it within seconds."""
    with hub_at_work(tmp_path / "hub") as hub, browser(hub) as office:
        api = "/api/v1/halls/small"
        assert office.post(f"{api}/inventory/import", params={"apply": True}, content=PURCHASES).json()["new"] == 2
        [claim] = office.post(f"{api}/claims", json={"site": True, "uses": 2}).json()["claims"]
        card = config.Hub(
            est=f"https://{hub.addresses.est}",
            ca_fingerprint=hub.ca_fingerprint,
            broker=hub.addresses.broker,
            token=claim["token"],
        )
        place = tmp_path / "board"
        board = identity.enrol(card, place, hints=identity.Hints("evaluator", "0042-a"))
        settings = config.Config(
            hub=card, agent=config.AgentSettings(state_dir=str(place)), device={"driver": "simulated"}
        )
        agent = Agent(device_class("evaluator"), settings, board)
        agent.start()
        try:
            until(lambda: office.get(f"{api}/assets/0042-A").json()["state"] == "in-service", "it is in service", 60)
        finally:
            agent.stop()
        told = office.get(f"{api}/assets/0042-A").json()
        assert [one["event"] for one in told["history"]] == ["registered", "installed", "commissioned"]
        assert (told["device"], told["position"]) == (board.device, "evaluator-2")
        share = office.get(f"{api}/inventory/figures").json()["shares"][-1]
        assert (share["bought"], share["installed"], share["never"]) == (2, 1, 1)
