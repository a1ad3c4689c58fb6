"""Card images: build, seed, write, check, and labels for the boards."""

import argparse
import sys
from pathlib import Path

from edge.runtime import seed
from edge.runtime.version import VERSION
from provisioning.image import building, checking, layout, manifest, programs, seeding, write_command


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="WHAT")
    build = verbs.add_parser("build", help="an image for all boards of one kind")
    build.add_argument(
        "--arch", choices=["amd64", "arm64"], required=True, help="arm64: Raspberry Pi; amd64: x86 boxes"
    )
    build.add_argument("--out", type=Path, metavar="FILE", help="the image (default: tingxu-VERSION-ARCH.img)")
    build.add_argument(
        "--screens", action="store_true", help="with mpv, Chromium and fonts, for players and touch pages"
    )
    build.add_argument("--key", type=Path, help="private key that signs the manifest (`tingxu release key`)")
    build.add_argument("--release-key", type=Path, metavar="PUB", help="public key that updates must be signed with")
    build.add_argument(
        "--like", type=Path, metavar="IMAGE", help="with exactly the Debian packages of an earlier image"
    )
    build.set_defaults(run=_build)

    write_seed = verbs.add_parser("seed", help="write a seed into an image or onto a card, in place")
    write_seed.add_argument("target", type=Path, metavar="IMAGE|DEVICE")
    write_seed.add_argument("seed", type=Path, metavar="SEED", nargs="?", help="TOML: est, ca_fingerprint, broker, …")
    write_seed.add_argument("--blank", action="store_true", help="take the seed out again")
    write_seed.set_defaults(run=_seed)

    write_command.add_write(verbs.add_parser("write", help="write a card, or a batch of them, and read it back"))
    write_command.add_labels(verbs.add_parser("labels", help="a sheet of labels for boards, as PDF"))

    look = verbs.add_parser("check", help="look over an image or a written card")
    look.add_argument("target", type=Path, metavar="IMAGE|DEVICE")
    look.add_argument("--image", type=Path, help="whose manifest it is held against (default: the target's own)")
    look.add_argument("--public-key", type=Path, help="of who is trusted to sign images")
    look.set_defaults(run=_check)


def _build(chosen: argparse.Namespace) -> int:
    image = chosen.out or Path(f"tingxu-{VERSION}-{chosen.arch}.img")
    try:
        wanted = building.Wanted(
            arch=chosen.arch, version=VERSION, screens=chosen.screens, key=chosen.key, release_key=chosen.release_key,
            versions=manifest.read(chosen.like).packages if chosen.like else {},
        )  # fmt: skip
        about = building.build(wanted, image, lambda text: print(f"image: {text}", file=sys.stderr, flush=True))
    except (programs.BuildError, manifest.ManifestError, ValueError, OSError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    print(f"{image}: {about.size // layout.MIB} MiB, SHA-256 {about.sha256}")
    return 0


def _seed(chosen: argparse.Namespace) -> int:
    try:
        if chosen.blank == (chosen.seed is not None):
            raise seed.SeedError("name a seed's file, or say --blank")
        slot = seed.BLANK if chosen.blank else seed.slot(chosen.seed.read_text("utf-8"))
        seeding.write(chosen.target, slot)
    except (seed.SeedError, layout.LayoutError, seeding.SeedingError, UnicodeDecodeError, OSError) as error:
        print(f"image: {chosen.target}: {error}", file=sys.stderr)
        return 1
    print(f"{chosen.target}: seeded, and read back")
    return 0


def _check(chosen: argparse.Namespace) -> int:
    image = chosen.image or chosen.target
    bad = 0
    try:
        for found in checking.check(chosen.target, manifest.read(image), image, chosen.public_key):
            sign = {True: "good", False: "BAD ", None: "?   "}[found.good]
            print(f"{sign} {found.what}{': ' * bool(found.text)}{found.text}")
            bad += found.good is False
    except (manifest.ManifestError, programs.BuildError, OSError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    return 1 if bad else 0
