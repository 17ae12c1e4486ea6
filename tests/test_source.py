"""What is left out of the source in an archive: nothing that it does, and no line."""

import ast
import glob
import os
import textwrap
import unittest

from cwd_server.packaging import source
from tests.support.paths import ROOT


def without_docstrings(code):
    """Return what a module does, as a text, and the lines of its statements."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        takes_docstring = isinstance(
            node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        )
        if not takes_docstring or getattr(node, "decorator_list", None):
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
                self.assertEqual(without_docstrings(stripped), without_docstrings(code))
                self.assertEqual(source.strip(stripped), stripped)

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

    def test_what_a_model_reads_stays(self):
        code = '@tool\ndef f():\n    """Read me."""\n'
        self.assertEqual(self.strip(code), code)


if __name__ == "__main__":
    unittest.main()
