"""Threads for calls that take their time, while everything else is answered.

A thread that has run its call stays idle for a moment and takes the next one, since starting a
thread costs more than most calls do.

While calls wait, one thread is always on its way: woken or started, but not running yet. That has
two uses. A slow call never keeps the next one waiting, since the thread on its way will take that.
And the other threads may leave their answers unsent, so that many leave in one write: the thread
on its way sends them when it arrives, before it takes a call.
"""

import threading
from collections import deque

from cwd_server.transport.log import log_exception

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from typing import Callable, Deque, List, Optional

    from cwd_server.toolkit.call import ToolCall

THREADS = 32  # calls that run at once; later ones wait in order
MAX_WAITING = 1000  # calls that may wait; a client that sends more is told to come back
IDLE_TIMEOUT = 1.0  # seconds that an idle thread waits for another call before it ends


class Workers:
    """Daemon threads that take calls in order.

    run: runs a call and answers it; the answer may stay unsent until `flush`
    flush: sends what is unsent
    """

    def __init__(self, run: "Callable[[ToolCall], None]", flush: "Callable[[], None]") -> None:
        self._run = run
        self._flush = flush
        self._lock = threading.Lock()  # guards what follows
        self._waiting: Deque[ToolCall] = deque()
        # A lock for each idle thread, which waits for it: releasing it wakes the thread
        self._idle: List[LockType] = []
        self._threads = 0
        self._busy = 0  # threads that run calls
        self._thread_is_coming = False  # one was woken or started, and has not arrived
        self._all_done = threading.Condition(self._lock)
        self._is_awaited = False  # somebody waits for that

    def start(self, call: "ToolCall") -> bool:
        """Run a call as soon as a thread is free; return False if too many wait already."""
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                return False
            self._waiting.append(call)
            self._summon_thread()
            if not self._threads:  # the system gives none
                self._waiting.pop()
                return False
        return True

    def cancel(self, call: "ToolCall") -> bool:
        """Take a call out of the queue; return whether it was still there."""
        with self._lock:
            try:
                self._waiting.remove(call)
            except ValueError:
                return False
        return True

    def wait(self, seconds: float) -> None:
        """Wait until all calls have ended, but no longer than `seconds`.

        What came of the last ones may be unsent yet.
        """
        with self._lock:
            self._is_awaited = True
            self._all_done.wait_for(self.is_idle, seconds)

    def is_idle(self) -> bool:
        """Whether no call runs or waits."""
        return not self._waiting and not self._busy

    def _summon_thread(self) -> None:
        """Get a thread on its way if calls wait and none is; with the lock held."""
        if self._thread_is_coming or not self._waiting:
            return
        if self._idle:
            self._idle.pop().release()
            self._thread_is_coming = True
        elif self._threads < THREADS:
            try:
                threading.Thread(target=self._run_thread, daemon=True).start()
            except (RuntimeError, MemoryError):
                return  # the system gives no more: those that are there have to do
            self._threads += 1
            self._thread_is_coming = True

    def _run_thread(self) -> None:
        """Be a thread: run calls, wait for more, and end when none has come for IDLE_TIMEOUT."""
        wake = threading.Lock()
        wake.acquire()
        is_needed = True
        while is_needed:
            call = self._arrive()
            self._flush()
            while call is not None:
                self._run_one(call)
                call = self._take_next()
            # In this order: whoever reads the answer may have sent the next call before this
            # thread gets to run again, and would meet nobody
            self._rest(wake)
            self._flush()
            is_needed = self._wait_for_call(wake)

    def _arrive(self) -> "Optional[ToolCall]":
        """Take a call, on a thread that was on its way, unless another one has been faster."""
        with self._lock:
            self._thread_is_coming = False
            self._busy += 1
            return self._take()

    def _take_next(self) -> "Optional[ToolCall]":
        with self._lock:
            return self._take()

    def _take(self) -> "Optional[ToolCall]":
        """Take the call that has waited longest, if there is one; with the lock held."""
        if not self._waiting:
            return None
        call = self._waiting.popleft()
        self._summon_thread()
        return call

    def _run_one(self, call: "ToolCall") -> None:
        # Asked without the lock: a thread that arrives just now sends what is unsent just now
        if not self._thread_is_coming:
            self._flush()
        try:
            self._run(call)
        except Exception:
            log_exception()  # a bug of ours, which must not cost a thread

    def _rest(self, wake: "LockType") -> None:
        """Become idle, until `wake` is released."""
        with self._lock:
            self._busy -= 1
            self._idle.append(wake)
            self._summon_thread()  # a call may have come since this thread looked
            if self._is_awaited and self.is_idle():
                self._all_done.notify_all()

    def _wait_for_call(self, wake: "LockType") -> bool:
        """Wait for another call; return False if this thread is to end."""
        if wake.acquire(timeout=IDLE_TIMEOUT):
            return True
        with self._lock:
            if wake in self._idle:
                self._idle.remove(wake)
                self._threads -= 1
                return False
        return wake.acquire()  # woken at the last moment
