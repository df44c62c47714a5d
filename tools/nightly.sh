#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes each target, whatever becomes of the others. Prints a table, and leaves it in FOLDER/table.md,
# beside what each target printed. Fails if one of them failed.
#
#   nightly.sh FOLDER TARGET...
set -eu

folder=$1
shift
mkdir -p "$folder"
table=$folder/table.md
printf '%s\n\n| part | result | seconds |\n|---|---|--:|\n' "$(date +%F)" >"$table"
status=0
for target in "$@"; do
    echo "nightly: make $target" >&2
    begin=$(date +%s)
    result=passed
    ${MAKE:-make} "$target" >"$folder/$target.log" 2>&1 || { result="failed: $folder/$target.log" status=1; }
    echo "| $target | $result | $(($(date +%s) - begin)) |" >>"$table"
done
cat "$table"
exit $status
