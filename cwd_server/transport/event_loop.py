"""The calls of async tools, carried out on the event loop that they share.

What is sent to the client goes through a thread of its own, since a client that reads slowly
would stop all tools otherwise. A call holds its place among TASKS until its answer has left, so
that no more than TASKS answers ever wait for such a client. Another thread notices when a tool
blocks the loop.
"""

import asyncio
import functools
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Callable, Deque, Dict, Optional, Tuple

from cwd_server.toolkit import shared_loop
from cwd_server.toolkit.call import Failure, ToolCall, run_call_async

if TYPE_CHECKING:
    from cwd_server.toolkit.call import Outcome

TASKS = 32  # calls that run, or whose answers wait to be sent, at once; later ones wait in order
MAX_WAITING = 1000  # calls that may wait; a client that sends more is told to come back
EXIT_TIMEOUT = 0.5  # seconds that tasks get for their `finally` once they are cancelled at the end
BLOCKED_TIMEOUT = 5.0  # seconds without a turn of the loop until somebody is told
CHECK_INTERVAL = 1.0  # seconds between checks whether it turns
SETTLING = 0.1  # seconds until what a call had is dropped on all threads

Done = Callable[[ToolCall, "Outcome"], None]
Report = Callable[[ToolCall, float, Optional[float], Optional[str]], None]
Progress = Tuple[float, Optional[float], Optional[str]]


class EventLoop:
    """Carries out the calls of async tools as tasks of one event loop.

    log_exception: called inside an `except` block for what a tool did not mean to raise
    log: takes a line for the user
    """

    def __init__(self, log_exception: Callable[[], None], log: Callable[[str], None]) -> None:
        self._log_exception = log_exception
        self._loop = shared_loop.make()
        self._waiting: Deque[Tuple[ToolCall, Done]] = deque()  # the loop's own, as are the tasks
        self._tasks: Dict[ToolCall, asyncio.Task[Outcome]] = {}
        self._sender = _Sender(log_exception, self._free_soon)
        self._watch = _Watch(self._loop, log)
        self._unanswered = _Counter()  # calls
        self._unsent = _Counter()  # answers that the sender has

    def start(self, call: ToolCall, done: Done) -> bool:
        """Let the loop carry out a call as soon as there is a place for it.

        done: gets what came of it, also if it was cancelled, on another thread, after its last
            progress

        Returns False if too many calls wait already, or the system gives no thread to the loop.
        """
        if self._unanswered.value >= TASKS + MAX_WAITING or not _has_thread():
            return False
        report = call.on_progress
        if report is not None:
            call.on_progress = self._sender.coalescing(report)
        self._unanswered.add(1)
        call.on_cancel = self._cancel_soon  # it gets the call: bound to it, it would keep it
        self._loop.call_soon_threadsafe(self._enqueue, call, done)
        return True

    def _cancel_soon(self, call: ToolCall) -> None:
        self._loop.call_soon_threadsafe(self._cancel, call)

    def wait(self, seconds: float) -> bool:
        """Wait until all calls have ended and are passed on; return whether that is so."""
        return self._unanswered.wait_for_zero(seconds)

    def close(self) -> None:
        """Cancel what still runs, and give it EXIT_TIMEOUT to clean up, but no longer."""
        self._loop.call_soon_threadsafe(self._cancel_all)
        self.wait(EXIT_TIMEOUT)

    # On the loop

    def _enqueue(self, call: ToolCall, done: Done) -> None:
        self._waiting.append((call, done))
        self._run_waiting()

    def _run_waiting(self) -> None:
        """Begin calls that wait, as long as there are places."""
        while self._waiting and len(self._tasks) + self._unsent.value < TASKS:
            call, done = self._waiting.popleft()
            task = self._loop.create_task(run_call_async(call, self._log_exception))
            task.add_done_callback(functools.partial(self._finish, call, done))
            self._tasks[call] = task
            self._watch.note(len(self._tasks))

    def _finish(self, call: ToolCall, done: Done, task: "asyncio.Task[Outcome]") -> None:
        outcome: Outcome = Failure("cancelled")
        if not task.cancelled():  # it was, if that came before run_call_async had begun
            outcome = task.result()
        if isinstance(outcome, Failure):
            # Its traceback leads to what the tool had. To be freed here, on the thread that made
            # it: without a global lock, Python frees it only while that thread runs
            outcome.error = None
        del self._tasks[call]
        self._pass_on_later(call, done, outcome)
        self._watch.note(len(self._tasks))

    def _pass_on_later(self, call: ToolCall, done: Done, outcome: "Outcome") -> None:
        self._unsent.add(1)
        self._sender.send(lambda: self._pass_on(call, done, outcome))

    def _pass_on(self, call: ToolCall, done: Done, outcome: "Outcome") -> None:
        try:
            done(call, outcome)
        finally:
            self._unsent.add(-1)
            if self._waiting:  # looked at after counting, as the loop counts after adding to it
                self._loop.call_soon_threadsafe(self._run_waiting)
            self._unanswered.add(-1)

    def _free_soon(self) -> None:
        """Let the loop run for a moment, to free what it has made and another thread has dropped.

        Without a global lock, Python frees that only while the loop's thread runs, which may have
        nothing more to do.
        """
        if not _has_global_lock():
            self._loop.call_soon_threadsafe(self._loop.call_later, SETTLING, _do_nothing)

    def _cancel(self, call: ToolCall) -> None:
        if call in self._tasks:
            self._tasks[call].cancel()
            return
        for waiting in list(self._waiting):
            if waiting[0] is call:
                self._waiting.remove(waiting)
                self._pass_on_later(*waiting, Failure("cancelled"))

    def _cancel_all(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for call, done in waiting:
            self._pass_on_later(call, done, Failure("cancelled"))
        for call in list(self._tasks):
            call.cancel()


def _has_global_lock() -> bool:
    is_enabled = getattr(sys, "_is_gil_enabled", None)  # since 3.13
    return is_enabled is None or is_enabled()


def _do_nothing() -> None:
    """Be what a loop that is woken carries out."""


def _has_thread() -> bool:
    """Whether the loop has a thread that runs it, or gets one now."""
    try:
        shared_loop.get()
    except (RuntimeError, MemoryError):
        return False
    return True


class _Counter:
    """A number that can be waited for to become zero."""

    def __init__(self) -> None:
        self.value = 0
        self._changed = threading.Condition()

    def add(self, difference: int) -> None:
        with self._changed:
            self.value += difference
            self._changed.notify_all()

    def wait_for_zero(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.value == 0, seconds)


class _Sender:
    """A thread that does, in order, what may have to wait for the client.

    log_exception: called inside an `except` block for what only a bug of ours can cause
    on_idle: called on the thread when all is done
    """

    def __init__(self, log_exception: Callable[[], None], on_idle: Callable[[], None]) -> None:
        self._log_exception = log_exception
        self._on_idle = on_idle
        self._jobs: Deque[Callable[[], None]] = deque()
        self._unsent: Dict[ToolCall, Progress] = {}
        self._changed = threading.Condition()
        self._started = False

    def send(self, job: Callable[[], None]) -> None:
        """Do something later, on the thread; or now, where the system gives none."""
        with self._changed:
            if not self._started:
                self._started = _start_daemon(self._run, "async answers")
            if self._started:
                self._jobs.append(job)
                self._changed.notify()
                return
        self._do(job)

    def coalescing(self, report: Report) -> Report:
        """Return a function that reports progress on the thread; of unsent ones the last wins."""

        def note(
            call: ToolCall, done: float, total: Optional[float], message: Optional[str]
        ) -> None:
            with self._changed:
                is_queued = call in self._unsent
                self._unsent[call] = (done, total, message)
            if not is_queued:
                self.send(lambda: self._report(report, call))

        return note

    def _report(self, report: Report, call: ToolCall) -> None:
        with self._changed:
            progress = self._unsent.pop(call)
        report(call, *progress)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs)
            self._do(self._jobs.popleft())
            if not self._jobs:
                self._on_idle()

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception:  # which must not cost the answers of all other calls
            self._log_exception()


