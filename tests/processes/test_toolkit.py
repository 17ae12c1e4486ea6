"""Tools of a user's own: what they return, how their files are loaded, and served."""

import base64
import http.server
import importlib.util
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib
from typing import Any, Dict, List

from cwd_server import tools
from cwd_server.toolkit import ToolError, tool
from cwd_server.toolkit.call import ToolCall, run_call
from cwd_server.toolkit.errors import ArgumentsError
from cwd_server.toolkit.tool import Tool, tool_of
from tests.support.cases import PYPY
from tests.support.client import Client, as_text, responses, run_process
from tests.support.messages import META, cancelled, initialize, request
from tests.support.paths import ROOT, STARTS, environment
from tests.support.processes import wait_for

EXAMPLES = os.path.join(ROOT, "tests", "examples")


HEAVY = {"enum", "inspect", "json", "re", "threading", "typing"} | {
    f"cwd_server.toolkit.{name}"
    for name in ("annotations", "content", "declaration", "jsonschema", "loading", "results")
}


class Declaring(unittest.TestCase):
    def test_bare_and_with_settings(self):
        @tool
        def bare() -> str:
            """Do it.

            Well.
            """
            return "x"

        self.assertEqual(
            tool_of(bare).definition,
            {
                "name": "bare",
                "description": "Do it.\n\nWell.",
                "inputSchema": {"type": "object", "properties": {}, "additionalProperties": False},
            },
        )

        icons = [{"src": "https://example.com/icon.png", "mimeType": "image/png"}]

        @tool(
            name="a.b-c",
            title="A",
            read_only=True,
            destructive=False,
            idempotent=True,
            open_world=False,
            icons=icons,
        )
        def full() -> str:
            return "x"

        hints = {
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        }
        made = tool_of(full)
        self.assertEqual((made.name, made.definition["title"]), ("a.b-c", "A"))
        self.assertEqual(
            (made.definition["annotations"], made.definition["icons"]), (hints, icons)
        )
        self.assertNotIn("description", made.definition)

    def test_a_tool_is_called_like_its_function(self):
        @tool
        def add(a: int, b: int = 0) -> int:
            """Add."""
            return a + b

        self.assertEqual((add(2, b=3), add(2), add.__doc__), (5, 2, "Add."))

    def test_get_cwd_is_declared_with_it(self):
        self.assertIsInstance(tools.TOOLS[0], Tool)
        self.assertTrue(tools.TOOLS[0].definition["annotations"]["readOnlyHint"])

    @unittest.skipIf(PYPY, "PyPy has no json in C, so that the package json is loaded")
    def test_declaring_get_cwd_loads_nothing_more(self):
        program = (
            "import sys; from cwd_server import tools; from cwd_server.protocol import session\n"
            "from cwd_server.toolkit.call import ToolCall, run_call\n"
            "run_call(ToolCall(tools.TOOLS[0], {}), print).texts\n"
            f"print(sorted(set(sys.modules) & {HEAVY}))"
        )
        done = run_process([sys.executable, "-S", "-c", program])
        self.assertEqual((as_text(done.stdout).strip(), done.stderr), ("[]", b""))


class WithFiles(unittest.TestCase):
    """A folder for tools files, which `starts` and `serve` give to a server."""

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("from cwd_server.toolkit import tool, Call, ToolError\n" + text)
        return path

    def starts(self):
        for name, start in STARTS.items():
            with self.subTest(start=name):
                yield [word for word in start if word not in ("-I", "-S")]

    def serve(self, path, *messages, **options):
        """Yield what a server with this tools file answers, by request id, through each start."""
        for start in self.starts():
            done = run_process([*start, "--tools", path], messages, **options)
            self.assertEqual(done.returncode, 0, done.stderr)
            yield {answer.get("id"): answer for answer in responses(done)}, as_text(done.stderr)

    def call(self, request_id=1, name="f", **arguments):
        return request("tools/call", request_id, _meta=META, name=name, arguments=arguments)


