#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes, as assembler, a table of the calls of an image: return address, "file.c:line". It comes after
# the code, so the code is the same when the image is linked again with it.
#
#   lines.sh IMAGE PREFIX     PREFIX: of the binutils
#
# clang gives the call of __stack_chk_fail no line: it has that of the jump to it.

calls=$("$2objdump" -d "$1" | awk -F '\t' '
  /^ *[0-9a-f]+:\t/ { sub(/^ */, "", $1); sub(/:.*/, "", $1)
                      if (call) print $1, call
                      split($3, word, " ")
                      if (word[1] ~ /^j[a-z]+$/) jump[word[2]] = $1
                      call = $3 ~ /^(call|jal)/ ? $1 : ""
                      if (call in jump && /__stack_chk_fail/) call = jump[call] }')
# shellcheck disable=SC2086 # one number a word
lines=$(printf '%s\n' "$calls" | cut -d' ' -f2 | "$2addr2line" -s -e "$1" | sed 's/ (disc.*//; s/^??.*/?/')

printf '%s\n' "$calls" | cut -d' ' -f1 >"$1.calls"
printf '%s\n' "$lines" | paste -d' ' "$1.calls" - | awk '
  BEGIN { print "\t.section .rodata.check_lines, \"a\"\n\t.balign 8\n\t.globl check_lines, check_line_count\ncheck_lines:" }
  { pc = $1; sub(/^[^ ]* /, "")
    if (!($0 in label)) label[$0] = ++labels
    print "\t.quad 0x" pc ", .Lline" label[$0] }
  END { print "check_line_count:\n\t.quad " NR
        for (line in label) { text = line; gsub(/[\\"]/, "\\\\&", text); print ".Lline" label[line] ": .asciz \"" text "\"" }
        print "\t.section .note.GNU-stack, \"\", @progbits" }'
rm -f "$1.calls"
