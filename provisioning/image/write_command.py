"""`tingxu image write` and `labels`: one card, or a whole batch with its labels."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edge.runtime import seed
from provisioning.image import disks, manifest, writing
from provisioning.image.batch import BatchError, Claims, Done, Hub, Listed, Pattern, Place
from provisioning.image.card import Card, Device
from provisioning.image.labels import Grid, Label, LabelError, sheet

Ask = Callable[[str], str]
Opened = Callable[[Path, bool], Card]


def add_write(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path)
    parser.add_argument("target", type=Path, metavar="DEVICE", help="the card's disk, such as /dev/sdb; or a file")
    parser.add_argument("--seed", type=Path, help="of this one card")
    parser.add_argument(
        "--any-disk", action="store_true", help="also one that is not removable, such as an x86 box's own"
    )
    batch = parser.add_argument_group("a batch", "next card, next label, until done; what is done is not done again")
    batch.add_argument(
        "--pattern", type=Path, help="what all seeds have in common; tables called like a class have its [device]"
    )
    batch.add_argument("--hub", metavar="URL", help="asks the hub for a claim for each card")
    batch.add_argument("--hall", default="")
    batch.add_argument("--token-file", type=Path, help="holds an API token of role technician")
    batch.add_argument(
        "--list", type=Path, help="instead of the hub: JSON lines with position, device_class, token, where"
    )
    batch.add_argument("--only", nargs="+", metavar="POSITION", default=[])
    batch.add_argument("--done", type=Path, default=Path("cards-done.json"), help="what is written already")
    _sheet_options(batch)
    parser.set_defaults(run=_write)


def add_labels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hub", metavar="URL")
    parser.add_argument("--hall", default="", required=True)
    parser.add_argument("--token-file", type=Path)
    parser.add_argument("--list", type=Path)
    parser.add_argument("--only", nargs="+", metavar="POSITION", default=[])
    _sheet_options(parser)
    parser.set_defaults(run=_labels)


def _sheet_options(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    parser.add_argument("--labels", type=Path, metavar="PDF", help="the label sheet")
    parser.add_argument("--grid", default="", help="COLUMNSxROWS,WIDTHxHEIGHT,LEFT,TOP[,ACROSS,DOWN] in mm, A4")
    parser.add_argument("--skip", type=int, default=0, help="labels of the first sheet that are gone")


def _write(chosen: argparse.Namespace) -> int:
    try:
        about = manifest.read(chosen.image)
        if chosen.pattern is not None:
            return batch(chosen, about, _claims(chosen), input, _open)
        slot = seed.slot(chosen.seed.read_text("utf-8")) if chosen.seed else seed.BLANK
        _onto_card(chosen, about, slot, _open)
    except (writing.CardError, writing.ImageError, ValueError, OSError) as error:
        print(f"image: {chosen.target}: {error}", file=sys.stderr)
        return 1
    print(f"{chosen.target}: written and read back")
    return 0


def batch(
    chosen: argparse.Namespace,
    about: manifest.Manifest,
    claims: Claims,
    ask: Ask,
    opened: Opened,
) -> int:
    """Until all are done, or somebody says q. A card that fails is named, and its position's turn comes again."""
    pattern, done = Pattern(chosen.pattern), Done(chosen.done)
    places = _wanted(claims.places(), chosen.only, done.positions)
    left = done.left(places)
    if chosen.labels is not None and left:
        _print_sheet(chosen, left)
    failed = 0
    while left:
        place = left[0]
        question = f"{len(left)} to go. Card for {place.position} ({place.device_class}) into {chosen.target}"
        said = ask(f"{question}; Enter, s to skip, q to stop: ")
        if said.strip().lower() == "q":
            break
        if said.strip().lower() == "s":
            left = left[1:]
            continue
        if _one(chosen, about, pattern, claims, place, opened):
            done.add(place.position)
            left = left[1:]
        else:
            failed += 1
    print(f"{len(places) - len(done.left(places))} of {len(places)} cards are written; {failed} cards failed")
    return 0 if not done.left(places) else 3


def _one(
    chosen: argparse.Namespace,
    about: manifest.Manifest,
    pattern: Pattern,
    claims: Claims,
    place: Place,
    opened: Opened,
) -> bool:
    began = time.monotonic()
    try:
        slot = pattern.slot(place, claims.token(place.position))
        _onto_card(chosen, about, slot, opened)
    except (writing.CardError, disks.RefusedError, OSError) as error:
        print(f"image: {place.position}: {error}", file=sys.stderr)
        return False
    print(
        f"{place.position}: written and read back in {time.monotonic() - began:.0f} s; put label {place.position} on it"
    )
    return True


def _onto_card(chosen: argparse.Namespace, about: manifest.Manifest, slot: bytes, opened: Opened) -> None:
    """Raises writing.CardError, disks.RefusedError, OSError."""
    card = opened(chosen.target, chosen.any_disk)
    try:
        with Bar() as bar:
            writing.write(card, chosen.image, about, slot, bar.told)
    finally:
        card.close()


def _open(target: Path, any_disk: bool) -> Card:
    """Raises disks.RefusedError, OSError."""
    disk = disks.look(target)
    if disk is not None:
        disks.refuse(disk, target, any_disk=any_disk)
    return Device(target)


def _claims(chosen: argparse.Namespace) -> Claims:
    if chosen.list is not None:
        return Listed(chosen.list)
    if not (chosen.hub and chosen.hall and chosen.token_file):
        raise BatchError("a batch needs --hub, --hall and --token-file, or --list")
    return Hub(chosen.hub, chosen.hall, chosen.token_file.read_text("ascii").strip())


def _wanted(places: list[Place], only: Sequence[str], done: Sequence[str] = ()) -> list[Place]:
    """Raises BatchError for a name that no place has: a card would be missing, and nobody told. Whose card was written
    may have its device by now, and no place any more."""
    known = {place.position for place in places}
    if unknown := [name for name in only if name not in known and name not in done]:
        raise BatchError(f"--only: no card is wanted at {', '.join(unknown)}; one is at {', '.join(sorted(known))}")
    return [place for place in places if not only or place.position in only]


def _labels(chosen: argparse.Namespace) -> int:
    try:
        if chosen.labels is None:
            raise LabelError("say where: --labels sheet.pdf")
        places = _wanted(_claims(chosen).places(), chosen.only)
        pages = _print_sheet(chosen, places)
    except (ValueError, OSError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    print(f"{chosen.labels}: {len(places)} labels on {pages} pages")
    return 0


def _print_sheet(chosen: argparse.Namespace, places: list[Place]) -> int:
    grid = Grid.read(chosen.grid) if chosen.grid else Grid()
    return sheet(chosen.labels, _labelled(chosen.hall, places), grid, chosen.skip)


def _labelled(hall: str, places: list[Place]) -> Iterator[Label]:
    for place in places:
        yield Label.of_position(hall, place.position, place.device_class, place.where)


class Bar:
    """How far it is, and how fast, on the terminal."""

    def __enter__(self) -> "Bar":
        from tqdm import tqdm

        self._bar = tqdm(unit="B", unit_scale=True, unit_divisor=1000, leave=False, disable=None)
        self._what = ""
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def told(self, what: str, done: int, of: int) -> None:
        if what != self._what:
            self._what = what
            self._bar.reset(of)
            self._bar.set_description(what)
        self._bar.update(done - self._bar.n)
