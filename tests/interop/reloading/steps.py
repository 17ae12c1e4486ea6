"""What is done to a tools file while an official client uses it, whichever client that is."""

import asyncio
import time

HEAD = "from cwd_server.toolkit import tool\n"
STEADY = "@tool\ndef steady() -> str:\n    return 'steady'\n"
ADDED = "@tool\nasync def added() -> str:\n    return 'added'\n"
SLOW = "import time\n@tool\ndef slow() -> str:\n    time.sleep(1)\n    return 'slow'\n"

# What the file says then, the tools there are, and whether the client hears of it
STEPS = (
    ("edited", STEADY.replace("'steady'", "'edited'") + SLOW, ["steady", "slow"], True),
    ("broken", "def f(:\n", ["steady", "slow"], False),
    ("mended", STEADY + SLOW, ["steady", "slow"], True),
    ("added", STEADY + SLOW + ADDED, ["steady", "slow", "added"], True),
    ("removed", STEADY + SLOW, ["steady", "slow"], True),
)
PATIENCE = 10  # seconds until a notification counts as lost


def write(path, source):
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD + source)


async def play(path, heard, list_names, call):
    """Play the steps; return what was heard and when, and how many calls were lost.

    heard: an asyncio.Event that is set for each notification
    list_names, call: of the client, asynchronous
    """
    report = {"steps": [], "calls": 0, "lost": 0}
    going_on = True

    async def keep_calling(name):
        while going_on:
            report["calls"] += 1
            try:
                text = await asyncio.wait_for(call(name), PATIENCE)
                if text not in ("steady", "edited", "slow"):
                    report["lost"] += 1
            except Exception:
                report["lost"] += 1
            await asyncio.sleep(0.02)

    callers = [asyncio.create_task(keep_calling(name)) for name in ("steady", "slow")]
    for name, source, _, _ in STEPS:
        heard.clear()
        write(path, source)
        start = time.monotonic()
        seconds = None
        try:
            await asyncio.wait_for(heard.wait(), 3)
            seconds = time.monotonic() - start
        except asyncio.TimeoutError:
            pass
        report["steps"].append({"step": name, "seconds": seconds, "names": await list_names()})
    going_on = False
    await asyncio.gather(*callers)
    return report