class Files(WithFiles):
    def test_served_beside_get_cwd(self):
        path = self.write(
            "my_tools.py",
            "@tool\ndef add(a: int, b: int = 0) -> int:\n    '''Add.'''\n    return a + b\n",
        )
        messages = [
            request("tools/list", _meta=META),
            self.call(2, "add", a=2.0),
            self.call(3, "add", a="x"),
            self.call(4, "get_cwd"),
        ]
        for answered, stderr in self.serve(path, *messages):
            self.assertEqual(
                [each["name"] for each in answered[1]["result"]["tools"]], ["get_cwd", "add"]
            )
            self.assertEqual(answered[2]["result"]["structuredContent"], 2)
            self.assertEqual(
                answered[3]["result"]["content"][0]["text"], 'a: expected an integer, got "x"'
            )
            self.assertTrue(answered[3]["result"]["isError"])
            self.assertIn("Current Working", answered[4]["result"]["content"][0]["text"])
            self.assertEqual(stderr, "")

    def test_wrong_arguments_are_an_error_in_older_revisions(self):
        """However the tool is run: the model is told since 2025-11-25."""
        path = self.write(
            "my_tools.py",
            """
@tool(threaded=False)
def inline(n: int) -> int:
    return n
@tool
def thread(n: int) -> int:
    return n
@tool
async def loop(n: int) -> int:
    return n
""",
        )
        names = ("inline", "thread", "loop")
        messages = [initialize("2025-06-18")]
        for name in names:
            for method in ("tools/call", "CallTool"):
                arguments = {"n": "x"}
                messages.append(
                    request(method, f"{method} {name}", name=name, arguments=arguments)
                )
            messages.append(self.call(name, name, n="x"))
        for answered, _ in self.serve(path, *messages):
            for name in names:
                for method in ("tools/call", "CallTool"):
                    error = answered[f"{method} {name}"]["error"]
                    self.assertEqual(error["code"], -32602)
                    self.assertIn("n: expected an integer", error["message"])
                self.assertTrue(answered[name]["result"]["isError"])

    def test_older_revisions_get_what_they_know(self):
        path = self.write(
            "my_tools.py",
            "@tool\ndef f() -> int:\n    return 3\n@tool\ndef g() -> dict:\n    return {}\n",
        )
        calls = [request("tools/call", 2, name="f"), request("tools/call", 3, name="g")]
        for answered, _ in self.serve(
            path, initialize("2025-11-25"), request("tools/list"), *calls
        ):
            _, first, second = answered[1]["result"]["tools"]
            wrapped = {
                "type": "object",
                "properties": {"result": {"type": "integer"}},
                "required": ["result"],
            }
            self.assertEqual(
                (first["outputSchema"], second["outputSchema"]), (wrapped, {"type": "object"})
            )
            self.assertEqual(answered[2]["result"]["structuredContent"], {"result": 3})
            self.assertEqual(answered[3]["result"]["structuredContent"], {})

    def test_failures(self):
        path = self.write(
            "my_tools.py",
            "@tool\ndef f(how: str) -> int:\n"
            "    if how == 'said':\n        raise ToolError('no luck')\n"
            "    return {}['x'] if how == 'bug' else 'no int'\n",
        )
        for answered, stderr in self.serve(
            path, self.call(1, how="said"), self.call(2, how="bug"), self.call(3, how="")
        ):
            texts = [answered[key]["result"]["content"][0]["text"] for key in (1, 2, 3)]
            self.assertEqual(texts[:2], ["no luck", "KeyError: 'x'"])
            self.assertIn('result: expected an integer, got "no int"', texts[2])
            self.assertEqual(
                [answered[key]["result"]["isError"] for key in (1, 2, 3)], [True, True, True]
            )
            self.assertEqual((stderr.count("Traceback"), stderr.count("KeyError")), (1, 1))

    def test_a_file_can_be_split_and_prints_stay_off_the_wire(self):
        noise = "print('loading')\nos.write(1, b'raw\\n')\nassert sys.stdin.read() == ''\n"
        self.write("helper.py", "import os, sys\n" + noise + "ONE = 1\n")
        text = (
            "from helper import ONE\n"
            "@tool\ndef f() -> int:\n    print('running')\n    return ONE\n"
        )
        for answered, stderr in self.serve(self.write("my_tools.py", text), self.call()):
            self.assertEqual(
                (list(answered), answered[1]["result"]["structuredContent"]), ([1], 1)
            )
            self.assertEqual(sorted(stderr.split()), ["loading", "raw", "running"])

    @unittest.skipIf(PYPY, "it frees memory when it likes")
    def test_what_a_failed_tool_had_is_freed(self):
        """At once, wherever the tool runs: no circle leads from the error back to it."""
        path = self.write(
            "t.py",
            """\
import gc
gc.disable()
freed = []
class Large:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        freed.append(self.name)
def fail(name):
    large = Large(name)
    raise ToolError("no luck")
@tool(threaded=False)
def inline() -> None:
    fail("inline")
@tool
def thread() -> None:
    fail("thread")
@tool
async def loop() -> None:
    fail("loop")
@tool
def names() -> str:
    return " ".join(sorted(freed))
""",
        )
        for start in self.starts():
            with Client([*start, "--tools", path]) as client:
                for name in ("inline", "thread", "loop"):
                    self.assertIn("no luck", str(client.ask(self.call(1, name))))

                def all_are_freed():
                    return "inline loop thread" in str(client.ask(self.call(2, "names")))

                self.assertTrue(wait_for(all_are_freed))

    def test_nothing_of_an_answered_call_is_kept(self):
        """No circle keeps it until the garbage is collected: its arguments may be 64 MiB."""
        path = self.write(
            "t.py",
            """
import asyncio, gc
from cwd_server.toolkit.call import ToolCall
gc.disable()
@tool(threaded=False)
def inline(s: str) -> str:
    return s
@tool
def thread(s: str, call: Call) -> str:
    call.progress(1)
    return s
@tool
def generator(s: str) -> list:
    yield s
@tool
async def loop(s: str, call: Call) -> str:
    call.progress(1)
    await asyncio.sleep(0)
    return s
@tool
def wrapper(s: str) -> str:
    return asyncio.sleep(0, s)
@tool
def fail(s: str) -> str:
    raise ValueError(s)
@tool
async def fail_on_loop(s: str) -> str:
    raise ValueError(s)
@tool
def wait(s: str, call: Call) -> str:
    call.sleep(60)
@tool
async def wait_on_loop(s: str) -> str:
    await asyncio.sleep(60)
@tool(threaded=False)
def kept() -> list:
    return [each.tool.name for each in gc.get_objects() if isinstance(each, ToolCall)]
""",
        )
        names = ("inline", "thread", "generator", "loop", "wrapper", "fail", "fail_on_loop")
        for start in self.starts():
            with Client([*start, "--tools", path], stderr=subprocess.DEVNULL) as client:
                client.ask(initialize("2025-11-25"))
                for name in names:
                    for arguments in ({"s": "x"}, {"s": 1}, {}):
                        client.ask(request("tools/call", 1, name=name, arguments=arguments))
                for name in ("wait", "wait_on_loop"):
                    client.send(
                        request("tools/call", name, name=name, arguments={"s": "x"}),
                        cancelled(name),
                    )

                def only_the_one_that_asks():
                    answer = client.ask(request("tools/call", 2, name="kept"))
                    return answer["result"]["structuredContent"] == {"result": ["kept"]}

                self.assertTrue(wait_for(only_the_one_that_asks))

    def test_what_is_beside_a_file_comes_before_what_is_installed(self):
        """Also where something has put a finder of its own behind Python's."""
        installed = os.path.join(self.folder, "installed")
        os.mkdir(installed)
        for folder, word in ((self.folder, "beside"), (installed, "installed")):
            with open(os.path.join(folder, "helper.py"), "w") as file:
                file.write(f"WORD = {word!r}\n")
        path = self.write(
            "t.py", "import helper\n@tool\ndef f() -> str:\n    return helper.WORD\n"
        )
        finder = "sys.meta_path.append(type('Last', (), {'find_spec': lambda *_: None}))"
        run = "from cwd_server.__main__ import main; sys.exit(main(sys.argv[1:]))"
        start = [sys.executable, "-c", f"import sys; {finder}; {run}"]
        variables = environment(PYTHONPATH=os.pathsep.join([ROOT, installed]))
        done = run_process([*start, "--tools", path, "call", "f"], env=variables)
        self.assertEqual((done.stdout, done.stderr), (f"beside{os.linesep}".encode(), b""))

    def test_several_files_even_of_one_name(self):
        os.mkdir(os.path.join(self.folder, "json"))
        first = self.write("json.py", "@tool\ndef f() -> str:\n    return 'first'\n")
        second = self.write(
            os.path.join("json", "json.py"), "@tool\ndef g() -> str:\n    return 'second'\n"
        )
        for start in self.starts():
            done = run_process(
                [*start, "--tools", first, "--tools=" + second],
                [self.call(1, "f"), self.call(2, "g")],
            )
            texts = {
                answer["id"]: answer["result"]["content"][0]["text"] for answer in responses(done)
            }
            self.assertEqual(texts, {1: "first", 2: "second"})

    def test_a_file_that_cannot_be_used(self):
        path = self.write("bad.py", "@tool\ndef f(a):\n    pass\n")
        for start in self.starts():
            done = run_process([*start, "--tools", path], [request("ping")])
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertRegex(
                as_text(done.stderr),
                "^cwd_server: .*bad.py, line 2, function f: parameter a: no annotation[^\n]*\n$",
            )


