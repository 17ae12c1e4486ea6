#!/bin/sh
# Build and run the tests with a Debian Python that this machine does not have, in a private root:
#
#   tests/platforms/linux.sh sid amd64 python3.15
#   tests/platforms/linux.sh bookworm i386 python3.11
#   tests/platforms/linux.sh bookworm s390x python3.11 python3 dist/cwd_server.pyz call get_cwd
#   tests/platforms/linux.sh sid amd64 python3.14t
#   tests/platforms/linux.sh sid amd64 python3.14-musl
#
# The last two are a free-threaded build, and one for musl instead of glibc. Debian has neither: wheels of freeze-core
# hold all of CPython in one program, Debian the library, and assemble_for_linux.py puts them together.
# Another processor (armhf, s390x) needs qemu-user-static and binfmt, and takes 8 to 19 minutes.
# A command after the three is run instead of the tests. TESTS names the test modules to run, by default all; EXTRA is
# a file to take along into the checkout; ROOTS is where the roots are kept, by default .cache/platforms.
# Exits with 77, and a line that says why, where such a root cannot be had.
set -eu

suite=$1 architecture=$2 python=$3
program=${python%-musl}
debian_python=${program%t}
shift 3
# shellcheck disable=SC2086  names of modules are words
test $# -gt 0 || set -- "$program" -W error -X dev -m tests ${TESTS:-}
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
roots=${ROOTS:-$checkout/.cache/platforms}
root=$roots/$suite-$architecture-$python

cannot() {
    echo "$suite $architecture $python: $1"
    exit 77
}

# Put a program that a wheel holds beside Debian's library, as bin and lib of a folder of its own
add_python_of_a_wheel() {
    abi=cp$(echo "${program#python}" | tr -d .)
    case $python in
        *-musl) libc=musllinux_1_2_x86_64 ;;
        *) libc=manylinux_2_17_x86_64 ;;
    esac
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    pip download --quiet --no-deps --only-binary=:all: --platform "$libc" --implementation cp \
        --python-version "$(echo "$debian_python" | tr -dc 0-9)" --abi "$abi" -d "$work" freeze-core==0.8.1 ||
        cannot "pip could not download the wheel"
    python3 -m zipfile -e "$work"/freeze_core-*.whl "$work/wheel"
    python3 "$here/assemble_for_linux.py" "$work/wheel" "$root.new/usr/lib/$debian_python" \
        "$root.new/usr/lib/x86_64-linux-gnu/libz.so.1" "$root.new/opt/$python"
    ln -sf "../../opt/$python/bin/$program" "$root.new/usr/bin/$program"
    rm -rf "$work"
}

make_root() {
    command -v mmdebstrap > /dev/null || cannot "needs Debian's mmdebstrap"
    test "$(id -u)" = 0 || cannot "needs root, to change into a private root"
    packages=$debian_python
    test "$python" = "$program" || packages=$packages,musl
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
    test -n "$mirror" || cannot "apt-get knows no mirror: run apt-get update"
    rm -rf "$root.new"
    # "extract" runs no package's scripts, so that it takes seconds. Its list of packages is as old as it is
    mmdebstrap --quiet --variant=extract --architectures="$architecture" \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        --include="$packages,libc-bin,bash,dash,coreutils,util-linux,git,make,unzip,findutils,grep,sed,procps" \
        "$suite" "$root.new" "deb $mirror $suite main" || cannot "mmdebstrap could not make a root"
    test -e "$root.new/bin/sh" || ln -s dash "$root.new/bin/sh"
    test "$python" = "$debian_python" || add_python_of_a_wheel
    ln -sf "$program" "$root.new/usr/bin/python3"
    mv "$root.new" "$root"
}

mkdir -p "$roots"
exec 9> "$root.lock"
flock 9  # one run at a time in a root
test -d "$root" || make_root
chroot "$root" /bin/true || cannot "needs qemu-user-static and binfmt-support, for $architecture"

# What git knows of and what is new, as it is now: no root, cache or build goes along
rm -rf "$root/src"
mkdir "$root/src"
(cd "$checkout" && git ls-files -z --cached --others --exclude-standard) > "$root/files"
tar -C "$checkout" --null --files-from="$root/files" --ignore-failed-read --create --file=- |
    tar -C "$root/src" --extract --file=-
test -z "${EXTRA:-}" || cp "$EXTRA" "$root/src/"

exec unshare --mount --propagation private sh -euc '
    root=$1 program=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 sh -euc "
        cd /src
        $program build_zipapp.py
        exec \"\$@\"" sh "$@"
' sh "$root" "$program" "$@"
