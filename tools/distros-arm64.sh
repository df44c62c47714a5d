#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes a Debian for arm64 of one for x86-64, in a layer over it, for tools/distros.py. Coreutils and all
# libraries for programs are arm64's, run by qemu-user. Compilers, debuggers, QEMU, Python, make and the
# shell stay x86-64's, of the same versions: under qemu-user a build would take half an hour, and a make
# that has nothing to do 2 s. They make and see programs for arm64. Run again, it does the same.
set -eu

# From these, programs take their libraries: for tests, and for those below.
libraries='libc6-dev libcmocka-dev libbsd-dev libstdc++-14-dev libacl1 libattr1 libcap2 libgmp10 libselinux1 libssl3t64
    libsystemd0 libtinfo6'
# As they are: no second one can be installed beside the first.
programs='coreutils musl-dev musl-tools musl libclang-rt-19-dev'

dpkg --add-architecture arm64
apt-get -qq update
# shellcheck disable=SC2046,SC2086  # lists of words
apt-get -y -qq --no-install-recommends install g++-aarch64-linux-gnu $(printf '%s:arm64 ' $libraries)

folder=$(mktemp -d)
cd "$folder"
chmod 755 .
# shellcheck disable=SC2046,SC2086
apt-get -qq -o APT::Sandbox::User=root download $(printf '%s:arm64 ' $programs)
for package in *.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C / --no-overwrite-dir
done
cd /
rm -r "$folder"

# Names without a prefix are this machine's. x86-64's would be cross compilers, which nobody has installed.
rm -f /usr/bin/x86_64-linux-gnu-* /usr/bin/i686-linux-gnu-*
for tool in /usr/bin/aarch64-linux-gnu-*; do
    ln -sf "${tool##*/}" "/usr/bin/${tool#/usr/bin/aarch64-linux-gnu-}"
done
for clang in /usr/lib/llvm-*/bin/clang; do
    echo --target=aarch64-linux-gnu | tee "$clang.cfg" >"$clang++.cfg"
done
echo 'import os; os.uname = lambda real=os.uname(): type(real)((*real[:4], "aarch64"))' >/usr/lib/python3/dist-packages/arm64.pth

# What all this is for.
[ "$(uname -m)" = aarch64 ]
[ "$(/usr/bin/python3 -c 'import platform; print(platform.machine())')" = aarch64 ]
echo 'int main(void) { return 0; }' >/tmp/true.c
for compiler in gcc clang musl-gcc; do
    "$compiler" -static -o /tmp/true /tmp/true.c
    readelf -h /tmp/true | grep -q AArch64
    /tmp/true
done
rm /tmp/true /tmp/true.c
