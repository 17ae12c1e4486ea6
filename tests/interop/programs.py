"""Start other people's programs so that they end, with whatever they started, whatever happens."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time


def run(command, seconds, **options):
    """Run a program; return its exit status, stdout and stderr, or fail after `seconds`."""
    options = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        **options,
    }
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    finally:
        end(process)
    return process.returncode, stdout, (stderr or b"").decode(errors="replace")


@contextlib.contextmanager
def serving(command, port, **options):
    """Have a program run inside a `with` block, entered once it listens on a port of the loopback."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **options,
        )
        try:
            _wait_for(port, process, log)
            yield process
        finally:
            end(process)


def free_port():
    """Return a port of the loopback that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for(port, process, log):
    for _ in range(600):  # a minute
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    log.seek(0)
    raise AssertionError(
        "%s does not listen:\n%s" % (process.args, log.read().decode(errors="replace"))
    )


def end(process):
    """End a program and the process group that it leads."""
    for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
