"""What is left out of the source in an archive: nothing that it does, and no line."""

import ast
import glob
import os
import textwrap
import unittest

from cwd_server.packaging import source
from tests.support.paths import ROOT


class AttributesWithoutTypes(ast.NodeTransformer):
    """Makes `self.x: int = 0` the same as `self.x = 0`."""

    def visit_AnnAssign(self, node):
        if not isinstance(node.target, ast.Attribute) or node.value is None:
            return node
        assignment = ast.parse("a = b").body[0]  # with all that this Python gives it
        assignment.targets, assignment.value = [node.target], node.value
        return ast.copy_location(assignment, node)


def keeps_types(node):
    """Whether a function or class stands under a decorator that may look at its types."""
    for decorator in getattr(node, "decorator_list", ()):
        while not isinstance(decorator, ast.Name):  # module.decorator(argument)
            decorator = decorator.func if isinstance(decorator, ast.Call) else decorator.value
        if decorator.id not in source.PLAIN_DECORATORS:
            return True
    return False


def what_it_does(code):
    """Return what a module does, as a text, and the lines of its statements.

    Functions without a decorator, or under one of Python's, are taken without annotations, and as
    all modules and classes, without docstrings; attributes without types; and nothing is taken of
    what is for type checkers alone.
    """
    tree = AttributesWithoutTypes().visit(ast.parse(code))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not keeps_types(node):
            node.returns = None
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
        takes_docstring = isinstance(
            node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        )
        if not takes_docstring or keeps_types(node):
            continue
        first = node.body[0]
        if isinstance(first, ast.Expr):
            node.body = node.body[1:]
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return ast.dump(tree), lines


class Strip(unittest.TestCase):
    def strip(self, code):
        return source.strip(textwrap.dedent(code).encode("utf-8")).decode("utf-8")

    def test_every_module_does_the_same_on_the_same_lines(self):
        for path in glob.glob(os.path.join(ROOT, "cwd_server", "**", "*.py"), recursive=True):
            with self.subTest(path=path):
                with open(path, "rb") as file:
                    code = file.read()
                stripped = source.strip(code)
                self.assertEqual(what_it_does(stripped), what_it_does(code))
                self.assertEqual(source.strip(stripped), stripped)

    def test_most_annotations_go(self):
        for code in (
            "def f(a: int, *b: str, c: 'A[1, 2]' = {1: 2}, d=lambda x: x, **e: None) -> Dict[int, str]:",
            "async def f(a: Tuple[int, ...] = (), b: 'x' = lambda: 0) -> 'A':",
        ):
            with self.subTest(code):
                stripped = self.strip(code + "\n    pass\n")
                self.assertEqual(what_it_does(stripped), what_it_does(code + "\n    pass"))
                self.assertNotRegex(stripped, "int|str|None|A|->")

    def test_indentation_is_one_space_and_texts_stay(self):
        code = (
            "if a:\n    while b(c,\n      \"d\"):\n        e = '''\n    f''' + \"g\\\n    h\"\ni\n"
        )
        expected = "if a:\n while b(c,\n\"d\"):\n  e = '''\n    f''' + \"g\\\n    h\"\ni\n"
        self.assertEqual(self.strip(code), expected)

    def test_comments_and_docstrings_go(self):
        found = self.strip('''\
            """Module."""
            x = "# no comment"  # a comment
            class A:
                """Class."""
            async def f(a="""text"""):
                """Function,
                of two lines."""
                "no docstring"
            ''')
        expected = '''\
            0
            x = "# no comment"
            class A:
             0
            async def f(a="""text"""):
             0

             "no docstring"
            '''
        self.assertEqual(found, textwrap.dedent(expected))

    def test_what_is_for_type_checkers_goes(self):
        code = '''\
            if TYPE_CHECKING:  # alone
                from typing import (
                    List,
                )

                class A(Protocol):
                    """Two
                    lines."""

                    def f(self) -> None: ...
            else:
                List = None
            if a:
                if TYPE_CHECKING:
                    b
                c
            '''
        expected = """\
            if TYPE_CHECKING:
             0



             0
             0


             0
            else:
             List = None
            if a:
             if TYPE_CHECKING:
              0
             c
            """
        self.assertEqual(self.strip(code), textwrap.dedent(expected))

    def test_what_a_model_reads_stays(self):
        for decorators in ("@tool", "@tool\n@functools.cache", "@functools.cache\n@tool()"):
            with self.subTest(decorators):
                code = decorators + '\ndef f(a: int) -> int:\n """Read me."""\n'
                self.assertEqual(self.strip(code), code)

    def test_decorators_that_look_at_nothing(self):
        code = 'class A:\n @property\n def f(self) -> int:\n  """Read me."""\n'
        expected = "class A:\n @property\n def f(self):\n  0\n"
        self.assertEqual(self.strip(code), expected)

    def test_types_of_attributes_go(self):
        code = "self.a: Dict[str, int] = {}\nself.b: int\nself.c: A[\n1] = (2)\nself.d = {3: 4}\na: int = 5\n"
        expected = "self.a = {}\nself.b: int\nself.c: A[\n1] = (2)\nself.d = {3: 4}\na: int = 5\n"
        self.assertEqual(self.strip(code), expected)


if __name__ == "__main__":
    unittest.main()
