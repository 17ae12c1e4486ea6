"""A tool that forks: one process answers, and the child has nothing of the client's."""

import importlib.util
import os
import sys
import unittest

from tests.support.cases import linux, posix
from tests.support.client import Client, responses, run_process
from tests.support.files import tools_file
from tests.support.messages import call_tool, ping, text_of
from tests.support.paths import STARTS_WITH_SITE
from tests.support.processes import wait_for

TOOLS = """
import os, sys

def fork(then):
    child = os.fork()
    if child == 0:
        then()
        return "the child"
    return f"exited with {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}"

def fail():
    raise RuntimeError("the child failed")

@tool
def returns() -> str:
    return fork(lambda: None)

@tool
def exits() -> str:
    return fork(lambda: sys.exit(3))

@tool
def exits_in_words() -> str:
    return fork(lambda: sys.exit("enough"))

@tool
def fails() -> str:
    return fork(fail)

@tool(threaded=False)
def exits_inline() -> str:
    return fork(lambda: sys.exit(3))

@tool(threaded=False)
def returns_inline() -> str:
    return fork(lambda: None)

@tool
def reports(call: Call) -> str:
    return fork(lambda: call.progress(5))

@tool
def opens_files(path: str) -> str:
    def then():
        with open(path, "w") as file:
            file.write(os.readlink(f"/proc/self/fd/{file.fileno()}"))
        names = [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")[:-1]]
        sys.exit(sum(name.startswith("pipe:") for name in names))
    return fork(then)
"""


@posix
@unittest.skipIf(sys.version_info < (3, 9), "os.waitstatus_to_exitcode came with Python 3.9")
class Forks(unittest.TestCase):
    ENDS = (
        ("returns", 0),
        ("exits", 3),
        ("exits_in_words", 1),
        ("fails", 1),
        ("returns_inline", 0),
        ("exits_inline", 3),
        ("reports", 0),
    )

    def test_the_child_ends_where_the_tool_does_and_answers_nobody(self):
        path = tools_file(self, TOOLS)
        messages = []
        for number, (name, _) in enumerate(self.ENDS):
            messages += [call_tool(name, number, progressToken=number), ping(name)]
        for name, start in STARTS_WITH_SITE.items():
            with self.subTest(start=name):
                done = run_process([*start, "--tools", path], messages)
                answers = responses(done)
                self.assertEqual((done.returncode, len(answers)), (0, len(messages)))
                by_id = {answer["id"]: answer for answer in answers}
                for number, (_, status) in enumerate(self.ENDS):
                    self.assertEqual(text_of(by_id[number]), f"exited with {status}")

    @unittest.skipUnless(importlib.util.find_spec("_ctypes"), "this Python has no ctypes")
    def test_a_child_that_python_does_not_know_of_answers_nobody_either(self):
        source = """
            import ctypes, os
            @tool(threaded=False)
            def fork() -> int:
                child = ctypes.PyDLL(None).fork()
                if child == 0:
                    return 0
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        """
        path = tools_file(self, source)
        for name, start in STARTS_WITH_SITE.items():
            with self.subTest(start=name):
                answers = responses(run_process([*start, "--tools", path], [call_tool("fork", 1)]))
                self.assertEqual([text_of(answer) for answer in answers], ["1"])

    @linux
    def test_the_child_has_no_pipe_but_stderr_and_its_files_are_its_own(self):
        path = tools_file(self, TOOLS)
        for start in STARTS_WITH_SITE.values():
            with self.subTest(start=start):
                with Client([*start, "--tools", path]) as client:
                    answer = client.ask(
                        call_tool("opens_files", arguments={"path": path + ".out"})
                    )
                    # 1 and 2 are stderr, a pipe of the client; a third tells the server of its end
                    self.assertEqual(text_of(answer), "exited with 3")
                    with open(path + ".out") as file:
                        self.assertEqual(file.read(), path + ".out")

    @linux
    def test_a_child_that_ends_where_the_tool_does_is_soon_no_process_any_more(self):
        source = """
            import os, sys
            def fork() -> int:
                child = os.fork()
                if child == 0:
                    sys.exit(0)
                return child
            threaded = tool(name="threaded")(fork)
            inline = tool(name="inline", threaded=False)(fork)
            @tool
            async def on_loop() -> int:
                return fork()
            @tool
            def waits() -> str:
                return str(os.waitpid(fork(), 0)[1])
        """
        path = tools_file(self, source)
        with Client([*STARTS_WITH_SITE["archive"], "--tools", path]) as client:
            for name in ("threaded", "inline", "on_loop"):
                with self.subTest(name):
                    child = int(text_of(client.ask(call_tool(name))))
                    place = f"/proc/{child}"
                    self.assertTrue(wait_for(lambda: not os.path.exists(place)))  # noqa: B023
            # Whoever waits for its own child still gets its status
            self.assertEqual(text_of(client.ask(call_tool("waits"))), "0")

    def assert_ends_before_its_child(self, source):
        """Call the tool `daemon`, which returns the id of a child that lives on."""
        path = tools_file(self, source)
        with Client([*STARTS_WITH_SITE["archive"], "--tools", path]) as client:
            child = int(text_of(client.ask(call_tool("daemon"))))
            self.addCleanup(lambda: kill(child))
            client.process.stdin.close()
            self.assertEqual(client.process.stdout.read(), b"")
            self.assertEqual(client.process.wait(), 0)
            self.assertTrue(wait_for(lambda: is_alive(child)))

    @linux
    def test_a_child_that_lives_on_does_not_keep_the_clients_stdout(self):
        source = """
            import os, time
            @tool
            def daemon() -> int:
                child = os.fork()
                if child == 0:
                    time.sleep(60)
                return child
        """
        self.assert_ends_before_its_child(source)

    @linux
    def test_a_child_of_a_tool_that_has_used_up_all_descriptors_loses_them_too(self):
        source = """
            import os, resource, time
            @tool
            def daemon() -> int:
                resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
                taken = []
                try:
                    while True:
                        taken.append(os.open(os.devnull, os.O_RDONLY))
                except OSError:
                    pass
                child = os.fork()
                if child == 0:
                    time.sleep(60)
                for descriptor in taken:
                    os.close(descriptor)
                return child
        """
        self.assert_ends_before_its_child(source)


def kill(pid):
    import signal

    os.kill(pid, signal.SIGKILL)


def is_alive(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rpartition(")")[2].split()[0] in "SR"


if __name__ == "__main__":
    unittest.main()
