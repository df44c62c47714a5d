#!/bin/sh
# SPDX-License-Identifier: MIT
# Succeeds if clang is installed and can link a libFuzzer target.
command -v clang >/dev/null 2>&1 &&
    echo 'int LLVMFuzzerTestOneInput(const void *data, long size) { return !data && size; }' |
    clang -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null
