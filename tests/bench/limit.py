"""The limit: the least that a server in a zipapp can do, and so the most that any can reach.

It imports json and os, parses each line, and writes one formatted answer; it knows no methods.
"""

import json
import os
import sys

TEXT = "Current Working Directory: %s"
ANSWER = '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"' + TEXT + '"}]}}\n'

for line in sys.stdin.buffer:
    request = json.loads(line)
    if "id" in request:
        os.write(1, (ANSWER % (request["id"], os.getcwd())).encode())
