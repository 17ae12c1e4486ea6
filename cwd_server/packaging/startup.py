"""How a program starts from its archive, once `bootstrap` has its bytecode, if there is any.

The build compiles this file for each interpreter, in front of the modules; another interpreter
imports it.
"""

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Callable, Optional, Sequence, Tuple
    from zipimport import zipimporter

    from cwd_server.json_types import JSONObject

    CompiledModule = Tuple[str, bool, CodeType]  # name, whether it is a package, code

PACKED = "packed.json"  # what `pack` made this archive of: the fields of app.Packed


def start(
    here: str, loader: "zipimporter", modules: "Sequence[CompiledModule]", later: bytes
) -> int:
    """Run the program in the archive, or unpacked archive, `here`; return the exit status.

    loader: what Python has loaded the first file with; in a folder another, which reads alike
    modules: those that serving needs, each behind all that it imports; none without bytecode
    later: code of modules that are loaded later, as snapshot.take() gets it
    """
    # Until 3.9 it is relative, and --cwd changes what that means
    root = sys.path[0] = os.path.abspath(here)

    def read(name: str) -> bytes:
        """Return the content of an entry of the archive, or of a file of the folder."""
        return loader.get_data(here + "/" + name)

    _make_modules(root, modules)
    # What is here now stays: from here on the collector, which unpack() stopped, need not
    # look at it
    if hasattr(gc, "freeze"):  # since 3.7
        gc.freeze()
    gc.enable()
    packed = _open(root, read, later)
    from cwd_server.__main__ import main

    return main(packed=packed)


def _make_modules(root: str, modules: "Sequence[CompiledModule]") -> None:
    """Make modules and run their code, as `import` does, but without looking for files."""
    new_module = type(sys)  # types.ModuleType, without importing types
    for name, is_package, _ in modules:
        module = sys.modules[name] = new_module(name)
        path = os.path.join(root, *name.split("."))
        if is_package:
            module.__path__ = [path]
            path = os.path.join(path, "__init__")
        module.__file__ = path + ".py"
    for name, _, code in modules:
        package, _, short_name = name.rpartition(".")
        if package:  # before the package's own code, which may give this name to something else
            setattr(sys.modules[package], short_name, sys.modules[name])
        exec(code, sys.modules[name].__dict__)  # noqa: S102


def _open(root: str, read: "Callable[[str], bytes]", later: bytes) -> "Optional[JSONObject]":
    """Take the archive as it is now, for later; return what `pack` made it of, if it did."""
    from cwd_server import snapshot

    snapshot.take(root, read, later)
    if os.path.isdir(root):
        return _read_packed_folder(root)
    if not snapshot.has(PACKED):
        return None
    return _parse(read(PACKED))


def _read_packed_folder(root: str) -> "Optional[JSONObject]":
    try:
        with open(os.path.join(root, PACKED), "rb") as file:
            return _parse(file.read())
    except FileNotFoundError:
        return None


def _parse(content: bytes) -> "JSONObject":
    import json

    fields: JSONObject = json.loads(content.decode("utf-8"))
    return fields
