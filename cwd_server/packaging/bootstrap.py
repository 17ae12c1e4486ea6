"""The first file that runs in an archive, as its `__main__.py`, and in a folder that an archive
was unpacked to.

Any Python since 2.7 has to be able to read it. It is compiled at each start, so it does the least:
`startup`, which it hands over to, comes compiled with the modules that serving needs, wherever
their bytecode fits.
"""

import os
import sys

HERE = os.path.dirname(__file__) or "."
# Until 3.9 it is relative, and --cwd changes what that means
ROOT = sys.path[0] = os.path.abspath(HERE)


def read(name):
    # type: (str) -> bytes
    return __loader__.get_data(HERE + "/" + name)


# read_bytecode(): written here from bytecode.py by the build

try:
    try:
        startup, content = read_bytecode(read)  # noqa: F821
        exec(startup)
        modules = unpack_modules(content, read)  # noqa: F821  of startup, as start() is
    except Exception:  # there is none for this Python, or it is damaged: the source says the same
        from cwd_server.__main__ import require_supported_python

        require_supported_python()
        from cwd_server.packaging.startup import start

        modules = ()
    status = start(ROOT, read, modules)
except KeyboardInterrupt:
    status = 130  # what a shell reports of a program that Ctrl-C ended
sys.exit(status)
