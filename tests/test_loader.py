"""Tools files and the modules beside them: what is offered, missed, or cannot be loaded."""

import importlib.util
import os
import re
import sys
import textwrap
import unittest

from cwd_server.toolkit.call import ToolCall, run_call
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.loading import failures, importer
from cwd_server.toolkit.loading.loader import load_tools
from tests.support.cases import PYPY, annotated_is_not_hashed
from tests.support.files import temporary_directory, tools_file, write_file


class Loading(unittest.TestCase):
    """A folder of tools files, forgotten when the test ends."""

    def setUp(self):
        self.folder = temporary_directory(self)
        self.addCleanup(importer.take_modules)

    def write(self, name, source):
        """Write a file that imports `tool` in its first line; line 1 of `source` is its line 2."""
        return tools_file(self, source, name, self.folder)

    def load(self, *paths):
        """Return what the tools of these files return, by name."""
        results = {}
        for tool in load_tools(paths, []):
            result = run_call(ToolCall(tool, {}), self.fail)
            results[tool.name] = result["content"][0]["text"]
        return results

    def refused(self, pattern, *paths):
        with self.assertRaisesRegex(DeclarationError, pattern):
            load_tools(paths, [])


class Offered(Loading):
    def test_what_is_declared_and_what_is_imported(self):
        self.write("more.py", "@tool\ndef other() -> str:\n    return 'other'\n")
        path = self.write(
            "mine.py", "from more import other\n@tool\ndef own() -> str:\n    return 'own'\n"
        )
        self.assertEqual(self.load(path), {"other": "other", "own": "own"})

    def test_a_function_under_two_names_is_one_tool(self):
        path = self.write("mine.py", "@tool\ndef own() -> str:\n    return 'own'\nagain = own\n")
        self.assertEqual(self.load(path), {"own": "own"})

    def test_functions_that_a_function_makes(self):
        path = self.write(
            "mine.py",
            """\
            def make(word):
                @tool(name=word)
                def say() -> str:
                    return word
                return say
            first, second = make("first"), make("second")
            """,
        )
        self.assertEqual(self.load(path), {"first": "first", "second": "second"})

    def test_methods_partials_and_objects(self):
        path = self.write(
            "mine.py",
            """\
            import functools
            class Service:
                def greet(self) -> str:
                    return "method"
                @classmethod
                def build(cls) -> str:
                    return cls.__name__
                def __call__(self) -> str:
                    return "object"
            def plain(word: str) -> str:
                return word
            greet = tool(Service().greet)
            build = tool(Service.build)
            called = tool(name="called")(Service())
            partial = tool(name="partial")(functools.partial(plain, word="partial"))
            cached = tool(name="cached")(functools.lru_cache()(Service.build))
            """,
        )
        expected = {
            "greet": "method",
            "build": "Service",
            "called": "object",
            "partial": "partial",
            "cached": "Service",
        }
        self.assertEqual(self.load(path), expected)

    def test_one_function_as_two_tools(self):
        path = self.write(
            "mine.py",
            "@tool\ndef own() -> str:\n    return 'own'\nagain = tool(name='again')(own)\n",
        )
        self.assertEqual(self.load(path), {"own": "own", "again": "own"})

    def test_a_name_that_is_taken(self):
        path = self.write(
            "mine.py", "@tool\ndef f():\n    pass\n@tool(name='f')\ndef g():\n    pass\n"
        )
        self.refused(
            r"line 5, function g: there is a tool named f already \(.*line 2, function f\)", path
        )

    def test_a_file_without_tools(self):
        self.refused(
            "mine.py: no tool in it; put @tool, of cwd_server.toolkit, above a function",
            self.write("mine.py", ""),
        )


