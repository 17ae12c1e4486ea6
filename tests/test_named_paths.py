"""The paths that code names by way of `__file__`."""

import ast
import os
import unittest

from cwd_server.packaging.named_paths import named_paths

HERE = os.path.join(os.path.abspath(os.sep), "home", "project")


def paths_in(source):
    """Return what a module of this source names, below HERE, with "…" where more is to come."""
    found = []
    for named in named_paths(ast.parse(source), os.path.join(HERE, "tools.py")):
        path = os.path.relpath(named.path, HERE).replace(os.sep, "/")
        found.append(path if named.is_whole else path + "/…")
    return sorted(found)


class Paths(unittest.TestCase):
    def check(self, wanted, *sources):
        for source in sources:
            with self.subTest(source=source):
                self.assertEqual(paths_in(source), [wanted])

    def test_files(self):
        self.check(
            "data/a.csv",
            "Path(__file__).parent / 'data' / 'a.csv'",
            "Path(__file__).resolve().parent.joinpath('data', 'a.csv')",
            "Path(os.path.dirname(__file__), 'data', 'a.csv')",
            "open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data', 'a.csv'))",
            "os.path.dirname(__file__) + '/data/a.csv'",
            "f'{os.path.dirname(__file__)}/data/a.csv'",
            "str(pathlib.Path(__file__).parent / 'data/a.csv').upper()",
            "Path(__file__).with_name('data') / 'a.csv'",
        )
        self.check("tools.csv", "Path(__file__).with_suffix('.csv')")
        self.check("../a.csv", "Path(__file__).parent.parent / 'a.csv'")
        self.check("../a.csv", "Path(__file__).resolve().parents[1] / 'a.csv'")

    def test_variables(self):
        source = (
            "NAME = 'data'\n"
            "HERE: Path = Path(__file__).parent\n"
            "def read():\n"
            "    folder = HERE / NAME\n"
            "    return (folder / 'a.csv').read_text()\n"
        )
        self.assertIn("data/a.csv", paths_in(source))

    def test_what_is_known_only_later(self):
        self.check(
            "data/…",
            "lambda name: Path(__file__).parent / 'data' / name",
            "lambda name: Path(__file__).parent / 'data' / name / 'more'",
            "lambda name: f'{os.path.dirname(__file__)}/data/{name}.csv'",
            "lambda name: os.path.join(os.path.dirname(__file__), 'data', name)",
            "(Path(__file__).parent / 'data').iterdir()",
            "os.listdir(os.path.join(os.path.dirname(__file__), 'data'))",
        )

    def test_wildcards(self):
        self.check(
            "data/*.csv",
            "(Path(__file__).parent / 'data').glob('*.csv')",
            "glob.glob(os.path.join(os.path.dirname(__file__), 'data', '*.csv'))",
        )
        self.check("**/*.csv", "Path(__file__).parent.rglob('*.csv')")

    def test_paths_of_other_kinds(self):
        for source in (
            "Path('data') / 'a.csv'",
            "Path.home() / 'data'",
            "here / 'data'",
            "1 / 2 + '3'",
            "+".join(["x"] * 500),
        ):
            with self.subTest(source=source[:30]):
                self.assertEqual(paths_in(source), [])
