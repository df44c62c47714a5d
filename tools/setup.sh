#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the tools of `make run` or `make test` are there, and installs missing ones with
# apt-get, on Debian and its relatives, if this user may. Elsewhere it prints the command
# to type.
#
#   setup.sh run [ARCH]    ARCH: of the guest
#   setup.sh test
#   setup.sh debug ARCH    gdb for guests of that machine
#   setup.sh compare
#   setup.sh linux         for a Linux as a guest of soft
#   setup.sh qemu ARCH     for a Linux of that machine in QEMU
#   setup.sh cross ARCH    a compiler for Linux programs of that machine
#   setup.sh deb           for Debian's package
#   setup.sh distros       for other Linuxes in chroots
#   setup.sh picolibc      for guests with LIBC=picolibc
#   setup.sh clients       LLDB, which has tests
#   setup.sh web           for the page
#   setup.sh browser       what drives a browser over the page: from npm, into build/browser
#   setup.sh cluster       Slurm, which brings services, and GNU parallel
#
# NO_INSTALL=1: installs nothing. Then only a missing compiler is an error.
set -eu

if [ "$(uname -s)" != Linux ]; then
    echo "setup: this is $(uname -s), where labvisor was never tried: use a container, or install by hand what docs/macos.md says" >&2
    [ "${1:-run}" = run ] || exit 1
    exit 0
fi

missing='' # packages of Debian
fuzzer=''  # the package of libFuzzer; older releases have it in clang's own package

# need COMMAND PACKAGE: notes the package if the command is missing.
need() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

# need_file FILE PACKAGE: notes the package if the file is missing.
need_file() {
    [ -e "$1" ] || missing="$missing $2"
}

if ! command -v gcc >/dev/null 2>&1 && ! command -v clang >/dev/null 2>&1; then
    missing="$missing gcc"
fi
need ld binutils
# The C library's headers, and the static library that the VMM is linked with.
# shellcheck disable=SC2086  # CC may have options
printf '#include <stdio.h>\n#include <linux/kvm.h>\nint main(void) { return 0; }\n' |
    ${CC:-cc} -static -x c -o /dev/null - >/dev/null 2>&1 || missing="$missing libc6-dev"

if [ "${1:-run}" = run ] && { [ "${2:-}" = riscv64 ] || ! [ -w /dev/kvm ] || [ "$(uname -m)" != x86_64 ]; } &&
    ! command -v riscv64-unknown-elf-gcc >/dev/null 2>&1 &&
    ! { command -v clang && command -v ld.lld && command -v llvm-ar; } >/dev/null 2>&1; then
    need riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
fi

if [ "${1:-run}" = linux ]; then
    need cpio cpio
    need xz xz-utils
fi

if [ "${1:-run}" = qemu ]; then
    need cpio cpio
    need xz xz-utils
    need python3 python3
    if [ "$2" = riscv64 ]; then
        need qemu-system-riscv64 qemu-system-misc
        need_file /usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin opensbi
        need riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
        # The C library for the VMM, and the kernel's headers.
        printf '#include <stdio.h>\n#include <linux/kvm.h>\nint main(void) { return 0; }\n' |
            riscv64-linux-gnu-gcc -static -x c -o /dev/null - >/dev/null 2>&1 ||
            missing="$missing libc6-dev-riscv64-cross"
    else
        need qemu-system-x86_64 qemu-system-x86
    fi
fi

if [ "${1:-run}" = debug ]; then
    need python3 python3
    if [ "$2" = "$(uname -m)" ]; then
        need gdb gdb
    elif ! { command -v riscv64-linux-gnu-gdb || command -v riscv64-unknown-elf-gdb; } >/dev/null 2>&1; then
        need gdb-multiarch gdb-multiarch
    fi
fi

case "${1:-run} ${2:-}" in
"cross $(uname -m)" | "qemu $(uname -m)") ;;
"cross "* | "qemu x86_64")
    need "$2-linux-gnu-gcc" "gcc-$(echo "$2" | sed s/_/-/)-linux-gnu"
    printf '#include <stdio.h>\nint main(void) { return 0; }\n' |
        "$2-linux-gnu-gcc" -static -x c -o /dev/null - >/dev/null 2>&1 ||
        missing="$missing libc6-dev-$(echo "$2" | sed 's/aarch64/arm64/; s/x86_64/amd64/')-cross"
    ;;
esac

if [ "${1:-run}" = deb ]; then
    need_file /usr/share/doc/build-essential build-essential
    need dh debhelper
    need lintian lintian
fi

if [ "${1:-run}" = distros ]; then
    need python3 python3
    need debootstrap debootstrap
fi

if [ "${1:-run}" = cluster ]; then
    need slurmctld slurm-wlm
    need munged munge
    need parallel parallel
fi

if [ "${1:-run}" = web ]; then
    need python3 python3
    need clang clang
    need wasm-ld lld
    need wasm-opt binaryen
    need_file /usr/include/wasm32-wasi/stdio.h wasi-libc
    # Debian's clang asks for the package of its own version.
    if command -v clang >/dev/null 2>&1 && [ -n "$("$(dirname "$0")/have-wasm.sh" clang)" ]; then
        missing="$missing libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev-wasm32"
    fi
    if ! command -v riscv64-unknown-elf-gcc >/dev/null 2>&1; then
        need riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
    fi