class Missed(Loading):
    """A tool that is declared and not offered is an error, which names both lines."""

    KEPT = "@tool\ndef kept() -> str:\n    return 'kept'\n"

    def test_a_decorator_above(self):
        source = """\
        import functools
        def checked(function):
            @functools.wraps(function)
            def wrapper():
                return function()
            return wrapper
        @checked
        @tool
        def lost() -> str:
            return "lost"
        """
        pattern = (
            r"mine.py, line \d+, function lost: .* not offered: a decorator above @tool .*line 4.*"
        )
        self.refused(
            pattern, self.write("mine.py", source + self.KEPT.replace("\n", "\n        "))
        )

    def test_a_decorator_above_that_says_nothing_of_what_it_wraps(self):
        source = """\
        def counted(function):
            def wrapper():
                return function()
            return wrapper
        @counted
        @tool
        def lost() -> str:
            return "lost"
        """
        self.refused(
            "function lost: .* not offered: a decorator above @tool replaced it",
            self.write("mine.py", source + self.KEPT.replace("\n", "\n        ")),
        )

    def test_a_name_used_again(self):
        source = "@tool(name='{}')\ndef f() -> str:\n    return ''\n"
        source = source.format("lost") + source.format("found")
        self.refused(
            "line 2, function f: the tool lost .* the name f is used again in line [56]",
            self.write("mine.py", source),
        )

    def test_inside_a_class_or_a_function(self):
        source = (
            "class Box:\n    @staticmethod\n    @tool\n    def lost() -> str:\n        return ''\n"
        )
        self.refused("inside the class Box;", self.write("mine.py", source + self.KEPT))
        nested = "class Outer:\n" + textwrap.indent(source, "    ")
        self.refused("the class Outer.Box;", self.write("nested.py", nested + self.KEPT))
        if sys.version_info >= (3, 10):  # where a staticmethod can be called
            source = source.replace("@staticmethod\n    @tool", "@tool\n    @staticmethod")
            self.refused("inside the class Box", self.write("below.py", source + self.KEPT))
        source = "def make():\n    @tool\n    def lost() -> str:\n        return ''\nmake()\n"
        self.refused("inside the function make", self.write("other.py", source + self.KEPT))

    def test_a_name_used_again_deeper(self):
        source = (
            "if True:\n    @tool(name='lost')\n    def f() -> str:\n        return ''\n"
            "    try:\n        f = None\n    finally:\n        pass\n"
        )
        self.refused("the name f is used again in line 7", self.write("mine.py", source))

    def test_in_a_loop(self):
        source = (
            "for name in ('one', 'two'):\n"
            "    @tool(name=name)\n    def f() -> str:\n        return ''\n"
        )
        self.refused(
            "the tool one is not offered: line [34] is run several times, and f is the last one",
            self.write("mine.py", source),
        )

    def test_in_a_list(self):
        source = (
            "import functools\n"
            "def f(x: int) -> int:\n    return x\n"
            "TOOLS = [tool(name='lost')(functools.partial(f, x=1))]\n"
        )
        self.refused(
            r"the tool lost is not offered: no name at the top level of the file has what tool\(",
            self.write("mine.py", source + self.KEPT),
        )

    def test_twice_above_one_function(self):
        source = "@tool(name='one')\n@tool(name='two')\ndef f() -> str:\n    return ''\n"
        self.refused(
            r"the tool two is not offered: @tool is above it twice; .* x = tool\(name='x'\)\(f\)$",
            self.write("mine.py", source),
        )

    def test_in_a_package(self):
        package = os.path.join(self.folder, "package")
        self.write(os.path.join("package", "inner.py"), self.KEPT.replace("kept", "lost"))
        write_file(os.path.join(package, "__init__.py"), "from package.inner import lost\n")
        path = self.write("mine.py", "import package\n" + self.KEPT)
        self.refused("write: from package.inner import lost$", path)
        importer.take_modules()
        path = self.write("other.py", "from package import inner\n" + self.KEPT)
        self.refused("line 2 imports .* write there: from package.inner import lost$", path)

    def test_in_a_module_that_is_imported_alone(self):
        helper = self.write("more.py", self.KEPT.replace("kept", "lost"))
        path = self.write("mine.py", "import more\n" + self.KEPT)
        pattern = f"{re.escape(helper)}, line 2, function lost: .*"
        pattern += f"{re.escape(path)}, line 2 .*from more import lost"
        self.refused(pattern, path)

    def test_in_a_module_of_which_another_tool_is_imported(self):
        self.write("more.py", self.KEPT + self.KEPT.replace("kept", "lost"))
        path = self.write("mine.py", "def plain():\n    pass\nimport os\nfrom more import kept\n")
        pattern = (
            f"function lost: .*{re.escape(path)}, line 5 .*write there: from more import lost"
        )
        self.refused(pattern, path)

    def test_a_name_that_was_deleted(self):
        path = self.write("mine.py", self.KEPT + "del kept\n")
        self.refused("nothing at the top level of the file has it any more", path)


