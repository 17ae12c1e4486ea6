"""A server whose tools do what tools should not; the tests of stdio start it. Arguments: [--verbose].

The tools are `Tool` objects made by hand, since these tests are about what runs them.
"""

import os
import signal
import subprocess
import sys
import threading
import time

from cwd_server.app import Offering
from cwd_server.protocol.session import Session
from cwd_server.toolkit import ToolError
from cwd_server.toolkit.call import text_block
from cwd_server.toolkit.tool import Tool
from cwd_server.transport import stdio

TOOLS = []


class HandedCall:
    """The signature of a function (call, arguments) -> text, whose arguments are not checked."""

    takes_arguments = True

    def prepare(self, call):
        return {"call": call, "arguments": call.arguments}

    def to_result(self, value):
        return {"content": [text_block(value)]}


def offer(threaded):
    """Offer a function (call, arguments) -> text as a tool."""

    def add(function):
        definition = {
            "name": function.__name__,
            "inputSchema": {"type": "object", "properties": PROPERTIES},
        }
        TOOLS.append(Tool(function, definition, threaded, signature=HandedCall()))
        return function

    return add


PROPERTIES = {
    "size": {"type": "integer"},
    "seconds": {"type": "number"},
    "kind": {"type": "string"},
}


@offer(threaded=False)
def shout(call, arguments):
    """Write to stdout in every way there is."""
    print("by print")
    sys.stdout.write("by write\n")
    os.write(1, b"by descriptor\n")
    os.system("echo by system")
    subprocess.call([sys.executable, "-c", "print('by child')"])
    sys.__stdout__.write("by the first stdout\n")
    sys.__stdout__.flush()
    return "done"


@offer(threaded=False)
def chatter(call, arguments):
    """Print `size` bytes and more."""
    for _ in range(arguments["size"] // 100 + 1):
        print("x" * 99)
    print("é \U0001f600 \udcff")
    return "done"


@offer(threaded=False)
def children(call, arguments):
    """Return what a child process reads from its stdin, and whether it can write to 1 and 2."""
    writing = "import sys; print('out', flush=True); print('err', file=sys.stderr, flush=True)"
    reading = "import sys; sys.stdout.write(sys.stdin.read())"
    child = subprocess.Popen([sys.executable, "-c", writing])
    reader = subprocess.Popen([sys.executable, "-c", reading], stdout=subprocess.PIPE)
    read = reader.communicate(timeout=30)[0]
    return "read %r, wrote %d" % (read, child.wait())


@offer(threaded=False)
def reading(call, arguments):
    """Return what this process reads from stdin and from descriptor 0."""
    return "%r %r" % (sys.stdin.read(), os.read(0, 1))


@offer(threaded=False)
def hold(call, arguments):
    """Keep the main thread.

    A signal that comes when Python is about to sleep is noticed after that, so it sleeps in pieces.
    """
    end = time.monotonic() + arguments["seconds"]
    os.write(2, b"holding\n")
    while time.monotonic() < end:
        time.sleep(min(0.2, max(0, end - time.monotonic())))
    return "held"


@offer(threaded=True)
def wait(call, arguments):
    """Return after some seconds, or when cancelled."""
    return "cancelled" if call.sleep(arguments["seconds"]) else "waited"


@offer(threaded=True)
def never(call, arguments):
    """Not return."""
    os.write(2, b"holding\n")
    while True:
        time.sleep(1)


@offer(threaded=True)
def interrupt(call, arguments):
    """Let the system deliver an interrupt to this thread, as it may."""
    time.sleep(0.3)  # until the main thread waits
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    time.sleep(100)


@offer(threaded=True)
def large(call, arguments):
    """Return a text of `size` characters after some progress."""
    for done in range(20):
        call.progress(done, 20, "é" * 50)
    return "x" * arguments["size"]


@offer(threaded=True)
def quick(call, arguments):
    """Return at once."""
    return "done"


@offer(threaded=False)
def limit_memory(call, arguments):
    """Leave no address space for the stack of another thread, or (`size`) as much as there was; Linux."""
    import resource

    threading.stack_size(16 << 20)  # musl's own is small
    time.sleep(0.1)  # the thread that looks after this one takes memory when it begins
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (most if "size" in arguments else used + (3 << 20), most)
    )
    return "limited"


@offer(threaded=False)
def leave_thread(call, arguments):
    """Leave a thread that keeps a process from ending."""
    threading.Thread(target=time.sleep, args=(100,)).start()
    return "left"


class Odd(Exception):
    """An exception that cannot even be printed."""

    def __str__(self):
        raise ValueError("no")


class NoReason(ToolError):
    """The same, as a ToolError."""

    __str__ = Odd.__str__


def fail(call, arguments):
    """Fail as `kind` says."""
    kind = arguments["kind"]
    if kind == "descriptors":
        sys.setrecursionlimit(1000)
        while True:
            LEAKED.append(os.open(os.devnull, os.O_RDONLY))
    if kind == "recursion":
        return fail(call, arguments)
    raise FAILURES[kind]("a reason")


LEAKED = []
FAILURES = {
    failure.__name__: failure
    for failure in (
        Odd,
        NoReason,
        SystemExit,
        KeyboardInterrupt,
        GeneratorExit,
        MemoryError,
        BaseException,
    )
}


@offer(threaded=False)
def fail_inline(call, arguments):
    """Fail in the main thread."""
    return fail(call, arguments)


@offer(threaded=True)
def fail_threaded(call, arguments):
    """Fail in a worker thread."""
    return fail(call, arguments)


@offer(threaded=False)
def close_leaked(call, arguments):
    """Give back what failing with "descriptors" took."""
    while LEAKED:
        os.close(LEAKED.pop())
    return "closed"


if __name__ == "__main__":
    offering = Offering(TOOLS, {"name": "test", "version": "1"}, "", True)
    session = Session(offering, stdio.log_exception)
    sys.exit(stdio.serve(lambda: session, "--verbose" in sys.argv))
