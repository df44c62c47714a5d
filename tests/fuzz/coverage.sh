#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints which regions of the VMM's files libFuzzer targets reach with the inputs that there are.
#
#   coverage.sh FUZZERS FOUND NAME...
#
# FUZZERS: a folder of targets that count. FOUND: see run.sh.
set -eu
fuzzers=$1 found=$2
shift 2
here=$(dirname "$0")
if ! command -v llvm-cov >/dev/null; then
    echo 'coverage: llvm-cov is missing: install the package llvm' >&2
    exit 1
fi
objects='' counts=''
for name in "$@"; do
    LLVM_PROFILE_FILE=$fuzzers/$name.profraw "$here/run.sh" "$fuzzers/$name" "$found" -runs=0 2>/dev/null
    objects="$objects -object $fuzzers/$name" counts="$counts $fuzzers/$name.profraw"
done
# shellcheck disable=SC2086  # several words
llvm-profdata merge -o "$fuzzers/all.profdata" $counts
# shellcheck disable=SC2086
llvm-cov report $objects -instr-profile="$fuzzers/all.profdata" | awk '
    / vmm\/|^vmm\// { print }
    /^Filename|^TOTAL/ { print }' | cut -c1-100
