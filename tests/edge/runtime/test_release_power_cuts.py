"""A power cut at any moment of an update leaves something whole to start."""

from pathlib import Path

from edge.runtime.releases import Releases
from provisioning import signing
from provisioning.board import launch
from tests.support.bundles import packed, release
from tests.support.dying_child import cut_at
from wire.upkeep import Release

FILES = [("edge/__init__.py", b""), ("edge/__main__.py", b"print('runs')\n"), ("wire/__init__.py", b"")]


def come(store: Releases, content: bytes, order: Release) -> None:
    part = store.part(order)
    part.write(content)
    store.unpack(part, "caller")


def test_a_power_cut_at_any_step_leaves_something_whole_to_start_and_the_next_attempt_succeeds(
    tmp_path: Path,
) -> None:
    """Fetching, unpacking, switching, keeping: cut at every touch of the disk."""
    key, card = tmp_path / "publisher", tmp_path / "card"
    signing.make_key(key)
    (card / "0.1.0" / "edge").mkdir(parents=True)
    (card / "0.1.0" / "edge" / "__main__.py").write_bytes(b"")
    first, second = packed(FILES, name="0.2.0"), packed(FILES, name="0.3.0")
    orders = [release(first, key, "0.2.0", 1), release(second, key, "0.3.0", 2)]
    cuts = 0
    for step in range(1, 400):
        folder = tmp_path / f"cut-{step}"
        folder.mkdir()
        store = Releases(folder, card, key.with_name("publisher.pub"))
        shelf = launch.Shelf(folder, card)
        come(store, first, orders[0])
        store.try_out(orders[0])
        store.commit("0.2.0")

        def update(store: Releases = store) -> None:
            store.make_room(orders[1], len(second))
            come(store, second, orders[1])
            store.try_out(orders[1])
            store.commit("0.3.0")

        was_cut = cut_at(step, update, folder)
        choice = launch.choose(shelf.state(), shelf.is_whole, launch.Moment("b", 0.0))
        assert choice.name in ("0.2.0", "0.3.0"), f"step {step}"
        assert shelf.is_whole(choice.name), f"step {step}"
        if not was_cut:
            assert (choice.name, choice.is_trial) == ("0.3.0", False)
            break
        cuts += 1
        part = store.part(orders[1])
        part.drop()
        update()
        assert store.state().good == "0.3.0", f"step {step}"
    assert cuts > 15, "the whole of it was cut"
