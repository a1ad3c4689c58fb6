"""`tingxu`: what a technician and a publisher use from the command line."""

import argparse
import importlib
import sys

COMMANDS: dict[str, str] = {
    "image": "provisioning.image.command",
    "release": "provisioning.release.command",
}
"""Name of a command → module with `add(parser)`, which sets `run=` to a function of the options that returns an exit
code."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tingxu", description="What technicians and publishers use.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        about = importlib.import_module(module)
        about.add(commands.add_parser(name, help=(about.__doc__ or "").strip().splitlines()[0]))
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