class Served(WithFiles):
    """Slow tools: a server in conversation."""

    def open(self, path):
        command = [*STARTS["source"], "--tools", path]
        pipe = subprocess.PIPE
        child = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment(), bufsize=0)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait, 30)
        self.addCleanup(child.stdin.close)
        watchdog = threading.Timer(60, child.kill)  # a hang must not hang the tests
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        return child

    def send(self, child, *messages):
        child.stdin.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))

    def receive(self, child):
        return json.loads(child.stdout.readline().decode())

    SLOW = """
@tool
def f(seconds: float, call: Call) -> str:
    for step in range(3):
        call.progress(step, 3, "step %d" % step)
    return "cancelled" if call.sleep(seconds) else "slept"
"""

    CANCELLED = """
@tool
def f(call: Call) -> str:
    call.progress(1)
    slept = call.sleep(30)
    with open(%r, "w") as file:
        file.write("%%s %%s" %% (slept, call.cancelled))
    return "x"
"""

    TOGETHER = """
import threading

together = threading.Barrier(16)

@tool
def f() -> None:
    together.wait(60)
"""

    def test_sixteen_at_a_time_and_others_meanwhile(self):
        child = self.open(self.write("together.py", self.TOGETHER))
        self.send(child, *[self.call(number) for number in range(15)])
        self.send(child, request("ping", 99))
        self.assertEqual(self.receive(child), {"jsonrpc": "2.0", "id": 99, "result": {}})
        self.send(child, self.call(15))
        answers = [self.receive(child) for _ in range(16)]
        self.assertEqual(sorted(answer["id"] for answer in answers), list(range(16)))
        self.assertNotIn(True, [answer["result"]["isError"] for answer in answers])

    def test_progress(self):
        child = self.open(self.write("slow.py", self.SLOW))
        self.send(
            child,
            request(
                "tools/call",
                1,
                _meta=dict(META, progressToken="t"),
                name="f",
                arguments={"seconds": 0},
            ),
        )
        got = [self.receive(child) for _ in range(4)]
        self.assertEqual([each["params"]["progress"] for each in got[:3]], [0, 1, 2])
        self.assertEqual(
            got[2]["params"],
            {"progressToken": "t", "progress": 2, "total": 3, "message": "step 2"},
        )
        self.assertEqual(got[3]["result"]["content"][0]["text"], "slept")

    def test_cancellation(self):
        mark = os.path.join(self.folder, "mark")
        child = self.open(self.write("slow.py", self.CANCELLED % mark))
        self.send(child, request("tools/call", 1, _meta=dict(META, progressToken=7), name="f"))
        self.assertEqual(self.receive(child)["method"], "notifications/progress")  # so it runs
        self.send(
            child,
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
        )
        self.send(child, request("ping", 2))
        self.assertEqual(self.receive(child)["id"], 2)  # and 1 is never answered
        deadline = time.monotonic() + 20
        while not (os.path.exists(mark) and os.path.getsize(mark)) and time.monotonic() < deadline:
            time.sleep(0.01)
        with open(mark) as file:
            self.assertEqual(file.read(), "True True")
        child.stdin.close()
        self.assertEqual(child.stdout.read(), b"")


