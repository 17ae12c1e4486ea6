"""Objects that are written anew, and code as changes of other code: everything comes back as it was."""

import marshal
import random
import subprocess
import sys
import unittest
import zlib

from cwd_server.packaging import bytecode, compiling, line_tables, objects

VALUES = (
    None, True, Ellipsis, StopIteration, 0, -1, 2**31, -(2**100), 1.5, float("inf"), 2j,
    "", "name", "no name", "é", "\ud800", "x" * 300, "é" * 300, b"", b"\0\xff", b"x" * 300,
    (), ("a", ("a", 1)), tuple(range(300)), frozenset(), frozenset(["a", 1, ("a", 1)]),
)  # fmt: skip

CODE = """
class A:
    def f(self, *, key="name", **more):
        return [lambda: (self, each, key) for each in more if each in {"a", "b"}]

    async def g(self, a, b=("name", 1.5)):
        try:
            async with a as b:
                yield (await b)[1:2], self.f
        finally:
            del a
"""


def parse(value, table):
    version = sys.version_info[:2]
    return objects.Reader(marshal.dumps(value), version, table).read_all()


class Objects(unittest.TestCase):
    def written_anew(self, values):
        """Return tuples as they are read from behind what they have in common; and its size."""
        table = {}
        roots = [parse(each, table) for each in values]
        shared = objects.write_shared(objects.shared_by_many(roots))
        read = []
        for root in roots:
            parts = objects.write_parts(root, shared.places)
            read.append(marshal.loads(b")\x02" + shared.content + b"".join(parts))[1])
        return read, len(shared.content)

    def test_values_are_the_same(self):
        for times in (1, 3):
            with self.subTest(times=times):
                read, _ = self.written_anew([VALUES] * times)
                for each in read:
                    self.assertEqual(repr(each[:-1]), repr(VALUES[:-1]))
                    self.assertEqual(each[-1], VALUES[-1])

    def test_code_is_the_same(self):
        code = compile(CODE, "a.py", "exec")
        read, _ = self.written_anew([(("a", False, code),)] * 3)
        for ((name, is_package, found),) in read:
            self.assertEqual((name, is_package), ("a", False))
            self.assertTrue(compiling.is_same(found, code))

    def test_what_three_have_is_written_once(self):
        long = ("text " * 100, "another")
        of_two, shared_by_two = self.written_anew([(long, 1), (long, 2), ("x", 3)])
        of_three, shared_by_three = self.written_anew([(long, 1), (long, 2), (long, 3)])
        self.assertLess(shared_by_two, 10)
        self.assertGreater(shared_by_three, len(long[0]))
        self.assertEqual(of_two, [(long, 1), (long, 2), ("x", 3)])
        self.assertEqual(of_three, [(long, 1), (long, 2), (long, 3)])

    def test_equal_values_of_different_types_stay_what_they_are(self):
        read, _ = self.written_anew([((1, 1.0, True), (1.0, 1, True), "a" * 9)] * 3)
        for each in read:
            self.assertEqual(repr(each), "((1, 1.0, True), (1.0, 1, True), 'aaaaaaaaa')")

    def test_what_is_not_known_is_refused(self):
        content = marshal.dumps(("name", 1))
        for wrong in (b"", b"?", b"r\0\0\0\0", content[:-1], content + b"N", b"[\xff\xff\xff\x7f"):
            with self.subTest(wrong), self.assertRaises(objects.FormatError):
                objects.Reader(wrong, (3, 8), {}).read_all()
        with self.assertRaises(objects.FormatError):
            objects.Reader(content, (3, 5), {})
        code = marshal.dumps(compile("x", "a.py", "exec"))
        other = (3, 8) if sys.version_info >= (3, 11) or sys.version_info < (3, 8) else (3, 11)
        with self.assertRaises(objects.FormatError):
            objects.Reader(code, other, {}).read_all()


class Same(unittest.TestCase):
    def test_codes_that_differ_in_anything(self):
        code = compile(CODE, "a.py", "exec")
        self.assertTrue(compiling.is_same(code, compile(CODE, "a.py", "exec")))
        for source, path in ((CODE, "b.py"), ("\n" + CODE, "a.py"), (CODE + "x", "a.py")):
            with self.subTest(source=source, path=path):
                self.assertFalse(compiling.is_same(code, compile(source, path, "exec")))
        self.assertFalse(compiling.is_same((1,), (True,)))
        self.assertFalse(compiling.is_same((1,), (1, 2)))


@unittest.skipIf(sys.version_info < line_tables.OLDEST, "older Pythons note no columns")
class LineTables(unittest.TestCase):
    def compile(self, source):
        """Compile as the build does: without columns."""
        program = "import marshal, sys; source = sys.stdin.read(); sys.stdout.buffer.write("
        program += "marshal.dumps(compile(source, 'a.py', 'exec')))"
        command = [sys.executable, "-X", "no_debug_ranges", "-c", program]
        done = subprocess.run(command, input=source.encode(), stdout=subprocess.PIPE, check=True)
        return marshal.loads(done.stdout)

    def tables(self, code):
        found = [(len(code.co_linetable), list(code.co_positions()))]
        for constant in code.co_consts:
            if hasattr(constant, "co_code"):
                found += self.tables(constant)
        return found

    def test_each_instruction_stays_in_its_line(self):
        far = (
            "def h():\n"
            + "\n" * 5000
            + "    try:\n        x(a + b)\n    finally:\n"
            + "\n" * 70
            + "        y"
        )
        for source in (CODE, far, "x = [\n" + "f(a, b, c + d),\n" * 100 + "]"):
            with self.subTest(source[:9]):
                before = self.tables(self.compile(source))
                after = self.tables(line_tables.merge(self.compile(source)))
                self.assertEqual([each[1] for each in after], [each[1] for each in before])
                self.assertLess(sum(each[0] for each in after), sum(each[0] for each in before))

    def test_columns_are_left(self):
        code = compile(CODE, "a.py", "exec")
        self.assertTrue(compiling.is_same(line_tables.merge(code), code))


class Changes(unittest.TestCase):
    """An interpreter's code as changes of an older one's, in runs of modules."""

    def setUp(self):
        some = random.Random(1)
        self.base = {}
        for name in "abcdefgh":
            self.base[name] = bytes(some.choices(range(256), k=5000))

    def undo(self, changes):
        whole = b"".join(self.base.values())
        code = b""
        for start, end, part in changes:
            code += zlib.decompressobj(zdict=whole[start:end]).decompress(part)
        return code

    def test_they_lead_to_the_code(self):
        for names, runs in (
            ("abcdefgh", 2),  # of no more than MAX_RUN
            ("abd", 2),  # one is gone
            ("abxc", 3),  # a new one
            ("hab", 2),  # another order
            ("x", 1),
            ("", 0),
        ):
            with self.subTest(names):
                code = {}
                for name in names:
                    code[name] = self.base.get(name, b"new")[:4000] + b"changed"
                changes = bytecode._changes(code, self.base)
                self.assertEqual(self.undo(changes), b"".join(code.values()))
                self.assertEqual(len(changes), runs)
                self.assertLess(sum(len(part) for _, _, part in changes), 100 * len(names) + 1)


if __name__ == "__main__":
    unittest.main()
