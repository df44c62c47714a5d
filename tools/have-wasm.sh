#!/bin/sh
# SPDX-License-Identifier: MIT
# Says why the page cannot be built here, by the packages' Debian names; nothing: it can.
#
#   have-wasm.sh CLANG
missing=''
command -v "$1" >/dev/null 2>&1 || missing="$missing clang"
command -v wasm-ld >/dev/null 2>&1 || missing="$missing lld"
command -v wasm-opt >/dev/null 2>&1 || missing="$missing binaryen"
[ -e /usr/include/wasm32-wasi/stdio.h ] || missing="$missing wasi-libc"
if [ -z "$missing" ] && ! printf 'int main(void) { return 0; }\n' |
    "$1" --target=wasm32-wasi -x c -o /dev/null - >/dev/null 2>&1; then
    missing=" libclang-rt-dev-wasm32"
fi
[ -z "$missing" ] || echo "not installed:$missing"
