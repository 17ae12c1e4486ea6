"""The rooms of the package: imports go down only, and the protocol does no I/O.

cwd_server/README.md draws the same arrows.
"""

import ast
import glob
import os
import unittest

from cwd_server.commands import cli
from tests.support.paths import ROOT

# Files beside the rooms that any room may import
FACTS = {"__init__", "errors", "json_types", "location", "snapshot", "wording"}

# What each room may import, beside itself and FACTS
MAY_IMPORT = {
    "toolkit": set(),
    "tools": {"toolkit"},
    "protocol": {"toolkit"},
    "transport": {"protocol", "toolkit"},
    "app": {"tools", "toolkit", "unpacking"},
    "unpacking": set(),
    "packaging": {"app", "archive_reader", "toolkit"},
    "commands": {"app", "packaging", "protocol", "toolkit", "tools", "transport", "unpacking"},
    "__main__": {"app", "commands", "protocol", "toolkit", "tools", "transport"},
    "archive_reader": set(),
    "errors": set(),
    "json_types": set(),
    "location": set(),
    "snapshot": {"archive_reader"},
    "wording": set(),
    "__init__": set(),
}

# These start the program in another process, from an archive or to see what it imports
STARTS_PROGRAM = {
    "cwd_server.packaging.bootstrap",
    "cwd_server.packaging.compiling",
    "cwd_server.packaging.startup",
}

# JSON, and regular expressions for lines that are too long: no descriptor, thread, clock,
# environment or randomness
PROTOCOL_MAY_IMPORT = {"_json", "json", "json.decoder", "re", "sys", "typing"}


class Import:
    """An import statement's part: the module that has it, and the one that it names.

    for_types: whether only type checkers follow it
    """

    def __init__(self, importer, imported, for_types):
        self.importer = importer
        self.imported = imported
        self.for_types = for_types

    def __str__(self):
        return f"{self.importer} imports {self.imported}"


def find_modules():
    """Return the paths of the package's modules, by name."""
    modules = {}
    pattern = os.path.join(ROOT, "cwd_server", "**", "*.py")
    for path in glob.glob(pattern, recursive=True):
        name = os.path.relpath(path, ROOT)[: -len(".py")].replace(os.sep, ".")
        if name.endswith(".__init__"):
            name = name[: -len(".__init__")]
        modules[name] = path
    return modules


MODULES = find_modules()


def imports_of(name):
    """Yield the imports of a module, also those inside functions and for type checkers."""
    with open(MODULES[name], encoding="utf-8") as file:
        tree = ast.parse(file.read())
    yield from _imports_below(tree, name, for_types=False)
    if name == cli.__name__:  # which imports a command by its name in the table
        for command in cli.COMMANDS.values():
            yield Import(name, f"cwd_server.commands.{command.module}", for_types=False)


def _imports_below(node, name, for_types):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(name, alias.name, for_types)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                yield Import(name, _module_of(child.module, alias.name), for_types)
        else:
            yield from _imports_below(child, name, for_types or _is_typing(child))


def _module_of(module, name):
    """Return the module that `from module import name` is about."""
    if f"{module}.{name}" in MODULES:
        return f"{module}.{name}"
    return module


def _is_typing(node):
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def room_of(module):
    """Return the folder of the package that a module is in, or the module itself."""
    return (module.split(".") + ["__init__"])[1]


class Architecture(unittest.TestCase):
    def test_imports_between_rooms_go_down(self):
        for module in MODULES:
            room = room_of(module)
            self.assertIn(room, MAY_IMPORT, "a new room: say above what it may import")
            allowed = MAY_IMPORT[room] | FACTS | {room}
            if module in STARTS_PROGRAM:
                allowed.add("__main__")
            for found in imports_of(module):
                with self.subTest(str(found)):
                    if found.imported.partition(".")[0] == "cwd_server":
                        self.assertIn(room_of(found.imported), allowed)

    def test_the_arrows_make_no_circle(self):
        below = {}
        for room in MAY_IMPORT:
            below[room] = set(MAY_IMPORT[room])
        while below:
            lowest = [room for room in below if not below[room]]
            self.assertTrue(lowest, f"a circle among {sorted(below)}")
            for room in lowest:
                del below[room]
            for others in below.values():
                others.difference_update(lowest)

    def test_no_module_imports_itself_by_way_of_others(self):
        """At once, when a function is called, or by way of a string."""
        imported = {}
        for module in MODULES:
            found = {each.imported for each in imports_of(module) if not each.for_types}
            if module in STARTS_PROGRAM:
                found.discard("cwd_server.__main__")
            imported[module] = found & set(MODULES)
        while imported:
            ready = [module for module in imported if not imported[module]]
            self.assertTrue(ready, f"a circle among {sorted(imported)}")
            for module in ready:
                del imported[module]
            for others in imported.values():
                others.difference_update(ready)

    def test_the_protocol_does_no_input_or_output(self):
        for module in MODULES:
            if room_of(module) != "protocol":
                continue
            for found in imports_of(module):
                with self.subTest(str(found)):
                    if found.imported.partition(".")[0] != "cwd_server":
                        self.assertIn(found.imported, PROTOCOL_MAY_IMPORT)


if __name__ == "__main__":
    unittest.main()