class Helpers(Loading):
    def test_rewritten_files_run_as_they_are_now_and_leave_nothing(self):
        self.write("helper.py", "")
        for word in ("one", "two", "six"):
            path = self.write(
                "mine.py", f"import helper\n@tool\ndef f() -> str:\n    return {word!r}\n"
            )
            os.utime(path, (1500000000, 1500000000))
            self.assertEqual(self.load(path), {"f": word})
            importer.take_modules()
        self.assertEqual(sorted(os.listdir(self.folder)), ["helper.py", "mine.py"])

    def test_packages_and_folders_without_init(self):
        write_file(
            os.path.join(self.folder, "package", "__init__.py"), "from .inner import WORD\n"
        )
        write_file(os.path.join(self.folder, "package", "inner.py"), "WORD = 'package'\n")
        write_file(os.path.join(self.folder, "bare", "inner.py"), "WORD = ' bare'\n")
        path = self.write(
            "mine.py",
            "import package, bare.inner\n"
            "@tool\ndef f() -> str:\n    return package.WORD + bare.inner.WORD\n",
        )
        self.assertEqual(self.load(path), {"f": "package bare"})
        found = [name for _, folders, _ in os.walk(self.folder) for name in folders]
        self.assertEqual(sorted(found), ["bare", "package"])

    def test_a_folder_that_python_has_looked_into_before(self):
        """As it has where PYTHONPATH names it: what is in there is a user's all the same."""
        entry = os.fsdecode(os.fsencode(self.folder))  # equal, and not the same object
        sys.path.append(entry)
        self.addCleanup(sys.path.remove, entry)
        self.assertIsNone(importlib.util.find_spec("no_such_module"))
        self.write("looked_at.py", "WORD = 'found'\n")
        path = self.write(
            "mine.py", "import looked_at\n@tool\ndef f() -> str:\n    return looked_at.WORD\n"
        )
        self.assertEqual(self.load(path), {"f": "found"})
        self.assertIn("looked_at", importer.loaded_modules())
        self.assertEqual(sorted(os.listdir(self.folder)), ["looked_at.py", "mine.py"])

    def test_packages_that_are_installed_beside_keep_their_caches(self):
        site = os.path.join(self.folder, "venv", "lib", "site-packages")
        write_file(os.path.join(site, "installed_beside.py"), "WORD = 'installed'\n")
        self.addCleanup(sys.modules.pop, "installed_beside", None)
        self.addCleanup(sys.path.remove, site)
        sys.path.append(site)
        path = self.write(
            "mine.py",
            "from installed_beside import WORD\n@tool\ndef f() -> str:\n    return WORD\n",
        )
        self.assertEqual(self.load(path), {"f": "installed"})
        self.assertNotIn("installed_beside", importer.loaded_modules())

    @unittest.skipIf(os.name == "nt", "Windows lets only some users make links")
    def test_a_link_finds_what_is_beside_its_target_and_beside_itself(self):
        real = temporary_directory(self)
        target = tools_file(
            self,
            "import near, far\n@tool\ndef f() -> str:\n    return near.WORD + far.WORD\n",
            "target.py",
            real,
        )
        write_file(os.path.join(real, "near.py"), "WORD = 'target'\n")
        write_file(os.path.join(self.folder, "far.py"), "WORD = ' link'\n")
        link = os.path.join(self.folder, "link.py")
        os.symlink(target, link)
        self.assertEqual(self.load(link), {"f": "target link"})

    def test_named_like_the_standard_librarys(self):
        for name in ("random", "shutil", "_thread", "json"):
            with self.subTest(name=name):
                helper = write_file(os.path.join(self.folder, name + ".py"), "MINE = 'mine'\n")
                path = self.write(
                    "mine.py", f"import {name}\n@tool\ndef f() -> str:\n    return {name}.MINE\n"
                )
                reason = f"mine.py, line 2: import {name} means Python's own {name}, but "
                self.refused(reason + re.escape(helper), path)

    def test_a_file_named_like_the_standard_librarys_that_nobody_imports(self):
        write_file(os.path.join(self.folder, "tempfile.py"), "1 / 0\n")
        path = self.write(
            "json.py", "import shutil\n@tool\ndef f() -> str:\n    return __name__\n"
        )
        self.assertEqual(self.load(path), {"f": "json_"})

    def test_two_helpers_of_one_name(self):
        paths = []
        for word in ("one", "two"):
            folder = os.path.join(self.folder, word)
            write_file(os.path.join(folder, "utils.py"), f"WORD = {word!r}\n")
            source = f"import utils\n@tool\ndef {word}() -> str:\n    return utils.WORD\n"
            paths.append(tools_file(self, source, f"tools_{word}.py", folder))
        self.refused(
            r"tools_two.py, line 2: import utils means .*two.utils.py, but .*one.utils.py", *paths
        )

    def test_the_helper_of_the_file_that_imports_it(self):
        """Even if an earlier tools file has one of that name beside it, which nobody imports."""
        first = os.path.join(self.folder, "first")
        write_file(os.path.join(first, "utils.py"), "1 / 0\n")
        second = os.path.join(self.folder, "second")
        write_file(os.path.join(second, "utils.py"), "WORD = 'second'\n")
        paths = [
            tools_file(self, "@tool\ndef one() -> str:\n    return '1'\n", "one_tool.py", first),
            tools_file(
                self,
                "import utils\n@tool\ndef two() -> str:\n    return utils.WORD\n",
                "two.py",
                second,
            ),
        ]
        self.assertEqual(self.load(*paths), {"one": "1", "two": "second"})


