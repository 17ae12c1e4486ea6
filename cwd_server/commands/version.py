"""`version`: print the version, and with --verbose all that tells which file this is."""

import argparse
import hashlib
import os
import sys

from cwd_server import location
from cwd_server.commands.options import CommandOptions
from cwd_server.protocol.revisions import LEGACY_REVISIONS, MODERN_REVISION


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments of its own."""


def run(options: CommandOptions) -> int:
    """Print a line, or with --verbose one more for each fact."""
    server = options.offering.server_info
    print(f"{server['name']} {server['version']}")
    if not options.verbose:
        return 0
    print("revisions  ", *LEGACY_REVISIONS, MODERN_REVISION)
    print(f"Python      {sys.version.split()[0]}, {sys.executable}")
    print(f"file        {location.program_path()}")
    if os.path.isfile(location.program_path()):
        print(f"SHA-256     {_digest(location.program_path())}")
    if options.packed is not None and options.packed.unpack is not None:
        from cwd_server.unpacking import unpacked_folder

        folder = unpacked_folder(options.packed.name, options.packed.unpack)
        print(f"unpacked to {folder}")
    return 0


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
