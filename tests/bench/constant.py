"""The least that starts as a zipapp: it reads once, and writes one constant answer."""

import os

ANSWER = (
    b'{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},'
    b'"serverInfo":{"name":"constant","version":"1"}}}\n'
)

os.read(0, 65536)
os.write(1, ANSWER)
