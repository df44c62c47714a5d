/* SPDX-License-Identifier: MIT */
/* Describes exits in words, and writes --trace: a line for each exit. */
#include "core/hypercall.h"
#include "image/explain.h"
#include "watch.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>

const char *exit_kind_name(enum exit_kind kind)
{
    switch (kind) {
#define EXIT_KIND(kind, number, name, meaning)                                                     \
    case EXIT_##kind:                                                                              \
        return name;
#include "exits.def"
    case EXIT_KIND_COUNT:
        break;
    }
    return "?";
}

static const char *error_name(int64_t error)
{
    static const char *const names[] = {
        "success",         "failed",           "not supported",     "invalid parameter",
        "denied",          "invalid address",  "already available", "already started",
        "already stopped", "no shared memory",
    };

    if (error > 0 || error <= -(int64_t)(sizeof(names) / sizeof(names[0])))
        return "?";
    return names[-error];
}

/* A text that grows in a buffer of fixed size. add() cuts off what does not fit. */
struct text {
    char *at;
    size_t left;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(text->at, text->left, format, args);
    va_end(args);
    if (length < 0 || text->left == 0)
        return;
    if ((size_t)length >= text->left)
        length = (int)text->left - 1;
    text->at += length;
    text->left -= (size_t)length;
}

static void add_events(struct text *text, uint64_t events)
{
    static const char *const names[] = {"input", "timer", "eof", "tty"};
    const char *separator = "";

    if (events == 0)
        add(text, "0");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (events >> i & 1) {
            add(text, "%s%s", separator, names[i]);
            separator = "|";
        }
    if (events >> 4)
        add(text, "%s0x%" PRIx64, separator, events & ~UINT64_C(15));
}

static void add_argument(struct text *text, const struct arg *arg, uint64_t value)
{
    const char *name;

    add(text, "%s=", arg->name);
    switch (arg->kind) {
    case ARG_CHAR:
        if (value < 128 && isprint((int)value))
            add(text, "'%c'", (char)value);
        else
            add(text, "0x%02" PRIx64, value);
        return;
    case ARG_EID:
        name = extension_name(value);
        if (name)
            add(text, "%s", name);
        else
            add(text, "0x%" PRIx64, value);
        return;
    case ARG_KIND:
        if (value < EXIT_KIND_COUNT)
            add(text, "%s", exit_kind_name((enum exit_kind)value));
        else
            add(text, "%" PRIu64, value);
        return;
    case ARG_EVENTS:
        add_events(text, value);
        return;
    case ARG_GPA_LO:
    case ARG_GPA_HI:
    case ARG_GVA:
    case ARG_SET:
        add(text, "0x%" PRIx64, value);
        return;
    case ARG_NUM:
    case ARG_TIME:
    case ARG_LEN:
    case ARG_STATUS:
        add(text, "%" PRIu64, value);
        return;
    }
}

static void describe_hypercall(struct text *text, const struct hypercall *hypercall, bool result)
{
    const struct call *call = hypercall->call;
    const char *separator = "";

    if (!call) {
        add(text, "unknown(eid=0x%" PRIx64 ", fid=0x%" PRIx64 ")%s", hypercall->eid, hypercall->fid,
            result ? " = not supported" : "");
        return;
    }
    add(text, "%s.%s(", call->extension, call->name);
    for (unsigned i = 0; i < call->nargs; i++) {
        if (call->args[i].kind == ARG_GPA_HI && hypercall->args[i] == 0)
            continue; /* 0 in every correct call: not worth showing */
        add(text, "%s", separator);
        add_argument(text, &call->args[i], hypercall->args[i]);
        separator = ", ";
    }
    if (!result)
        add(text, ")");
    else if (call->legacy || hypercall->ret.error == SBI_SUCCESS)
        add(text, ") = %lld",
            (long long)(call->legacy ? hypercall->ret.error : hypercall->ret.value));
    else
        add(text, ") = %s", error_name(hypercall->ret.error));
}

void describe_exit(const struct vm_exit *exit, bool result, char *buffer, size_t size)
{
    struct text text = {buffer, size};

    switch (exit->kind) {
    case EXIT_HYPERCALL:
        describe_hypercall(&text, &exit->hypercall, result);
        return;
    case EXIT_PIO:
    case EXIT_MMIO:
        add(&text, "%s %s 0x%" PRIx64 " size %u", exit_kind_name(exit->kind),
            exit->access.write ? "write" : "read", exit->access.address, exit->access.size);
        if (exit->access.write)
            add(&text, " value 0x%" PRIx64, exit->access.value);
        return;
    case EXIT_FAILED:
        add(&text, "failed: %s", exit->reason);
        return;
    default:
        add(&text, "%s", exit_kind_name(exit->kind));
    }
}

void trace_line(FILE *out, const struct vcpu *vcpu, const struct exit_times *times)
{
    char what[256], where[160], author[160];

    describe_exit(&vcpu->exit, !vcpu->vm->stopped, what, sizeof(what));
    vm_describe_address(vcpu, vcpu_exit_pc(vcpu), where, sizeof(where));
    explain_author(vcpu, author, sizeof(author));
    fprintf(out, "[%10.3f ms] vcpu%u #%" PRIu64 " %s  at %s%s%s\n",
            (double)(times->exit_ns - times->start_ns) / 1e6, vcpu->id, times->number, what, where,
            *author ? " for " : "", author);
}
