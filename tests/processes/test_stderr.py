"""What reaches whoever reads stderr: a pipe, a clock and a reader that are simulated.

So it is known how long a reader pauses, on a machine that is as busy as it may be.
"""

import json
import os
import subprocess
import sys
import unittest

from tests.support.paths import environment

KINDS = ("posix", "nt")  # of systems, as os.name says

PROGRAM = r"""
import json, os, select, sys, time, types

kind, lines, pauses = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
from cwd_server.transport import log

capacity = {"posix": 65536, "nt": 4096}[kind]
clock, held, full_since = 0.0, 0, None
taken = bytearray()

def let_time_pass(seconds):
    '''Let the reader empty the pipe that has been full for as long as its next pause.'''
    global clock, held, full_since
    if full_since is None:
        full_since = clock
    if pauses and full_since + pauses[0] <= clock + seconds:
        clock = max(clock, full_since + pauses.pop(0))
        held, full_since = 0, None
    else:
        clock += seconds

def take(descriptor, data):
    global held
    assert descriptor == 2
    count = min(len(data), capacity - held)
    taken.extend(data[:count])
    held += count
    return count

def take_on_windows(descriptor, data):
    if held == capacity:
        let_time_pass(0)
    return take(descriptor, data)

def select_pipe(readers, writers, others, seconds):
    '''A pipe of Linux has room if it takes PIPE_BUF bytes without waiting.'''
    assert (readers, writers, others) == ([], [2], [])
    if held + 4096 > capacity:
        let_time_pass(seconds)
    return [], writers if held + 4096 <= capacity else [], []

windows = types.ModuleType("cwd_server.transport.windows")
windows.set_no_wait, windows.write = lambda descriptor: True, take_on_windows
package = sys.modules["cwd_server.transport"]
package.windows = sys.modules["cwd_server.transport.windows"] = windows
real_write, os.name = os.write, kind
select.select, os.write = select_pipe, take
time.monotonic, time.sleep = lambda: clock, let_time_pass

text = log.open_text()
for number in range(lines):
    print(f"{number:098}", file=text)
said = {"seconds": clock, "text": taken.decode("ascii")}

held, full_since = capacity, None  # as by a child process; and nobody reads any more
pauses.clear()
print("the end", end="", file=text)
log.flush()
said["seconds at the end"] = clock - said["seconds"]
real_write(1, json.dumps(said).encode("ascii"))
"""


def written(count):
    """Return that many lines, as the program prints them."""
    return "".join(f"{number:098}{os.linesep}" for number in range(count))


def read_stderr(kind, lines, pauses):
    """Return what the program says of a reader with these pauses."""
    command = [sys.executable, "-c", PROGRAM, kind, str(lines), json.dumps(pauses)]
    done = subprocess.run(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr.decode())
    return json.loads(done.stdout.decode("ascii"))


class Readers(unittest.TestCase):
    def test_one_who_reads_gets_all(self):
        """Windows writes the part of a line for which there is room; the rest follows."""
        for kind in KINDS:
            with self.subTest(kind=kind):
                said = read_stderr(kind, 3000, [0.05] * 100)
                self.assertEqual(said["text"], written(3000))

    def test_one_who_has_read_may_pause(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                said = read_stderr(kind, 3000, [0.1, 1.5, 0.1, 1.9] + [0.01] * 100)
                self.assertEqual(said["text"], written(3000))

    def test_one_who_never_reads_is_waited_for_once(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                said = read_stderr(kind, 3000, [])
                self.assertTrue(written(3000).startswith(said["text"]))
                self.assertAlmostEqual(said["seconds"], 0.2, delta=0.03)

    def test_one_who_reads_no_more_is_waited_for_once_more(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                said = read_stderr(kind, 3000, [0.1])
                self.assertTrue(written(3000).startswith(said["text"]))
                self.assertAlmostEqual(said["seconds"], 2.1, delta=0.03)

    def test_the_end_is_not_put_off_for_one_who_has_read(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                said = read_stderr(kind, 700, [0.1] * 100)
                self.assertEqual(said["text"], written(700))
                self.assertAlmostEqual(said["seconds at the end"], 0.2, delta=0.03)


if __name__ == "__main__":
    unittest.main()
