"""Servers with odd tools, started, used, and ended in a random way, again and again: `make soak`.

Usage: python -m tests.soak.ends [ROUNDS] [SEED]; needs Linux

Every answer is a whole message and comes once, the process ends in time with the status that the
situation asks for, and replacing the archive while it serves changes nothing.
"""

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time

from tests.support.client import Client
from tests.support.files import LARGE_TOOLS, write_file
from tests.support.messages import call_tool, cancelled, ping
from tests.support.paths import ARCHIVE

END = 5.0  # seconds: 3 by contract, and 2 for a busy machine

TOOLS = """
import atexit, os, sys, threading, time
from cwd_server.toolkit import tool
from cwd_server.toolkit import Call

@tool
def fork(how: int) -> str:
    child = os.fork()
    if child == 0:
        if how == 0:
            sys.exit(1)
        if how == 1:
            raise RuntimeError("the child")
        return "the child"
    os.waitpid(child, 0)
    return "forked"

@tool
def handler(seconds: float) -> str:
    atexit.register(time.sleep, seconds)
    return "registered"

@tool
def thread(seconds: float) -> str:
    threading.Thread(target=time.sleep, args=(seconds,)).start()
    return "started"

@tool
def sleep(seconds: float, call: Call) -> str:
    for step in range(5):
        call.progress(step, 5)
        call.sleep(seconds / 5)
    return "slept"
"""


class Wrong(AssertionError):
    """What a server must not do."""


def random_message(chance, request_id):
    """Return a request that is answered within a second."""
    calls = (
        ("fork", {"how": chance.randrange(3)}),
        ("handler", {"seconds": chance.choice((0, 0.01, 60))}),
        ("thread", {"seconds": chance.choice((0.01, 60))}),
        ("large", {"size": chance.randrange(300000)}),
        ("large_inline", {"size": chance.randrange(300000)}),
        ("sleep", {"seconds": chance.choice((0, 0.2, 0.5))}),
        ("get_cwd", {"added": "by a client"}),
    )
    if chance.random() < 0.2:
        return ping(request_id)
    name, arguments = chance.choice(calls)
    return call_tool(name, request_id, arguments=arguments, progressToken=float(request_id))


def check_lines(data, asked, whole):
    """Check that `data` is messages, that answer what was asked, once; return the ids answered."""
    lines = data.split(b"\n")
    rest = lines.pop()
    if rest and whole:
        raise Wrong("half a line: %r" % rest[-100:])
    answered = []
    for line in lines:
        message = json.loads(line.decode("ascii"))
        if "method" not in message:
            answered.append(message["id"])
    if len(set(answered)) != len(answered) or not set(answered) <= asked:
        raise Wrong("answered %s" % answered)
    return set(answered)


def run_round(chance, folder, tools):
    """Run one server to its end; raise Wrong."""
    archive = os.path.join(folder, "server.pyz")
    shutil.copy(ARCHIVE, archive)
    with Client([sys.executable, archive, "--tools", tools]) as client:
        client.ask(ping("first"))
        if chance.random() < 0.5:
            os.unlink(archive)
        asked = set(range(chance.randrange(1, 30)))
        messages = [random_message(chance, number) for number in asked]
        dropped = {number for number in asked if chance.random() < 0.1}
        client.send(*messages, *[cancelled(number) for number in dropped])
        ending = chance.choice(("input", "input", "slow", "SIGINT", "output", "kill"))
        began = time.monotonic()
        if ending in ("input", "slow"):
            client.process.stdin.close()
            data = read(client.process.stdout, chance.random() * 0.01 if ending == "slow" else 0)
            answered = check_lines(data, asked, whole=True)
            if not asked - dropped <= answered:
                raise Wrong("not answered: %s" % (asked - dropped - answered))
            expected = 0
        elif ending == "output":
            client.process.stdout.close()
            client.process.stdout = None
            client.process.stdin.close()
            expected = 0
        else:
            number = signal.SIGINT if ending == "SIGINT" else signal.SIGTERM
            os.kill(client.pid, number)
            check_lines(client.process.stdout.read(), asked, whole=False)
            expected = 130 if ending == "SIGINT" else -signal.SIGTERM
        status = client.process.wait()
        seconds = time.monotonic() - began
        if status != expected:
            raise Wrong("status %s after %s" % (status, ending))
        if seconds > END and ending != "slow":
            raise Wrong("%.1f s after %s" % (seconds, ending))
        return ending


def read(stream, pause):
    """Return all of a stream, 64 KiB at a time."""
    data = b""
    while True:
        chunk = os.read(stream.fileno(), 65536)
        if not chunk:
            return data
        data += chunk
        time.sleep(pause)


def main():
    """Run the rounds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print("ends: %d rounds, seed %d" % (rounds, seed), flush=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chance = random.Random(seed)
    endings = []
    with tempfile.TemporaryDirectory() as folder:
        tools = write_file(os.path.join(folder, "odd_tools.py"), TOOLS + LARGE_TOOLS)
        for number in range(rounds):
            try:
                endings.append(run_round(chance, folder, tools))
            except Exception as error:
                raise Wrong("round %d: %s" % (number, error)) from error
    counts = ", ".join("%d by %s" % (endings.count(each), each) for each in sorted(set(endings)))
    print("ends: all ended as they have to: %s" % counts, flush=True)


if __name__ == "__main__":
    main()
