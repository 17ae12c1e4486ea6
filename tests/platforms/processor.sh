#!/bin/sh
# Compare the archive that is built on x86-64 with one that another processor builds, and run it there.
#
#   tests/platforms/processor.sh s390x      64 bits, big-endian
#   tests/platforms/processor.sh armhf      32 bits
#   tests/platforms/processor.sh i386       32 bits, runs natively
#
# Both are built by the same version of Debian's Python. The first two need qemu-user-static and binfmt-support.
set -eu

architecture=$1
here=$(cd "$(dirname "$0")" && pwd)
ROOTS=${ROOTS:-$(cd "$here/../.." && pwd)/.cache/platforms}
export ROOTS

"$here/linux.sh" bookworm amd64 python3.11 true
cp "$ROOTS/bookworm-amd64-python3.11/src/dist/cwd_server.pyz" "$ROOTS/x86-64.pyz"
EXTRA=$ROOTS/x86-64.pyz exec "$here/linux.sh" bookworm "$architecture" python3.11 \
    python3.11 tests/platforms/compare_archives.py x86-64.pyz