class Examples(unittest.TestCase):
    """The README's examples, called as a server calls them."""

    def load(self, name, **variables):
        os.environ.update(variables)
        spec = importlib.util.spec_from_file_location(
            "example_" + name, os.path.join(EXAMPLES, name + ".py")
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        self.addCleanup(sys.modules.pop, spec.name)
        spec.loader.exec_module(module)
        return module

    def call(self, made, **arguments):
        made = tool_of(made)
        return made.to_result(made.function(**made.prepare(ToolCall(made, arguments))))

    @unittest.skipIf(sys.version_info < (3, 7), "needs dataclasses")
    def test_typed(self):
        total = self.load("typed").total
        items = [{"name": "pen", "price": 2}, {"name": "book", "price": 8.5, "count": 2}]
        self.assertEqual(self.call(total, items=items, discount=50)["structuredContent"], 9.5)
        with self.assertRaisesRegex(ArgumentsError, 'items.0..price: expected a number, got "no"'):
            self.call(total, items=[{"name": "pen", "price": "no"}])
        self.assertIn(
            "percent",
            tool_of(total).definition["inputSchema"]["properties"]["discount"]["description"],
        )

    def test_api(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                good = self.path == "/repos/python/mypy/releases/latest"
                self.send_response(200 if good else 404)
                self.end_headers()
                if good:
                    self.wfile.write(
                        b'{"tag_name": "v2", "published_at": "2026-01-02", "more": []}'
                    )

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        made = self.load(
            "api", GITHUB_API="http://127.0.0.1:%d" % server.server_port
        ).latest_release
        self.addCleanup(os.environ.pop, "GITHUB_API")
        result = self.call(made, repository="python/mypy")
        self.assertEqual(result["structuredContent"], {"tag": "v2", "published": "2026-01-02"})
        with self.assertRaisesRegex(ToolError, "GitHub: HTTP Error 404"):
            self.call(made, repository="no/such")

    def test_database(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "it's 100% é.sqlite")
        database = sqlite3.connect(path)
        with database:
            database.execute("create table notes (id integer, text text)")
            database.executemany("insert into notes values (?, ?)", [(1, "one"), (2, "two")])
        database.close()
        query = self.load("database", DATABASE=path).query
        self.addCleanup(os.environ.pop, "DATABASE")
        result = self.call(query, sql="select * from notes where id > ?", values=[1])
        self.assertEqual(result["structuredContent"], [{"id": 2, "text": "two"}])
        with self.assertRaisesRegex(ToolError, "readonly"):
            self.call(query, sql="delete from notes")

    def test_program(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        files = [os.path.join(folder, name) for name in ("a", "b")]
        for file in files:
            with open(file, "w") as target:
                target.write("text")
        program = self.load("program")
        call = ToolCall(tool_of(program.compress), {"files": files})
        seen: List[Any] = []
        call.on_progress = lambda *progress: seen.append(progress[1:])
        self.assertEqual(run_call(call, self.fail)["content"][0]["text"], "Compressed 2 files")
        self.assertEqual(seen, [(0, 2, files[0]), (1, 2, files[1])])
        self.assertTrue(os.path.exists(files[1] + ".gz"))
        with self.assertRaises(ToolError):
            self.call(program.compress, files=[os.path.join(folder, "none")])
        program.PROGRAM = [sys.executable, "-c", "import time; time.sleep(60)"]
        call = ToolCall(tool_of(program.compress), {"files": files})
        call.cancel()
        self.assertEqual(run_call(call, self.fail).reason, "cancelled")

    def test_picture(self):
        result = self.call(self.load("picture").bars, values=[1, 2.5], height=4)
        block: Dict[str, Any] = result["content"][0]
        data = base64.b64decode(block["data"])
        self.assertEqual(
            (block["type"], block["mimeType"], data[:8]),
            ("image", "image/png", b"\x89PNG\r\n\x1a\n"),
        )
        self.assertEqual(struct.unpack(">II", data[16:24]), (20, 4))
        start = data.index(b"IDAT")
        size = struct.unpack(">I", data[start - 4 : start])[0]
        pixels = zlib.decompress(data[start + 4 : start + 4 + size])
        self.assertEqual(
            [row.count(b"\0"[0]) - 1 for row in (pixels[i : i + 21] for i in range(0, 84, 21))],
            [8, 8, 8, 16],
        )


if __name__ == "__main__":
    unittest.main()