def _start_daemon(target: Callable[[], None], name: str) -> bool:
    """Start a thread; return False if the system gives none."""
    try:
        threading.Thread(target=target, name=name, daemon=True).start()
    except (RuntimeError, MemoryError):
        return False
    return True


class _Watch:
    """A thread that says where the loop is blocked, while tasks run on it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: Callable[[str], None]) -> None:
        self._loop = loop
        self._log = log
        self._running = threading.Event()
        self._started = False

    def note(self, tasks: int) -> None:
        """Take how many tasks run; called on the loop."""
        if not tasks:
            self._running.clear()
            return
        self._running.set()
        if not self._started:
            self._started = _start_daemon(self._watch_loop, "watch of async tools")

    def _watch_loop(self) -> None:
        while True:
            self._running.wait()
            turned = threading.Event()
            self._loop.call_soon_threadsafe(turned.set)
            if not turned.wait(BLOCKED_TIMEOUT):
                self._log(_describe_blocked())
                turned.wait()
            time.sleep(CHECK_INTERVAL)


def _describe_blocked() -> str:
    """Return what the loop's thread is doing, which no async tool should do for so long."""
    place = ""
    frame = sys._current_frames().get(shared_loop.thread_id() or 0)
    while frame is not None:
        code = frame.f_code
        if not _is_of_library(code.co_filename):
            place = f" at {code.co_filename}, line {frame.f_lineno}, in {code.co_name}"
            break
        frame = frame.f_back
    return (
        f"cwd_server: an async tool has blocked all others for {BLOCKED_TIMEOUT:g} s{place}:"
        " await there what takes time, or make it a plain def, which runs on a thread of its own"
    )


def _is_of_library(path: str) -> bool:
    library = threading.__file__.rpartition("threading")[0]
    return path.startswith((library, "<frozen")) and "site-packages" not in path
