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
command -v llvm-cov >/dev/null && command -v llvm-profdata >/dev/null || {
    echo 'coverage: llvm-cov and llvm-profdata are missing: install the package llvm' >&2
    exit 1
}
objects=
for name in "$@"; do
    LLVM_PROFILE_FILE=$fuzzers/$name.profraw "$here/run.sh" "$fuzzers/$name" "$found" -runs=0 2>/dev/null
    objects="$objects -object $fuzzers/$name"
done
llvm-profdata merge -o "$fuzzers/all.profdata" $(printf "$fuzzers/%s.profraw " "$@")
# shellcheck disable=SC2086  # several words
llvm-cov report $objects -instr-profile="$fuzzers/all.profdata" | awk '
    / vmm\/|^vmm\// { print }
    /^Filename|^TOTAL/ { print }' | cut -c1-100
