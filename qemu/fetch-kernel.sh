#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches Debian's kernel with its modules for KVM and, in devices/, for disks. It installs nothing,
# and does not change apt's own files: apt uses lists and a cache in DIR.
#
#   fetch-kernel.sh MACHINE DIR            MACHINE: x86_64 or riscv64
#   fetch-kernel.sh MACHINE DIR busybox    fetches Debian's static busybox instead: DIR/busybox
#
# Makes DIR/kernel, DIR/modules/*.ko and DIR/devices/*.ko. The mirror is this system's, or DEBIAN_MIRROR. The kernel
# is Debian 13's, or the next release's if the mirror's lists for 13 are not in order, or
# DEBIAN_SUITE's. A message "not available here: " means that the mirror, not this script, failed.
set -eu

suites=${DEBIAN_SUITE:-trixie forky}
machine=$1
dir=$2
what=${3:-kernel}
case $machine in
x86_64)  arch=amd64   meta=linux-image-cloud-amd64 wanted='irqbypass kvm kvm-amd' ;;
riscv64) arch=riscv64 meta=linux-image-riscv64     wanted='kvm' ;;
*) echo "fetch-kernel: unknown machine $machine" >&2; exit 1 ;;
esac

unavailable() {
    echo "not available here: $*; or take another: DEBIAN_SUITE=, or KERNEL= and KVM_KO=" >&2
    exit 1
}

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
exec 9>"$dir/lock"
flock 9 # tests run in parallel
[ ! -e "$dir/$what" ] || { [ "$what" = kernel ] && [ ! -d "$dir/devices" ]; } || exit 0

for tool in apt-get dpkg-deb xz; do
    command -v $tool >/dev/null || unavailable "Debian's kernel: there is no $tool"
done
# shellcheck disable=SC2016  # apt expands it
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -1)}
[ -n "$mirror" ] || unavailable "Debian's kernel: apt knows no mirror: set DEBIAN_MIRROR"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keys ] || unavailable "Debian's kernel: $keys is missing (package debian-archive-keyring)"

work=$dir/work
rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/archives/partial"
trap 'rm -rf "$work"' EXIT
: >"$work/status"
cat >"$work/apt.conf" <<END
Dir::State "$work";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
APT::Architecture "$arch";
APT::Architectures "$arch";
APT::Sandbox::User "root";
Acquire::Languages "none";
END
export APT_CONFIG="$work/apt.conf"

# Fetches the lists of the first suite for which the mirror has them.
update() {
    for suite in $suites; do
        echo "fetching Debian's $what for $machine ($suite)" >&2
        echo "deb [signed-by=$keys] $mirror $suite main" >sources.list
        apt-get update >&2 && return
    done
    return 1
}

cd "$work"
update ||
    unavailable "Debian's list of packages for $arch: no network, or a mirror that is not in order"

if [ "$what" = busybox ]; then
    apt-get download busybox-static >&2 || unavailable "busybox-static: the download failed"
    dpkg-deb --fsys-tarfile busybox-static_*.deb | tar -x --wildcards --no-anchored '*bin/busybox'
    mv "$(find . -name busybox -type f)" "$dir/busybox"
    exit
fi

# depends PACKAGE PREFIX: prints its dependencies that begin with PREFIX.
depends() {
    apt-cache depends --important "$1" | sed -n "s/ *Depends: \($2.*\)/\1/p"
}
package=$(depends $meta 'linux-image-[0-9]')
[ -n "$package" ] || unavailable "Debian's kernel: $suite has no $meta"
# Since Debian 14 a kernel has several packages.
parts="$package $(depends "$package" linux-binary-) $(depends "$package" linux-modules-)"
# shellcheck disable=SC2086  # a list of words
apt-get download $parts >&2 || unavailable "$package: the download failed"
for deb in *.deb; do
    dpkg-deb --fsys-tarfile "$deb" |
        tar -x --wildcards --no-anchored 'vmlinu[xz]*' 'kvm*.ko*' 'irqbypass.ko*' 'virtio_mmio.ko*' 'virtio_blk.ko*' 2>/dev/null ||
        true # no package has all modules
done
kernel=$(find . -name 'vmlinu[xz]*' -type f | head -1)
[ -n "$kernel" ] || { echo "fetch-kernel: $package has no kernel" >&2; exit 1; }

# unpack FOLDER MODULE...: puts modules into a folder of DIR. Returns 1 if one is not there; it may be
# a part of the kernel.
unpack() {
    to=$dir/$1
    shift
    missing=0
    mkdir -p "$to"
    for module; do
        found=$(find . -name "$module.ko*")
        case $found in
        '') missing=1 ;;
        *.xz) xz -dc "$found" >"$to/$module.ko" ;;
        *) cp "$found" "$to/$module.ko" ;;
        esac
    done
    return $missing
}
# shellcheck disable=SC2086  # a list of words
unpack modules $wanted ||
    { echo "fetch-kernel: $package lacks a module of $wanted: its KVM would not work" >&2; exit 1; }
unpack devices virtio_mmio virtio_blk || true
echo "$package" >"$dir/version"
mv "$kernel" "$dir/kernel"
