"""The first file that runs in an archive: `archive` writes it there as `__main__.py`.

An archive has no bytecode cache, so its source would be compiled at every start. The build can put bytecode beside
it, which is used where it fits and is whole. This file has to be readable by any Python since 2.7.
"""

import os
import sys

PACKED = None  # what `pack` made this archive of
HERE = os.path.dirname(__file__)
ROOT = sys.path[0] = os.path.abspath(HERE)  # until Python 3.9 it is relative, and --cwd changes what that means


def bytecode(tag):
    # type: (str) -> dict[str, bytes]
    """Return the modules' code for an interpreter, kept as what differs from a newer one's; raise if there is none."""
    newer, changes = marshal.loads(__loader__.get_data(os.path.join(HERE, "bytecode", tag)))  # type: ignore[name-defined]
    alike = bytecode(newer) if newer else {}
    codes, before = {}, b""
    for name, change in changes:
        codes[name] = zlib.decompressobj(zdict=before + alike.get(name, b"")).decompress(change)
        before += codes[name]
    return codes


def make_modules(codes):
    # type: (dict[str, bytes]) -> None
    """Make the modules that serving needs from their code."""
    loaded = [(name, marshal.loads(code)) for name, code in codes.items()]
    packages = {name.rpartition(".")[0] for name, _ in loaded} | {"cwd_server"}
    for name, _ in loaded:
        module = sys.modules[name] = type(sys)(name)
        module.__file__ = os.path.join(ROOT, *name.split(".")) + ".py"
        if name in packages:
            module.__path__ = [os.path.join(ROOT, *name.split("."))]
            module.__file__ = os.path.join(module.__path__[0], "__init__.py")
    for name, code in loaded:
        package, _, short = name.rpartition(".")
        if package:
            setattr(sys.modules[package], short, sys.modules[name])
        exec(code, sys.modules[name].__dict__)


try:
    try:
        import marshal
        import zlib  # its checksums find damage
        from importlib.util import MAGIC_NUMBER

        make_modules(bytecode("%s-%s" % (sys.implementation.cache_tag, MAGIC_NUMBER[:2].hex())))
    except Exception:  # none for this interpreter, or damaged: the source says the same
        pass
    from cwd_server.__main__ import main
except KeyboardInterrupt:
    sys.exit(130)
sys.exit(main(packed=PACKED))
