"""A card is written with its first block last and read back whole; each way in which cards are bad is found."""

import errno

import pytest

from edge.runtime import seed
from provisioning import __main__ as tingxu
from provisioning.image import writing
from provisioning.image.card import Device
from provisioning.image.fake_card import FakeCard
from provisioning.image.layout import MIB

SLOT = seed.slot(f'est = "https://h:1"\nca_fingerprint = "{"ab" * 32}"\nbroker = "h:2"\n')
SIZE = 88 * MIB


def written(card, release, slot=SLOT):
    image, about = release
    steps = []
    writing.write(card, image, about, slot, lambda *step: steps.append(step))
    return steps


def test_a_good_card_holds_the_image_with_its_seed_and_progress_was_told(release):
    card = FakeCard(SIZE)
    steps = written(card, release)
    image, about = release
    expected = bytearray(image.read_bytes())
    expected[about.slot.start : about.slot.end] = SLOT
    assert card.data[: about.size] == expected
    assert not any(card.data[about.size :]), "marks of the test are gone"
    assert steps[-1] == ("verify", about.size, about.size)
    assert ("write", about.size, about.size) in steps


def test_the_first_block_comes_last_and_only_once_everything_else_is_on_the_card(release):
    card = FakeCard(SIZE)
    written(card, release)
    log = [entry for entry in card.log if entry[0] != "close"]
    assert log[0] == ("write", 0, 4096)  # blank: a card that is cut off here is no card of ours
    last = [index for index, (what, place, _) in enumerate(log) if what == "write" and place == 0][-1]
    assert log[last - 1][0] == "flush"
    assert log[last + 1][0] == "flush"
    assert all(place >= release[1].size for what, place, _ in log[last + 2 :] if what == "write")


@pytest.mark.parametrize("cut_at", [8 * MIB, 30 * MIB, 57 * MIB])
def test_a_card_that_was_pulled_out_half_way_has_no_partition_table(release, cut_at):
    card = FakeCard(SIZE)
    card.data[:] = b"\xaa" * SIZE  # of its life before
    card.breaks_at = cut_at
    with pytest.raises(writing.CardError, match="cannot be read or written"):
        written(card, release)
    assert not any(card.data[:512])


@pytest.mark.parametrize("beyond", ["lost", "full"])
@pytest.mark.parametrize("holds", [20 * MIB, 80 * MIB, SIZE - MIB])
def test_a_card_that_is_smaller_than_it_says_is_found_though_the_image_might_fit(release, beyond, holds):
    card = FakeCard(SIZE, holds=holds, beyond=beyond)
    with pytest.raises(writing.CardError, match="forged or worn"):
        written(card, release)
    assert not any(step[0] == "write" and step[2] > 4096 for step in card.log), "it was found before the long part"


@pytest.mark.parametrize("holds", [20 * MIB, 75 * MIB, 80 * MIB + 4096 * 3, SIZE - MIB])
def test_a_card_that_begins_anew_after_its_true_size_is_found_wherever_that_is(release, holds):
    card = FakeCard(SIZE, holds=holds, beyond="wraps")
    with pytest.raises(writing.CardError, match=r"forged|does not read back|bad"):
        written(card, release)


def test_one_bit_that_does_not_keep_is_found(release):
    card = FakeCard(SIZE)
    card.flips.add(41 * MIB + 12345)
    with pytest.raises(writing.CardError, match="does not hold what was written"):
        written(card, release)


def test_one_bit_in_the_seed_is_found(release):
    card = FakeCard(SIZE)
    card.flips.add(release[1].slot.start + 60)
    with pytest.raises(writing.CardError, match="the seed does not read back"):
        written(card, release)


def test_writes_that_take_a_part_are_gone_on_with(release):
    card = FakeCard(SIZE)
    card.short = 100_000
    written(card, release)
    assert card.data[release[1].slot.start : release[1].slot.end] == SLOT


def test_a_card_that_is_too_small_is_refused_before_anything_is_written(release):
    card = FakeCard(40 * MIB)
    with pytest.raises(writing.CardError, match="the card has 41 MB, and the image needs"):
        written(card, release)
    assert card.log == []


def test_a_damaged_image_is_not_called_a_bad_card(release, image):
    with image.open("r+b") as file:
        file.seek(20 * MIB)
        file.write(b"damaged")
    with pytest.raises(writing.ImageError, match="not what its manifest says"):
        writing.write(FakeCard(SIZE), image, release[1], SLOT, lambda *_: None)


def test_a_device_is_read_past_the_machines_memory_of_it(tmp_path):
    path = tmp_path / "card"
    path.write_bytes(bytes(2 * MIB))
    card = Device(path)
    assert card.write(b"a" * 8192, 4096) == 8192
    card.flush()
    assert card.read(4096, 8192) == b"a" * 4096
    assert len(card.read(4 * MIB, MIB)) == MIB
    card.close()
    with pytest.raises(OSError, match=errno.errorcode[errno.EBADF] + "|Bad file"):
        card.flush()


def test_the_command_writes_and_check_finds_the_release_on_it(release, tmp_path, capsys):
    card, file = tmp_path / "card", tmp_path / "seed.toml"
    with card.open("wb") as new:
        new.truncate(SIZE)
    file.write_bytes(SLOT.rstrip(b"\n"))
    assert tingxu.main(["image", "write", str(release[0]), str(card), "--seed", str(file)]) == 0
    assert card.read_bytes()[release[1].slot.start : release[1].slot.end] == SLOT
    tiny = tmp_path / "tiny"
    tiny.write_bytes(bytes(MIB))
    assert tingxu.main(["image", "write", str(release[0]), str(tiny)]) == 1
    assert "the image needs" in capsys.readouterr().err
