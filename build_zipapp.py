"""Bundle the package cwd_server into one executable file, dist/cwd_server.pyz."""

import argparse
import os
import sys

from cwd_server import archive

ROOT = os.path.dirname(os.path.abspath(__file__))


def main() -> int:
    """Build and say what was built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--bytecode", nargs="*", metavar="PYTHON", default=[sys.executable],
        help="interpreters to carry bytecode for (default: the one that builds)",
    )  # fmt: skip
    parser.add_argument("--no-bytecode", dest="bytecode", action="store_const", const=[], help="source alone")
    parser.add_argument("-o", "--output", default=os.path.join(ROOT, "dist", "cwd_server.pyz"), metavar="FILE")
    options = parser.parse_args()
    files = archive.package_files()
    archive.add_bytecode(files, options.bytecode)
    archive.write(archive.entries(files), options.output)
    print("built %s (%d bytes)" % (os.path.relpath(options.output), os.path.getsize(options.output)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
