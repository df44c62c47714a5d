# SPDX-License-Identifier: MIT
# awk -f missing.awk missing.txt ERRORS: explains each name in a compiler's or linker's errors that
# missing.txt has. The forms of gcc, clang, GNU ld and lld:
#
#   undefined reference to `fopen'         undefined symbol: fopen
#   pthread.h: No such file or directory   'pthread.h' file not found
#   implicit declaration of function 'fopen'   'fopen' was not declared in this scope

FNR == NR && /^[^#]/ {
    colon = index($0, ": ")
    count = split(substr($0, 1, colon - 1), names, " ")
    for (i = 1; i <= count; i++)
        reason[names[i]] = substr($0, colon + 2)
}

FNR != NR && /undefined|error|not found|No such file/ {
    while (match($0, /(undefined symbol: |[`'"])[A-Za-z_][A-Za-z0-9_.:\/]*|[A-Za-z_][A-Za-z0-9_.\/]*: No such/)) {
        name = substr($0, RSTART, RLENGTH)
        $0 = substr($0, RSTART + RLENGTH)
        sub(/^undefined symbol: |^[`'"]/, "", name)
        sub(/: No such$/, "", name)
        if (name in reason && !(name in said)) {
            said[name] = 1
            print name ": " reason[name]
        }
    }
}
