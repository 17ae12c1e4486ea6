import subprocess
import sys
import tempfile
from typing import List

from cwd_server.toolkit import Call, ToolError, tool

PROGRAM = [sys.executable, "-m", "gzip"]  # or any other, by its full path


@tool(destructive=False)
def compress(files: List[str], call: Call) -> str:
    """Write a compressed copy, FILE.gz, of each file."""
    for done, file in enumerate(files):
        call.progress(done, len(files), file)
        with tempfile.TemporaryFile() as output:
            child = subprocess.Popen([*PROGRAM, file], stdout=output, stderr=output)
            while child.poll() is None:
                if call.sleep(0.05):  # True once the client has cancelled
                    child.kill()
                    child.wait()
                    raise ToolError("cancelled")
            if child.returncode:
                output.seek(0)
                raise ToolError(output.read().decode(errors="replace")[-500:])
    return "Compressed %d files" % len(files)
