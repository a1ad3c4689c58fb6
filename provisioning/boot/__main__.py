"""`scripts/boot KIND`: an image is built, booted in QEMU, enrols, prints; its power is cut; the outcome as JSON."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import msgspec

from edge.runtime.version import VERSION
from provisioning.boot.course import Course
from provisioning.boot.machine import KINDS
from provisioning.image import building, manifest, programs


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/boot", description=__doc__)
    parser.add_argument("kind", choices=list(KINDS), help="amd64; arm64 (QEMU's virt); raspi3b: the arm64 image")
    parser.add_argument("--cuts", type=int, default=20, metavar="N", help="how often the power is cut (20)")
    parser.add_argument(
        "--classless",
        action="store_true",
        help="a seed without a class and without a token: the board waits, and is approved by its pairing code",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcome there, too")
    parser.add_argument(
        "--image", type=Path, help="this one (default: what the sources give, built where it is not kept)"
    )
    parser.add_argument(
        "--seed", type=int, default=None, metavar="N", help="of the moments of the cuts, to have them again"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave card and logs there")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(1 << 32)
    place = chosen.keep or Path(tempfile.mkdtemp(prefix="tingxu-boot-"))
    place.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # hub, broker and machine end with it
    try:
        image = chosen.image or building.kept(KINDS[chosen.kind].arch, VERSION, _say)
        _say(f"image {image}; cuts from seed {seed}")
        luck = random.Random(seed)  # noqa: S311 - to have it again
        course = Course(chosen.kind, image, place, chosen.cuts, luck, _say, classless=chosen.classless)
        course.outcome.image_sha256 = manifest.read(image).sha256
        outcome = course.run()
    except (programs.BuildError, manifest.ManifestError, OSError) as error:
        print(f"boot: {error}", file=sys.stderr)
        return 2
    finally:
        if chosen.keep is None:
            shutil.rmtree(place, ignore_errors=True)
    text = msgspec.json.format(msgspec.json.encode(outcome), indent=2).decode()
    print(text)
    if chosen.json is not None:
        chosen.json.write_text(text + "\n", "utf-8")
    return 0 if outcome.is_good else 1


def _say(text: str) -> None:
    print(f"boot: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
