"""What the system says of a process; Linux alone says it this way."""

import os
import time


def number_in_status(pid, name):
    """Return a number from /proc/PID/status, such as Threads."""
    with open("/proc/%d/status" % pid) as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise KeyError(name)


def memory(pid, name="VmRSS"):
    """Return the memory of a process in KiB: VmRSS is now, VmHWM the most that it was."""
    return number_in_status(pid, name)


def descriptors(pid):
    """Return how many descriptors a process has open."""
    return len(os.listdir("/proc/%d/fd" % pid))


def wait_for(condition, seconds=10.0):
    """Return whether a condition comes true in time, as soon as it does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
