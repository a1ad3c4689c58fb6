"""Scripts and styles, with addresses that change when their content does."""

import hashlib
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=6).hexdigest()


HASHES: dict[str, str] = {
    path.relative_to(FOLDER).as_posix(): _digest(path.read_bytes())
    for path in sorted(FOLDER.rglob("*"))
    if path.is_file()
}
BUILD = _digest("".join(HASHES.values()).encode())
"""Of all files together: a page that was opened before an update sees that it is an old one."""


def address(name: str) -> str:
    """Raises KeyError for a file that is not there."""
    return f"/static/{name}?v={HASHES[name]}"


class Assets(StaticFiles):
    """Kept for ever under the address with the right hash; asked again each time under any other."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        version = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]
        kept = version and version == HASHES.get(path)
        response.headers["Cache-Control"] = _FOR_EVER if kept else "no-cache"
        return response
