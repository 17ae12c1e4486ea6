"""The event loop that all async tools share: what one call has opened, the next can use.

It is made when a tools file that has to do with async is imported, during which it is the
current loop, and is run by a thread of its own from the first call on.
"""

import asyncio
import atexit
import threading
from typing import TYPE_CHECKING, Awaitable, Optional, TypeVar

if TYPE_CHECKING:
    from cwd_server.toolkit.call import ToolCall

Value = TypeVar("Value")

_loop: Optional[asyncio.AbstractEventLoop] = None
_thread: Optional[threading.Thread] = None
_making = threading.Lock()


def make() -> asyncio.AbstractEventLoop:
    """Return the loop, which may not run yet."""
    global _loop
    with _making:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            atexit.register(_close)
        return _loop


def get() -> asyncio.AbstractEventLoop:
    """Return the loop, which runs; raise RuntimeError if the system gives no thread for it."""
    global _thread
    loop = make()
    with _making:
        if _thread is None:
            thread = threading.Thread(target=_run, args=(loop,), name="async tools", daemon=True)
            thread.start()
            _thread = thread
    return loop


def thread_id() -> Optional[int]:
    """Return the identifier of the thread that runs the loop, if it runs."""
    if _thread is None:
        return None
    return _thread.ident


def make_current() -> None:
    """Make the loop the current one of this thread, which imports a file that may ask for it."""
    asyncio.set_event_loop(make())


def leave_current() -> None:
    """Let this thread have no current loop any more."""
    if _loop is not None:
        asyncio.set_event_loop(None)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            pass  # of a task that a tool started and nobody waits for: the others go on


def _close() -> None:
    """Close the loop at exit if nothing has run it: in its development mode Python warns else."""
    if _loop is not None and _thread is None:
        _loop.close()


def wait_for(call: "ToolCall", awaitable: Awaitable[Value]) -> Value:
    """Wait on another thread for what an awaitable gives; cancelling the call cancels it."""
    future = asyncio.run_coroutine_threadsafe(_await(awaitable), get())
    call.on_cancel = lambda _: future.cancel()
    if call.cancelled:
        future.cancel()
    return future.result()


async def _await(awaitable: Awaitable[Value]) -> Value:
    return await awaitable
