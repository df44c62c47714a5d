/* SPDX-License-Identifier: MIT */
#include "abi.h"

#include "core/status.h"
#include "sbi.h"

#include <stdio.h>

/* clang-format off */

/* The arguments of a call, from a row's list of (kind, name) pairs. */
#define ARG(kind, name)      "{\"kind\": \"" #kind "\", \"name\": \"" #name "\"}"
#define ARGS0()              ""
#define ARGS1(a)             ARG a
#define ARGS2(a, b)          ARG a ", " ARG b
#define ARGS3(a, b, c)       ARG a ", " ARG b ", " ARG c
#define ARGS4(a, b, c, d)    ARG a ", " ARG b ", " ARG c ", " ARG d
#define ARGS5(a, b, c, d, e) ARG a ", " ARG b ", " ARG c ", " ARG d ", " ARG e

#define NUMBER(name) {#name, name}

static const struct {
    const char *name;
    long value;
} numbers[] = {
    NUMBER(LAB_ABI_VERSION), NUMBER(LAB_ARGS_MAX), NUMBER(LAB_NOTE_ABI_VERSION),
    NUMBER(LAB_NOTE_NEEDS), NUMBER(LAB_NEEDS_SSE), NUMBER(LAB_VIRTUAL_EPOCH), NUMBER(LAB_CAUSE_ABORT),
    NUMBER(LAB_EVENT_INPUT), NUMBER(LAB_EVENT_TIMER), NUMBER(LAB_EVENT_EOF), NUMBER(LAB_EVENT_TTY),
    NUMBER(SBI_SPEC_VERSION), NUMBER(SBI_IMPL_ID), NUMBER(SBI_ALL_HARTS), NUMBER(SBI_SUCCESS),
    NUMBER(SBI_ERR_FAILED), NUMBER(SBI_ERR_NOT_SUPPORTED), NUMBER(SBI_ERR_INVALID_PARAM),
    NUMBER(SBI_ERR_DENIED), NUMBER(SBI_ERR_INVALID_ADDRESS), NUMBER(SBI_ERR_ALREADY_AVAILABLE),
    NUMBER(SBI_ERR_ALREADY_STARTED), NUMBER(SBI_ERR_ALREADY_STOPPED), NUMBER(SBI_ERR_NO_SHMEM),
    NUMBER(SBI_ERR_INVALID_STATE), NUMBER(SBI_ERR_BAD_RANGE), NUMBER(SBI_ERR_TIMEOUT),
    NUMBER(SBI_ERR_IO), NUMBER(SBI_ERR_DENIED_LOCKED),
    NUMBER(HSM_STARTED), NUMBER(HSM_STOPPED), NUMBER(HSM_SUSPENDED), NUMBER(HSM_SUSPEND_RETENTIVE),
    NUMBER(SRST_TYPE_SHUTDOWN), NUMBER(SRST_TYPE_COLD_REBOOT), NUMBER(SRST_TYPE_WARM_REBOOT),
    NUMBER(SRST_REASON_NONE), NUMBER(SRST_REASON_SYSTEM_FAILURE),
};

/* clang-format on */

static const char *comma = ""; /* before the next element of a list */

static void begin(const char *list, char bracket)
{
    printf("  \"%s\": %c", list, bracket);
    comma = "\n    ";
}

static void print_comma(void)
{
    printf("%s", comma);
    comma = ",\n    ";
}

static void print_call(const char *extension, long eid, long fid, const char *name,
                       const char *args)
{
    print_comma();
    printf("{\"extension\": \"%s\", \"eid\": %ld, \"fid\": %ld, \"name\": \"%s\", \"args\": [%s]}",
           extension, eid, fid, name, args);
}

static void print_exit_kind(long number, const char *name, const char *meaning)
{
    print_comma();
    printf("{\"number\": %ld, \"name\": \"%s\", \"meaning\": \"%s\"}", number, name, meaning);
}

int print_abi(void)
{
    printf("{\n");
    begin("numbers", '{');
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        print_comma();
        printf("\"%s\": %ld", numbers[i].name, numbers[i].value);
    }
    printf("\n  },\n");
    begin("calls", '[');
#define CALL(ext, fid, name, nargs, args) print_call(#ext, EID_##ext, fid, #name, ARGS##nargs args);
#define LEGACY(eid, name, nargs, args)    print_call("LEGACY", eid, 0, #name, ARGS##nargs args);
#include "calls.def"
    printf("\n  ],\n");
    begin("exits", '[');
#define EXIT_KIND(kind, number, name, meaning) print_exit_kind(number, name, meaning);
#include "exits.def"
    printf("\n  ]\n}\n");
    return fflush(stdout) ? STATUS_HOST : 0;
}
