"""Releases on a board's disk: what is not whole, not signed, or not for this board never becomes one."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from edge.runtime.releases import NoRoomError, RefusedError, Releases, State
from provisioning import signing
from provisioning.board import launch
from tests.support.bundles import packed, release
from wire.upkeep import Release

FILES = [("edge/__init__.py", b""), ("edge/__main__.py", b"print('runs')\n"), ("wire/__init__.py", b"")]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("key") / "publisher"
    signing.make_key(place)
    return place


@pytest.fixture
def store(tmp_path: Path, key: Path) -> Releases:
    (tmp_path / "releases").mkdir()
    (tmp_path / "card" / "0.1.0" / "edge").mkdir(parents=True)
    return Releases(tmp_path / "releases", tmp_path / "card", key.with_name("publisher.pub"))


def come(store: Releases, content: bytes, order: Release, device_class: str = "caller") -> None:
    part = store.part(order)
    part.write(content)
    store.unpack(part, device_class)


def test_a_signed_bundle_becomes_a_release_that_the_launcher_finds_whole(
    store: Releases, key: Path, tmp_path: Path
) -> None:
    content = packed(FILES)
    come(store, content, release(content, key, "0.2.0"))
    there = tmp_path / "releases"
    assert sorted(path.name for path in there.iterdir()) == ["0.2.0"]
    assert store.has("0.2.0")
    shelf = launch.Shelf(there, tmp_path / "card")
    assert shelf.is_whole("0.2.0")
    (there / "0.2.0" / "edge" / "__main__.py").write_bytes(b"print('runz')\n")
    assert not shelf.is_whole("0.2.0")


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> bytes:
    """A bundle whose last member is a link."""
    made = packed(FILES)
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(made)) as source, tarfile.open(fileobj=out, mode="w:") as target:
        for member in source:
            target.addfile(member, source.extractfile(member))
        odd = tarfile.TarInfo(name)
        odd.type, odd.linkname = kind, to
        target.addfile(odd)
    return out.getvalue()


MORE = {"edge/x.py": "0" * 64} | {path: hashlib.sha256(content).hexdigest() for path, content in FILES}
SLIP = ("edge/../../../slipped.py", b"")
REFUSED = {
    "no tar": (b"PK\x03\x04" + bytes(2000), "no bundle"),
    "empty tar": (bytes(10240), "no bundle"),
    "manifest not first": (packed([("edge/a.py", b"")])[512:] or b"", "no bundle"),
    "path traversal": (packed([*FILES, SLIP]), "manifest does not have"),
    "absolute path": (packed([*FILES, ("/etc/passwd", b"x")]), "manifest does not have"),
    "hidden file": (packed([*FILES, ("edge/.x", b"x")]), "manifest does not have"),
    "other folder": (packed([*FILES, ("hub/x.py", b"x")]), "manifest does not have"),
    "symbolic link": (link("edge/link.py", "/etc/passwd"), "no plain file"),
    "hard link": (link("edge/link.py", "edge/__main__.py", tarfile.LNKTYPE), "no plain file"),
    "device": (link("edge/null", "", tarfile.CHRTYPE), "no plain file"),
    "folder": (link("edge/more", "", tarfile.DIRTYPE), "no plain file"),
    "twice the same": (packed([*FILES, FILES[1]]), "manifest does not have"),
    "not in the manifest": (packed(FILES, files={}), "manifest does not have"),
    "other content": (packed(FILES, files={path: "0" * 64 for path, _ in FILES}), "not what the manifest says"),
    "missing": (packed(FILES, files=MORE), "missing"),
    "other name": (packed(FILES, name="0.9.0"), "0.9.0"),
    "newer format": (packed(FILES, format=2), "launcher of this board is too old"),
    "newer launcher": (packed(FILES, launcher=2), "launcher of this board is too old"),
    "packages": (packed(FILES, packages={"caller": {"msgspec": "99.0"}}), "msgspec 99.0"),
    "package that is not here": (packed(FILES, packages={"caller": {"quantum": "1.0"}}), "quantum 1.0 (–)"),
    "no manifest": (packed(FILES, files="many"), "release.json"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_in_a_bundle_is_refused_in_words_and_leaves_nothing(
    content: bytes, words: str, store: Releases, key: Path, tmp_path: Path
) -> None:
    """All of it is signed: even a publisher's mistake does no harm."""
    with pytest.raises(RefusedError, match=r"[\u4e00-\u9fff]") as refused:
        come(store, content, release(content, key, "0.2.0"))
    assert words in str(refused.value)
    assert list((tmp_path / "releases").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"releases", "card"}


def test_packages_of_another_class_do_not_matter(store: Releases, key: Path) -> None:
    content = packed(FILES, packages={"led_window": {"quantum": "1.0"}})
    come(store, content, release(content, key, "0.2.0"))
    assert store.has("0.2.0")


def test_another_publishers_signature_is_refused_before_the_bundle_is_looked_at(
    store: Releases, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    signing.make_key(other)
    garbage = bytes(1000)
    with pytest.raises(RefusedError, match="signature"):
        come(store, garbage, release(garbage, other, "0.2.0"))
    assert list((tmp_path / "releases").iterdir()) == []


@pytest.mark.parametrize("signature", ["", "AAAA", "not base64 !", "A" * 88], ids=["none", "short", "garbage", "zero"])
def test_no_signature_at_all_is_refused(store: Releases, key: Path, signature: str) -> None:
    content = packed(FILES)
    with pytest.raises(RefusedError, match="signature"):
        come(store, content, release(content, key, "0.2.0", signature=signature))


def test_other_content_under_the_same_hash_is_refused(store: Releases, key: Path) -> None:
    content = packed(FILES)
    changed = bytes([content[0] ^ 1]) + content[1:]
    with pytest.raises(RefusedError, match="hash"):
        come(store, changed, release(content, key, "0.2.0"))
    with pytest.raises(RefusedError, match="hash"):
        come(store, content[:-512], release(content, key, "0.2.0"))


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path, key: Path) -> None:
    store = Releases(tmp_path, tmp_path / "card", key, free=lambda: 5_000_000)
    content = packed(FILES)
    with pytest.raises(NoRoomError, match="5 MB are free"):
        store.make_room(release(content, key, "0.2.0"), len(content))


def test_parts_of_other_bundles_make_room(store: Releases, key: Path, tmp_path: Path) -> None:
    stale = tmp_path / "releases" / f"{'0' * 64}.part"
    stale.write_bytes(b"half")
    content = packed(FILES)
    store.make_room(release(content, key, "0.2.0"), len(content))
    assert not stale.exists()


def test_the_good_one_before_stays_and_older_ones_go(store: Releases, key: Path, tmp_path: Path) -> None:
    for number, name in enumerate(["0.2.0", "0.3.0", "0.4.0"], 1):
        content = packed(FILES, name=name)
        order = release(content, key, name, number)
        come(store, content, order)
        store.try_out(order)
        store.commit(name)
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["0.3.0", "0.4.0", "state.json"]
    assert store.state() == State(good="0.4.0", revision=3)


def test_what_is_given_up_leaves_the_good_one_and_why(store: Releases, key: Path) -> None:
    content = packed(FILES)
    order = release(content, key, "0.2.0", revision=7)
    come(store, content, order)
    store.try_out(order, ["port"])
    store.give_up("it rattled")
    state = store.state()
    assert (state.good, state.trial) == ("", None)
    assert state.returned is not None
    assert (state.returned.name, state.returned.revision, state.returned.why) == ("0.2.0", 7, "it rattled")
