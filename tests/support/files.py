"""Small pictures and films, made once by `python -m tests.support.files` (needs Pillow and ffmpeg)."""

import shutil
import subprocess
import sys
from pathlib import Path

FILES = Path(__file__).parent / "media"


def main() -> None:
    from PIL import Image

    FILES.mkdir(exist_ok=True)
    picture = Image.new("RGB", (64, 36), "#1256b8")
    for name in ("one.png", "one.jpg", "one.webp"):
        picture.save(FILES / name)
    picture.save(FILES / "lossless.webp", lossless=True)
    ffmpeg = shutil.which("ffmpeg") or sys.exit("install ffmpeg")
    source = ["-f", "lavfi", "-i", "testsrc=size=64x36:rate=10:duration=2", "-pix_fmt", "yuv420p"]
    for name in ("film.mp4", "film.webm", "film.mkv", "film.ts"):
        codec = "libvpx" if name.endswith("webm") else "libx264"
        command = [ffmpeg, "-y", "-loglevel", "error", *source, "-c:v", codec, "-bitexact", str(FILES / name)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
