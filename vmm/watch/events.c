/* SPDX-License-Identifier: MIT */
/*
 * Writes the Chrome trace event format. Each vCPU has a track, on which slices "guest" and "VMM"
 * alternate; there is a counter of exits. Times are in us.
 */
#include "image/image.h"
#include "watch.h"

#include <inttypes.h>
#include <string.h>

/* Writes text as a JSON string. */
static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            fprintf(out, "\\u%04x", (unsigned char)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

void events_begin(FILE *out, const struct vm *vm)
{
    fprintf(out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    fprintf(out, "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":");
    put_string(out, vm->image->source->name);
    fprintf(out, "}}");
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        fprintf(out,
                ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"name\":\"thread_name\",\"args\":{\"name\":"
                "\"vCPU %u\"}}",
                i, i);
}

static double us(uint64_t ns)
{
    return (double)ns / 1000;
}

void events_add(FILE *out, const struct vcpu *vcpu, const struct exit_times *times)
{
    uint64_t entry = times->entry_ns - times->start_ns, exit = times->exit_ns - times->start_ns;
    uint64_t handled = times->handled_ns - times->start_ns;
    char what[256], where[160];

    describe_exit(&vcpu->exit, !vcpu->vm->stopped, what, sizeof(what));
    vm_describe_address(vcpu, vcpu_exit_pc(vcpu), where, sizeof(where));
    fprintf(
        out,
        ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":%u,\"cat\":\"guest\",\"name\":\"guest\",\"ts\":%.3f,"
        "\"dur\":%.3f}",
        vcpu->id, us(entry), us(exit - entry));
    fprintf(out,
            ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":%u,\"cat\":\"vmm\",\"name\":\"VMM: %s\","
            "\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"exit\":%" PRIu64 ",\"what\":",
            vcpu->id, exit_kind_name(vcpu->exit.kind), us(exit), us(handled - exit), times->number);
    put_string(out, what);
    fprintf(out, ",\"pc\":");
    put_string(out, where);
    fprintf(
        out,
        "}},\n{\"ph\":\"C\",\"pid\":1,\"name\":\"exits\",\"ts\":%.3f,\"args\":{\"exits\":%" PRIu64
        "}}",
        us(exit), times->number);
}

void events_end(FILE *out)
{
    fprintf(out, "\n]}\n");
}