fi

if [ "${1:-run}" = browser ]; then
    need node nodejs
    need npm npm
    need chromium chromium
fi

if [ "${1:-run}" = compare ]; then
    need python3 python3
    need gnuplot gnuplot-nox
    need riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
fi

if [ "${1:-run}" = picolibc ]; then
    need_file /usr/lib/picolibc/riscv64-unknown-elf picolibc-riscv64-unknown-elf
fi

if [ "${1:-run}" = clients ]; then
    need lldb lldb
fi

if [ "${1:-run}" = test ]; then
    /usr/bin/python3 -c 'import pytest' 2>/dev/null || missing="$missing python3-pytest"
    /usr/bin/python3 -c 'import xdist' 2>/dev/null || missing="$missing python3-pytest-xdist"
    need_file /usr/include/cmocka.h libcmocka-dev
    need clang clang
    "$(dirname "$0")/have-fuzzer.sh" || fuzzer=libclang-rt-dev
    need clang-format clang-format
    need clang-tidy clang-tidy
    need cppcheck cppcheck
    need shellcheck shellcheck
    need gnuplot gnuplot-nox
    need tidy tidy
    need bwrap bubblewrap
    need strace strace
    [ -e "/usr/include/$(uname -m)-linux-gnu/bsd/stdio.h" ] || need_file /usr/include/bsd/stdio.h libbsd-dev
    need riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
    need g++ g++
    need riscv64-linux-gnu-g++ g++-riscv64-linux-gnu
    need qemu-system-riscv64 qemu-system-misc
    need_file /usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin opensbi
    need gdb gdb
    need gdb-multiarch gdb-multiarch
    need musl-gcc musl-tools
fi

# Of npm's packages, tests/page has the versions and their sums.
browser_packages() {
    [ "${1:-run}" = browser ] && command -v npm >/dev/null 2>&1 || return 0
    folder=$(dirname "$0")/../build/browser
    cmp -s "$(dirname "$0")/../tests/page/package-lock.json" "$folder/package-lock.json" && [ -d "$folder/node_modules" ] && return
    mkdir -p "$folder"
    cp "$(dirname "$0")"/../tests/page/package*.json "$folder"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --fetch-retries=0 --silent >/dev/null 2>&1 && return
    rm -f "$folder/package-lock.json"
    echo "setup: npm could not install what tests/page/package.json names" >&2
}

if [ -z "$missing$fuzzer" ]; then
    [ "${NO_INSTALL:-0}" = 1 ] || browser_packages "$@"
    exit 0
fi

if [ "${NO_INSTALL:-0}" = 1 ]; then
    echo "setup: not installed (NO_INSTALL=1):$missing $fuzzer" >&2
    case "$missing " in *" gcc "* | *" binutils "* | *" libc6-dev "*) exit 1 ;; esac
    exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: missing packages, by their Debian names:$missing. Install them with" >&2
    if command -v dnf >/dev/null 2>&1; then
        echo "  sudo dnf install gcc make binutils glibc-static gcc-riscv64-linux-gnu qemu-system-riscv clang clang-tools-extra cppcheck ShellCheck python3-pytest python3-pytest-xdist libcmocka-devel gnuplot tidy" >&2
    elif command -v pacman >/dev/null 2>&1; then
        echo "  sudo pacman -S --needed base-devel riscv64-linux-gnu-gcc qemu-system-riscv clang cppcheck shellcheck python-pytest python-pytest-xdist cmocka gnuplot tidy" >&2
    else
        echo "  your system's package manager" >&2
    fi
    exit 1
fi

as_root=''
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1 || { ! [ -t 0 ] && ! sudo -n true 2>/dev/null; }; then
        echo "setup: missing packages, and this user may not install them; type: sudo apt-get install$missing $fuzzer" >&2
        exit 1
    fi
    as_root=sudo
fi

# apt WORD...: runs apt-get. While another program has its lock, waits; says what expired lists mean.
apt() {
    for try in $(seq 60); do
        said=$($as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get "$@" 2>&1) && return
        case $said in *"Could not get lock"* | *"Unable to lock"*) ;; *) break ;; esac
        [ "$try" != 1 ] || echo "setup: another program is using apt: waiting for it, up to 5 minutes" >&2
        sleep 5
    done
    printf '%s\n' "$said" | grep '^[EW]: ' >&2 || true
    case $said in *"is expired"* | *"not valid yet"*)
        echo "setup: apt refuses the mirror's lists because of their date: is this machine's right, $(date +%F)? If it is, take another mirror" >&2 ;;
    esac
    return 1
}

echo "setup: installing with apt-get:$missing $fuzzer"
apt -qq update || echo "setup: apt-get update failed: trying with the lists that are here" >&2
apt-cache show $fuzzer >/dev/null 2>&1 || fuzzer=''
# Newer releases have a package for QEMU's RISC-V.
if apt-cache show qemu-system-riscv >/dev/null 2>&1; then
    missing=$(echo "$missing" | sed s/qemu-system-misc/qemu-system-riscv/)
fi
# shellcheck disable=SC2086  # a list of words
if ! apt -y -qq --no-install-recommends install $missing $fuzzer; then
    echo "setup: apt-get could not install these packages; type: sudo apt-get install$missing $fuzzer" >&2
    exit 1
fi
browser_packages "$@"