class Broken(Loading):
    @annotated_is_not_hashed
    def test_annotated_inside_optional(self):
        source = "from typing import *\n@tool\ndef f(a: Optional[Annotated[int, {}]]):\n    pass\n"
        self.refused("line 4: TypeError: .*put Annotated outside", self.write("mine.py", source))

    def test_imports(self):
        write_file(os.path.join(self.folder, "helper.py"), "X = 1\n")
        inside = os.path.basename(self.folder)
        write_file(os.path.join(self.folder, "deep", "__init__.py"), "")
        for line, pattern in (
            ("import no_such_module", "ModuleNotFoundError: .*; it has to be installed for "),
            ("from no_such_module import x", "; it has to be installed for "),
            ("import deep.none", "No module named 'deep.none'$"),
            ("import urllib2", "; urllib2 was in Python before 3.0: write the file without it$"),
            (
                "from cwd_server import tool",
                "cannot import name 'tool'.*; write: from cwd_server.toolkit import .*, tool$",
            ),
            ("from cwd_server.toolkit import Context", "; write: from cwd_server.toolkit import "),
            (
                "from .helper import X",
                "a tools file is not part of a package: write `from helper import x`",
            ),
            ("from helper import Y", r"cannot import name 'Y'(?!.*installed)"),
            (f"from {inside}.helper import X", f"{inside} is the folder that this file is in"),
            ("from mine import Client", "the file imports itself, .* rename mine.py"),
            ("import mine; mine.Client", "the file imports itself, .* rename mine.py"),
            ("import mine.client", "the file imports itself, .* rename mine.py"),
            ("import mine, no_such_module", "'no_such_module'; it has to be installed for "),
        ):
            with self.subTest(line=line):
                self.refused("mine.py, line 2: .*" + pattern, self.write("mine.py", line + "\n"))

    @unittest.skipIf(sys.version_info >= (3, 9), "Python has list[int]")
    def test_types_that_only_newer_pythons_have(self):
        has_no = "Python {}.{} has no ".format(*sys.version_info)
        for hint, remedy in (
            ("list[int]", r"list\[int\], Sequence\[int\]: write List, Sequence, … of typing$"),
            (
                "abc.Sequence[int]",
                r"list\[int\], Sequence\[int\]: write List, Sequence, … of typing$",
            ),
            ("int | None", r"int \| None: write Optional\[int\] or Union"),
        ):
            source = f"from collections import abc\n@tool\ndef f(a: {hint}):\n    pass\n"
            with self.subTest(hint=hint):
                self.refused(
                    f"mine.py, line 4: TypeError: .*; {has_no}{remedy}",
                    self.write("mine.py", source),
                )

    def test_names_that_other_pythons_have(self):
        remedy = "check the spelling; Python {}.{} does not have it, a newer one may$".format(
            *sys.version_info
        )
        for source in (
            "from typing import NoSuch",
            "from os.path import (\n    NoSuch,\n)",
            "import enum\nenum.NoSuch",
        ):
            with self.subTest(source=source):
                self.refused(f"Error: .*NoSuch.*; {remedy}", self.write("mine.py", source + "\n"))
        self.write("helper.py", "")
        for source in ("from helper import NoSuch", "import helper\nhelper.NoSuch"):
            with self.subTest(source=source):
                self.refused("Error: [^;]*NoSuch[^;]*$", self.write("mine.py", source + "\n"))

    def test_a_file_that_hides_a_module_of_pythons_own(self):
        """As one in the working directory does from what is installed: none of ours is read."""
        site = os.path.join(self.folder, "venv", "lib", "site-packages")
        hiding = write_file(os.path.join(self.folder, "colorsys.py"), "")
        for entry in (site, self.folder):
            sys.path.insert(0, entry)
            self.addCleanup(sys.path.remove, entry)
        for source in ("import colorsys\ncolorsys.NoSuch", "from colorsys import NoSuch"):
            with self.subTest(source=source):
                write_file(os.path.join(site, "installed_beside.py"), source + "\n")
                sys.modules.pop("colorsys", None)
                path = self.write("mine.py", "import installed_beside\n")
                self.refused(
                    rf"line 2: .*; your {re.escape(hiding)} hides Python's colorsys: rename it$",
                    path,
                )

    def test_modules_that_other_pythons_have(self):
        for modules, remedy in (
            (failures.ADDED, "on: start this server with a newer one$"),
            (failures.REMOVED, "write the file without it$"),
        ):
            for module, version in modules.items():
                with self.subTest(module=module):
                    if importlib.util.find_spec(module) is not None:
                        continue
                    path = self.write("mine.py", f"import {module}\n")
                    self.refused(f"line 2: .*{module} .* {re.escape(version)}.*{remedy}", path)

    def test_what_else_a_file_ends_with(self):
        for source, pattern in (
            ("def f(:", "mine.py, line 2: SyntaxError: [^;]*$"),
            ("1 / 0", "mine.py, line 2: ZeroDivisionError: division by zero$"),
            ("import sys; sys.exit('enough')", "SystemExit: enough; .* under if __name__ == "),
            (
                "import io, pickle; pickle.load(io.BytesIO())",
                "mine.py, line 2: EOFError: (Ran out of input)?$",  # PyPy says nothing
            ),
            ("raise RuntimeError('no answer in UTF-8')", "RuntimeError: no answer in UTF-8$"),
            (r"b'\xe4'.decode('utf-8')", "UnicodeDecodeError: 'utf-8' codec [^;]*$"),
            ("raise KeyError", "mine.py, line 2: KeyError: $"),
            ("{}['x']", "mine.py, line 2: KeyError: 'x'$"),
            (
                "import os; os.environ['NO_SUCH']",
                "KeyError: 'NO_SUCH'; it is not in the environment: set it, ",
            ),
            (
                "import cwd_server; cwd_server.tool",
                "; write: from cwd_server.toolkit import tool$",
            ),
            (
                "import cwd_server.toolkit; cwd_server.toolkit.Context",
                "; write: from cwd_server.toolkit import .*, tool$",
            ),
            (
                "import fastmcp",
                "No module named 'fastmcp'; write `from .* import tool` instead; .* `help fastmcp`",
            ),
            (
                "del tool\n@tool\ndef f(): pass",
                "; write at the top: from cwd_server.toolkit import tool$",
            ),
            ("Image()", "; write at the top: from cwd_server.toolkit import Image$"),
            ("Optional[int]", "; write at the top: from typing import Optional$"),
            ("Optional_", "name 'Optional_' is not defined$"),
            (
                "@tool(annotations={})\ndef f(): pass",
                "'annotations'; the settings of @tool are name, title, .*, read_only, .*threaded$",
            ),
            ("x = '\0'", "null bytes; save it as UTF-8$"),
        ):
            with self.subTest(source=source):
                self.refused(pattern, self.write("mine.py", source + "\n"))

    @unittest.skipIf(PYPY, "its input() does not say what has ended")
    def test_a_file_that_asks_somebody(self):
        pattern = "mine.py, line 2: EOFError: .*; .* under if __name__ == "
        self.refused(pattern, self.write("mine.py", "input()\n"))

    def test_a_file_of_another_encoding(self):
        for source in (b"x = '\xe4'\n", b'"""\xe4"""\n'):
            with self.subTest(source=source):
                path = self.write("mine.py", "")
                with open(path, "wb") as file:
                    file.write(source)
                self.refused("mine.py, .*SyntaxError: .*; save it as UTF-8$", path)

    def test_a_helper_of_another_encoding(self):
        for source in (b"x = '\xe4'\n", b"x = '\0'\n"):
            with self.subTest(source=source):
                with open(os.path.join(self.folder, "helper.py"), "wb") as file:
                    file.write(source)
                self.refused("; save it as UTF-8$", self.write("mine.py", "import helper\n"))

    def test_the_line_is_that_of_the_users_own_file(self):
        helper = write_file(
            os.path.join(self.folder, "helper.py"), "\nimport json\njson.loads('[')\n"
        )
        path = self.write("mine.py", "import helper\n")
        self.refused(re.escape(helper) + ", line 3: JSONDecodeError", path)

    def test_paths(self):
        self.refused("this is a folder; name a file in it", self.folder)
        self.refused("none.py: there is no such file", os.path.join(self.folder, "none.py"))
        self.refused(
            "its name|ends in .py", write_file(os.path.join(self.folder, "tools.txt"), "")
        )

    def test_declarations(self):
        """Their own messages are test_tool's and test_annotations'; here, that they say where."""
        for source, pattern in (
            ("@tool\ndef f(a):\n    pass\n", "line 2, function f: parameter a: no annotation"),
            ("@tool(name='x y')\ndef f():\n    pass\n", "line 2, function f: invalid tool name"),
            ("@tool(read_ony=True)\ndef f():\n    pass\n", "line 2: TypeError: .*'read_ony'"),
            ("@tool('x')\ndef f():\n    pass\n", "line 2: TypeError: @tool takes a function"),
            (
                "@tool(output_schema={'$dynamicRef': '#'})\ndef f():\n    pass\n",
                r"line 2, function f: output_schema.\$dynamicRef: not supported",
            ),
        ):
            with self.subTest(source=source):
                self.refused("mine.py, " + pattern, self.write("mine.py", source))
