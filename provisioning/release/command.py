"""Make, sign and look into releases of the edge software.

tingxu release key FILE         the publisher's key; FILE.pub goes onto every card and into the hub
tingxu release build --key FILE [--name 0.2.0]    the bundle, and beside it its signature
tingxu release check BUNDLE --key FILE.pub        whether boards with that key would take it
"""

import argparse
import hashlib
import json
import sys
import tarfile
from pathlib import Path

from edge.runtime import signature
from edge.runtime.releases import MANIFEST
from provisioning import signing
from provisioning.release import bundle

ROOT = Path(__file__).parents[2]


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="key|build|check")
    key = what.add_parser("key", help="a new key to sign with; keep it away from hub and boards")
    key.add_argument("file", type=Path)
    key.set_defaults(run=_key)
    build = what.add_parser("build", help="a bundle of edge/ and wire/, and its signature")
    build.add_argument("--key", type=Path, required=True, metavar="FILE", help="the publisher's key")
    build.add_argument("--name", default="", help="the version (default: that of edge/runtime/version.py)")
    build.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="(default: here)")
    build.add_argument("--wheel", type=Path, action="append", default=[], metavar="FILE", help="pure Python; repeat")
    build.add_argument("--source", type=Path, default=ROOT, metavar="DIR", help=argparse.SUPPRESS)
    build.set_defaults(run=_build)
    check = what.add_parser("check", help="whether a bundle is whole and signed, and what is in it")
    check.add_argument("file", type=Path, metavar="BUNDLE")
    check.add_argument("--key", type=Path, required=True, metavar="FILE", help="the publisher's public key")
    check.set_defaults(run=_check)


def _key(options: argparse.Namespace) -> int:
    try:
        public = signing.make_key(options.file)
    except FileExistsError:
        return _wrong(f"{options.file} is there already: boards may trust it; give another name")
    except OSError as error:
        return _wrong(str(error))
    print(f"{options.file}  sign with it; keep it secret, and a copy of it\n{public}  goes onto cards and into the hub")
    return 0


def _build(options: argparse.Namespace) -> int:
    try:
        made = bundle.build(options.source, options.name, options.wheel)
        sha256 = hashlib.sha256(made).hexdigest()
        signed = signing.sign(sha256, options.key)
        name = _manifest(made)["name"]
        path = options.out / f"tingxu-{name}.tar"
        path.write_bytes(made)
        path.with_name(f"{path.name}.sig").write_text(f"{signed}\n", "ascii")
    except (bundle.BundleError, signing.SigningKeyError, OSError) as error:
        return _wrong(str(error))
    print(f"{path}  {len(made)} bytes\nsha256 {sha256}\n{path}.sig  {signed}")
    return 0


def _check(options: argparse.Namespace) -> int:
    try:
        content = options.file.read_bytes()
        signed = options.file.with_name(f"{options.file.name}.sig").read_text("ascii").strip()
        signature.check(hashlib.sha256(content).hexdigest(), signed, options.key)
        manifest = _manifest(content)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, tarfile.TarError) as error:
        return _wrong(f"{options.file}: {error}")
    print(f"{manifest['name']}: signed, {len(manifest['files'])} files, {len(content)} bytes")
    return 0


def _manifest(content: bytes) -> dict[str, dict[str, str]]:
    import io

    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
        file = tar.extractfile(MANIFEST)
        if file is None:
            raise ValueError(f"{MANIFEST} is no file")
        return dict(json.load(file))


def _wrong(text: str) -> int:
    print(f"tingxu release: {text}", file=sys.stderr)
    return 2
