"""`python -m halls FILE`: checks a hall file; prints what is wrong with it, or what the hall has."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from halls.format import Hall, HallFileError, parse


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m halls", description=__doc__)
    arguments.add_argument("file", type=Path, help="the hall file (TOML), for example halls/dongcheng.toml")
    path: Path = arguments.parse_args().file
    try:
        hall = parse(path.read_text(encoding="utf-8"), str(path))
    except HallFileError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        print(f"{len(error.problems)} to mend; docs/hall-file.md explains every key", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{path}: cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    except UnicodeDecodeError as error:
        print(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8", file=sys.stderr)
        return 1
    print(summary(hall))
    return 0


def summary(hall: Hall) -> str:
    """Several lines: what the hall has, and its devices by kind."""
    tables = {"centres": hall.centre, "floors": hall.floor, "areas": hall.area, "services": hall.service}
    tables |= {"counters": hall.counter, "clerks": hall.clerk}
    lines = [f"{hall.hall.name} {hall.hall.english} ({hall.hall.id})"]
    lines += [f"{len(items):6}  {name}" for name, items in tables.items()]
    kinds = Counter(position.kind for position in hall.position)
    lines += [f"{count:6}  {kind}" for kind, count in sorted(kinds.items())]
    return "\n".join([*lines, f"{len(hall.position):6}  devices in all"])


if __name__ == "__main__":
    sys.exit(main())
