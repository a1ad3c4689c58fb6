"""A seed goes into its slot in place, and nothing else on the card changes."""

import subprocess

import pytest

from edge.runtime import seed
from provisioning import __main__ as tingxu
from provisioning.image import layout, manifest, seeding

GOOD = f'est = "https://hub.example:8443"\nca_fingerprint = "{"ab" * 32}"\nbroker = "hub.example:8883"\n'


def digest(path, about, slot):
    with path.open("rb") as file:
        return manifest.sha256(file, about.size, slot)


def test_a_seeded_image_is_the_release_again_once_its_slot_counts_as_blank(release, image):
    about = release[1]
    seeding.write(image, seed.slot(GOOD))
    assert seed.read(seeding.read(image)).est == "https://hub.example:8443"
    assert digest(image, about, about.slot) == about.sha256
    assert digest(image, about, None) != about.sha256
    seeding.write(image, seed.BLANK)
    assert digest(image, about, None) == about.sha256


def test_other_programs_see_the_seed_as_a_file_and_find_no_fault(release, image, tmp_path):
    about = release[1]
    seeding.write(image, seed.slot(GOOD))
    place = f"{image}@@{about.boot.start}"
    subprocess.run(["mcopy", "-n", "-i", place, f"::{seed.FILE}", str(tmp_path / "read")], check=True)
    assert (tmp_path / "read").read_bytes() == seed.slot(GOOD)
    with image.open("rb") as file:
        file.seek(about.boot.start)
        (tmp_path / "fat").write_bytes(file.read(about.boot.size))
    done = subprocess.run(["/usr/sbin/fsck.vfat", "-n", str(tmp_path / "fat")], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("size", [0, 100, 512, 1 << 20])
def test_what_is_no_image_of_ours_is_refused_and_left_alone(tmp_path, size):
    other = tmp_path / "other"
    other.write_bytes(b"\x55\xaa" * (size // 2))
    before = other.read_bytes()
    with pytest.raises(layout.LayoutError):
        seeding.write(other, seed.slot(GOOD))
    assert other.read_bytes() == before


def test_a_slot_that_somebody_wrote_anew_in_pieces_is_refused(release, image):
    """A file manager that rewrites the file need not put it where it was."""
    about = release[1]
    with image.open("r+b") as file:
        file.seek(about.boot.start)
        sector = file.read(512)
        fat = about.boot.start + int.from_bytes(sector[14:16], "little") * 512
        data = fat + sector[16] * int.from_bytes(sector[36:40], "little") * 512
        second = (about.slot.start - data) // 512 + 2 + 1
        file.seek(fat + 4 * second)
        file.write((second + 7).to_bytes(4, "little"))
    with pytest.raises(layout.LayoutError, match="in pieces"):
        seeding.write(image, seed.slot(GOOD))


def test_the_command_says_what_is_wrong_with_a_seed_and_writes_nothing(release, image, tmp_path, capsys):
    file = tmp_path / "seed.toml"
    file.write_text(GOOD.replace("https", "http"))
    assert tingxu.main(["image", "seed", str(image), str(file)]) == 1
    assert "set https://HOST:PORT" in capsys.readouterr().err
    assert seeding.read(image) == seed.BLANK
    file.write_text(GOOD)
    assert tingxu.main(["image", "seed", str(image), str(file)]) == 0
    assert tingxu.main(["image", "seed", str(image), "--blank"]) == 0
    assert seeding.read(image) == seed.BLANK
