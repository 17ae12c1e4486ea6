"""Run on another processor: the archive built elsewhere, and the one built here, are the same.

python3 tests/platforms/compare_archives.py BUILT_ELSEWHERE
"""

import hashlib
import json
import os
import re
import subprocess
import sys

REQUEST = {"jsonrpc": "2.0", "id": 1, "method": "CallTool", "params": {"name": "get_cwd"}}
FROM_SOURCE = r"(?m)^import '?cwd_server[\w.]*'? #"  # -v says so of what has no bytecode


def digest(path):
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def ask(path):
    """Return an archive's answer, and whether it was given by bytecode."""
    done = subprocess.run(
        [sys.executable, "-v", "-I", "-S", path],
        input=json.dumps(REQUEST).encode("ascii") + b"\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=True,
    )
    said = done.stderr.decode("utf-8", "replace")
    return json.loads(done.stdout.decode("ascii")), re.search(FROM_SOURCE, said) is None


def main(foreign):
    """Compare; print a line for each fact; return the exit status."""
    own = os.path.join("dist", "cwd_server.pyz")
    answer, by_bytecode = ask(foreign)
    text = answer["result"]["content"][0]["text"]
    facts = {
        "the same digest": digest(own) == digest(foreign),
        "it answers": text == "Current Working Directory: " + os.getcwd(),
        "by its bytecode": by_bytecode,
    }
    for fact, holds in facts.items():
        print(f"{'yes' if holds else 'NO '} {fact}")
    passed = sum(facts.values())
    print(f"{passed} passed, {len(facts) - passed} failed, 0 skipped")
    return 0 if all(facts.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
