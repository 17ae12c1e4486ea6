"""`check` with servers that never answer, and with interpreters that have to be looked for."""

import unittest

from cwd_server.commands.check.probe import Limits
from tests.processes.test_check import FileCheck
from tests.support import pythons
from tests.support.paths import ARCHIVE


class Slow(FileCheck):
    def test_every_wait_ends(self):
        forever = "import time\nwhile True: time.sleep(1)\n"
        programs = {
            "silent": (forever, "no answer to initialize within 0.8 s"),
            "floods": ("while True: print('x' * 1000)", "no answer to initialize within 0.8 s"),
            "messages": (
                'while True: print(\'{"jsonrpc": "2.0", "method": "x"}\')',
                "within 0.8 s",
            ),
            "one line": ("import sys\nwhile True: sys.stdout.write('x' * 1000)", "within 0.8 s"),
            "stderr": ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "within 0.8 s"),
            "closes stdout": ("import os\nos.close(1)\n" + forever, "it closed its stdout before"),
        }
        for name, (source, words) in programs.items():
            with self.subTest(name=name):
                done = self.check(
                    self.program(source), limits=Limits(answer=0.8, notice=0.5, stderr=0.05)
                )
                self.assertEqual(done.status, 1)
                self.assertIn(words, done.stdout)
                self.assertLess(len(done.stdout), 8000)

    def test_an_old_python_is_named(self):
        old = pythons.too_old_pythons()
        if not old:
            self.skipTest("no Python older than 3.6 here")
        done = self.check({"command": old[0], "args": [ARCHIVE]})
        self.assertEqual(done.status, 1)
        self.assertIn("%s is older than Python 3.6: name a newer one" % old[0], done.stdout)


if __name__ == "__main__":
    unittest.main()
