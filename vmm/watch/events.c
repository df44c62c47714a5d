/* SPDX-License-Identifier: MIT */
/*
 * Writes the Chrome trace event format, as an array: Perfetto opens one without its end, but no
 * object. Each vCPU has a track with slices "guest", in which the exits' slices are nested. An
 * event is a line, and goes to the file at once, so that a killed run leaves all its exits. Times
 * are in us.
 */
#include "image/explain.h"
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

/* Perfetto takes a tid of 0 for none, and uses the pid instead. */
static unsigned tid(unsigned vcpu)
{
    return vcpu + 1;
}

/* %.15g prints it exactly, without zeros at its end. */
static double us(uint64_t ns)
{
    return (double)ns / 1000;
}

void events_begin(FILE *out, const struct vm *vm)
{
    fprintf(out, "[\n{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":");
    put_string(out, vm->image->source->name);
    fprintf(out, "}}");
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        fprintf(out,
                ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"name\":\"thread_name\",\"args\":{\"name\":"
                "\"vCPU %u\"}}",
                tid(i), i);
    fflush(out);
}

/* Ends a slice "guest". */
static void leave(FILE *out, unsigned vcpu, struct exit_times *times)
{
    fprintf(out, ",\n{\"ph\":\"E\",\"pid\":1,\"tid\":%u,\"ts\":%.15g}", tid(vcpu),
            us(times->handled_ns - times->start_ns));
    times->entered = false;
}

/* Writes where an exit was made; the address, which is long, is in --trace. Of code of the runtime
 * the line that counts is the author's. */
static void put_place(FILE *out, const struct vcpu *vcpu)
{
    char where[160], author[160], place[sizeof(where) + sizeof(author) + 5];
    const char *symbol;

    vm_describe_address(vcpu, vcpu_exit_pc(vcpu), where, sizeof(where));
    explain_author(vcpu, author, sizeof(author));
    symbol = strchr(where, ' ') ? strchr(where, ' ') + 1 : where;
    if (*author)
        snprintf(place, sizeof(place), "%.*s for %s", (int)strcspn(symbol, " "), symbol, author);
    else
        snprintf(place, sizeof(place), "%s", symbol);
    put_string(out, place);
}

void events_add(FILE *out, const struct vcpu *vcpu, struct exit_times *times)
{
    uint64_t entry = times->entry_ns - times->start_ns, exit = times->exit_ns - times->start_ns;
    char what[256];

    if (!times->entered)
        fprintf(out, ",\n{\"ph\":\"B\",\"pid\":1,\"tid\":%u,\"ts\":%.15g,\"name\":\"guest\"}",
                tid(vcpu->id), us(entry));
    times->entered = true;
    describe_exit(&vcpu->exit, !vcpu->vm->stopped, what, sizeof(what));
    fprintf(out, ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":%u,\"ts\":%.15g,\"dur\":%.15g,\"name\":",
            tid(vcpu->id), us(exit), us(times->handled_ns - times->exit_ns));
    put_string(out, what);
    fprintf(out, ",\"args\":{\"exit\":%" PRIu64 ",\"pc\":", times->number);
    put_place(out, vcpu);
    fprintf(out, "}}");
    if (!vcpu->started)
        leave(out, vcpu->id, times);
    fflush(out);
}

void events_end(FILE *out, struct exit_times *times, unsigned vcpu_count)
{
    for (unsigned i = 0; i < vcpu_count; i++)
        if (times[i].entered)
            leave(out, i, &times[i]);
    fprintf(out, "\n]\n");
}
