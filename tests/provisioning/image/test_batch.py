"""A batch goes from card to card, tries a bad one's position again, goes on after a break, and prints the labels."""

import argparse
import json
from pathlib import Path

import pytest

from edge.runtime import seed
from provisioning.image import write_command
from provisioning.image.batch import BatchError, Done, Listed, Pattern, Place
from provisioning.image.fake_card import FakeCard
from provisioning.image.labels import Grid, Label, LabelError, sheet
from provisioning.image.layout import MIB

COMMON = f"""est = "https://hub.example:8443"
ca_fingerprint = "{"ab" * 32}"
broker = "hub.example:8883"
hall = "small"
[device]
utc_offset_h = 8
[ticket_printer]
port = "/dev/ttyACM0"
"""


@pytest.fixture
def pattern(tmp_path):
    file = tmp_path / "pattern.toml"
    file.write_text(COMMON)
    return file


@pytest.fixture
def listed(tmp_path):
    file = tmp_path / "claims.jsonl"
    rows = [
        {"position": "ticket-1", "device_class": "ticket_printer", "token": "t1", "where": "大厅"},
        {"position": "caller-1", "device_class": "caller", "token": "t2"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Listed(file)


def test_each_position_gets_its_own_seed(pattern, listed):
    made = Pattern(pattern)
    ticket, caller = (seed.read(made.slot(place, listed.token(place.position))) for place in listed.places())
    assert (ticket.device_class, ticket.token, ticket.device["port"]) == ("ticket_printer", "t1", "/dev/ttyACM0")
    assert (caller.device_class, caller.token, caller.device) == ("caller", "t2", {"utc_offset_h": 8})
    assert ticket.hall == caller.hall == "small"


def batch(tmp_path, pattern, listed, release, answers, cards, only=()):
    chosen = argparse.Namespace(
        image=release[0], target=tmp_path / "reader", pattern=pattern, done=tmp_path / "done.json", labels=None,
        only=only, any_disk=False, hall="small", grid="", skip=0,
    )  # fmt: skip
    said = iter(answers)
    left = iter(cards)
    return write_command.batch(chosen, release[1], listed, lambda _: next(said), lambda *_: next(left))


def test_a_bad_card_is_named_and_its_position_gets_another(tmp_path, pattern, listed, release, capsys):
    bad, first, second = (FakeCard(88 * MIB) for _ in range(3))
    bad.flips.add(5 * MIB)
    assert batch(tmp_path, pattern, listed, release, ["", "", ""], [bad, first, second]) == 0
    told = capsys.readouterr()
    assert "ticket-1: the card does not hold" in told.err
    assert "2 of 2 cards are written; 1 cards failed" in told.out
    slot = release[1].slot
    tokens = [seed.read(bytes(card.data[slot.start : slot.end])).token for card in (first, second)]
    assert tokens == ["t1", "t2"]


def test_a_batch_goes_on_where_it_was_stopped(tmp_path, pattern, listed, release, capsys):
    assert batch(tmp_path, pattern, listed, release, ["", "q"], [FakeCard(88 * MIB)]) == 3
    assert Done(tmp_path / "done.json").positions == ["ticket-1"]
    assert batch(tmp_path, pattern, listed, release, ["s"], []) == 3
    assert "1 of 2" in capsys.readouterr().out


def test_a_misspelt_position_is_refused_before_a_card_is_touched(tmp_path, pattern, listed, release):
    with pytest.raises(BatchError, match=r"no card is wanted at calller-1; one is at .*ticket-1"):
        batch(tmp_path, pattern, listed, release, [], [], only=["ticket-1", "calller-1"])
    assert batch(tmp_path, pattern, listed, release, [""], [FakeCard(88 * MIB)], only=["ticket-1"]) == 0
    Done(tmp_path / "done.json").add("gone-1")
    assert batch(tmp_path, pattern, listed, release, [], [], only=["ticket-1", "gone-1"]) == 0


def test_a_pattern_with_a_fault_is_refused_before_a_card_is_touched(tmp_path, listed):
    file = tmp_path / "pattern.toml"
    file.write_text("est = ")
    with pytest.raises(BatchError, match="is not TOML"):
        Pattern(file)
    file.write_text("")
    with pytest.raises(seed.SeedError):
        Pattern(file).slot(Place("caller-1", "caller"), "t")


def test_labels_go_on_from_sheet_to_sheet_and_are_the_same_each_time(tmp_path):
    labels = [Label.of_position("dongcheng", f"caller-{n}", "caller", "二层 社保区") for n in range(4)]
    file = tmp_path / "labels.pdf"
    assert sheet(file, labels, skip=22) == 2
    first = file.read_bytes()
    assert first.startswith(b"%PDF-")
    assert b"STSong-Light" in first
    sheet(file, labels, skip=22)
    assert file.read_bytes() == first


@pytest.mark.parametrize(
    ("text", "words"),
    [("3x8", "write it like"), ("4x8,63.5x33.9,6.5,12.9", "do not fit on A4"), ("1x1,5x5,0,0", "15 mm")],
)
def test_a_grid_that_cannot_be_is_refused(text, words):
    with pytest.raises(LabelError, match=words):
        Grid.read(text)


def test_no_labels_is_said(tmp_path: Path):
    with pytest.raises(LabelError, match="no labels"):
        sheet(tmp_path / "none.pdf", [])
