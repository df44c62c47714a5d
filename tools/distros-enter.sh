#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a command in a chroot, in a mount and a process namespace that end with it: nothing stays
# mounted. tools/distros.py calls it.
#
#   distros-enter.sh CHROOT ARCHIVES LAYER SANDBOX COMMAND
#
# CHROOT: a folder; with a LAYER, several with colons between, of which the first is on top.
# ARCHIVES: the folder of apt's packages. LAYER: a folder for what the command writes, or - for the
# chroot itself. SANDBOX, one word: user (an ordinary one), nokvm (no /dev/kvm), container (root
# without user namespaces and mounts), or root.
set -eu

if [ "${INSIDE:-}" != 1 ]; then
    INSIDE=1 exec unshare --mount --pid --fork --kill-child sh "$0" "$@"
fi
unset INSIDE
chroot=$1 archives=$2 layer=$3 sandbox=$4 command=$5

if [ "$layer" = - ]; then
    root=$chroot
    mount --bind "$root" "$root"
else
    root=$layer/root
    mkdir -p "$layer/upper" "$layer/work" "$root"
    mount -t overlay overlay -o "lowerdir=$chroot,upperdir=$layer/upper,workdir=$layer/work" "$root"
fi
mkdir -p "$root/var/cache/apt/archives"
mount --bind "$archives" "$root/var/cache/apt/archives"
mount -t proc proc "$root/proc"
if [ -e /proc/sys/fs/binfmt_misc/status ]; then # an interpreter ends with the last mount
    mount -t binfmt_misc none "$root/proc/sys/fs/binfmt_misc"
fi
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 dev "$root/dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$root/dev"
if [ "$sandbox" != nokvm ] && [ -e /dev/kvm ]; then
    cp -a /dev/kvm "$root/dev"
    chmod 666 "$root/dev/kvm"
fi
mkdir -m 1777 "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

cd "$root"
# Not exec: the shell is the first process of its namespace, which must wait for orphans.
# The kernel allows no user namespace below a chroot; pivot_root makes a root of its own.
case $sandbox in
container) chroot . setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin sh -c "$command"; exit ;;
user) become='setpriv --reuid=1000 --regid=1000 --clear-groups' ;;
*) become='' ;;
esac
mkdir -p .host
pivot_root . .host
# shellcheck disable=SC2086  # no word, or several
chroot . sh -c 'umount -l /.host && rmdir /.host; "$@"' sh $become sh -c "$command"
