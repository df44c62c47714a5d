#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a libFuzzer target on what is committed for it, and on what it has found earlier.
#
#   run.sh FUZZER FOUND [OPTION...]
#
# FOUND/NAME keeps what reaches new code. An input that fails is left beside FOUND.
set -eu
fuzzer=$1 found=$2 name=$(basename "$1")
here=$(dirname "$0")
shift 2
mkdir -p "$found/$name"
[ ! -d "$here/corpus/$name" ] || set -- "$@" "$here/corpus/$name"
if [ -f "$here/corpus/$name.base64" ]; then # many small inputs, each a line
    given=$found/../given/$name n=0
    mkdir -p "$given"
    { cat "$here/corpus/$name.base64"; [ ! -f "$here/$name.seeds.py" ] || python3 -B "$here/$name.seeds.py"; } |
        while read -r line; do
            n=$((n + 1))
            echo "$line" | base64 -d >"$given/$n"
        done
    set -- "$@" "$given"
fi
[ ! -f "$here/$name.dict" ] || set -- "-dict=$here/$name.dict" "$@"
exec "$fuzzer" -max_len=131072 -timeout=10 -close_fd_mask=3 "-artifact_prefix=$found/../" "$found/$name" "$@"
