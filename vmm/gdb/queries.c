/* SPDX-License-Identifier: MIT */
/* The packets q: what the stub supports, and what the machine has. */
#include "gdb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Replies with a part of a document. args: OFFSET,SIZE. */
static void reply_part(struct debugger *debugger, const char *document, size_t length,
                       const char *args)
{
    uint64_t offset, size;

    if (!take_range(&args, &offset, &size)) {
        packets_reply(debugger, "E01");
        return;
    }
    offset = offset < length ? offset : length;
    size = size < PACKET_MAX / 2 ? size : PACKET_MAX / 2;
    size = size < length - offset ? size : length - offset;
    debugger->reply[0] = offset + size < length ? 'm' : 'l';
    memcpy(debugger->reply + 1, document + offset, size);
    link_send(&debugger->link, debugger->reply, 1 + size);
}

/* Describes all virtual addresses as RAM, because the guest's page tables may map any of them. gdb
 * takes its regions from this map: the one in the middle is RAM without page tables. */
static void describe_memory(const struct debugger *debugger, FILE *out)
{
    const struct memory *memory = &debugger->vm->memory;
    uint64_t start = memory->base.value, end = start + memory->size;

    fprintf(out, "<?xml version=\"1.0\"?><memory-map>");
    if (start > 0)
        fprintf(out, "<memory type=\"ram\" start=\"0x0\" length=\"0x%" PRIx64 "\"/>", start);
    fprintf(out, "<memory type=\"ram\" start=\"0x%" PRIx64 "\" length=\"0x%" PRIx64 "\"/>", start,
            memory->size);
    fprintf(out, "<memory type=\"ram\" start=\"0x%" PRIx64 "\" length=\"0x%" PRIx64 "\"/>", end,
            -end);
    fprintf(out, "</memory-map>");
}

static unsigned thread_count(const struct debugger *debugger)
{
    return debugger->state == WITHOUT_GUEST ? 0 : debugger->vm->vcpu_count;
}

static const char *state_of(const struct vcpu *vcpu)
{
    if (!vcpu->started)
        return "stopped";
    if (vcpu->exit_pending)
        return "at an exit";
    return vcpu->waiting ? "waiting" : "running";
}

static void describe_threads(const struct debugger *debugger, FILE *out)
{
    fprintf(out, "<?xml version=\"1.0\"?><threads>");
    for (unsigned i = 0; i < thread_count(debugger); i++)
        fprintf(out, "<thread id=\"%x\" name=\"vCPU %u\">%s</thread>", i + 1, i,
                state_of(&debugger->vm->vcpus[i]));
    fprintf(out, "</threads>");
}

static void transfer(struct debugger *debugger,
                     void (*describe)(const struct debugger *debugger, FILE *out), const char *args)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out) {
        describe(debugger, out);
        fclose(out);
    }
    if (text)
        reply_part(debugger, text, size, args);
    else
        packets_reply(debugger, "E12"); /* ENOMEM */
    free(text);
}

void handle_target(struct debugger *debugger, const char *args)
{
    transfer(debugger, registers_describe, args);
}

void handle_memory_map(struct debugger *debugger, const char *args)
{
    transfer(debugger, describe_memory, args);
}

void handle_threads(struct debugger *debugger, const char *args)
{
    transfer(debugger, describe_threads, args);
}

void handle_supported(struct debugger *debugger, const char *args)
{
    (void)args;
    snprintf(debugger->reply, sizeof(debugger->reply),
             "PacketSize=%x;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;"
             "ConditionalBreakpoints+;error-message+;"
             "qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+%s",
             PACKET_MAX, debugger->timeline ? ";ReverseStep+;ReverseContinue+" : "");
    packets_reply(debugger, debugger->reply);
}

void handle_thread_list(struct debugger *debugger, const char *args)
{
    char *at = debugger->reply;

    (void)args;
    *at = 'l'; /* if there are none */
    at[1] = '\0';
    for (unsigned i = 0; i < thread_count(debugger); i++)
        at += sprintf(at, "%c%x", i ? ',' : 'm', i + 1);
    packets_reply(debugger, debugger->reply);
}

void handle_thread_list_end(struct debugger *debugger, const char *args)
{
    (void)args;
    packets_reply(debugger, "l");
}

/* Replies whether gdb is to leave the guest when it quits (1), or to end it. */
void handle_attached(struct debugger *debugger, const char *args)
{
    (void)args;
    packets_reply(debugger, debugger->run_by_gdb ? "0" : "1");
}

void handle_current_thread(struct debugger *debugger, const char *args)
{
    (void)args;
    snprintf(debugger->reply, sizeof(debugger->reply), "QC%x", debugger->selected->id + 1);
    packets_reply(debugger, debugger->reply);
}

/* ---- For LLDB (its manual, "GDB Remote Protocol Extensions") ---- */

/* Replies with the machine; `more` comes first. */
static void reply_machine(struct debugger *debugger, const char *more)
{
    const struct target *target = debugger->target;
    char triple[128];

    put_bytes(triple, (const uint8_t *)target->triple, strlen(target->triple));
    snprintf(debugger->reply, sizeof(debugger->reply), "%striple:%s;ptrsize:%d;endian:little;",
             more, triple, strncmp(target->triple, "i386", 4) == 0 ? 4 : 8);
    packets_reply(debugger, debugger->reply);
}

void handle_host_info(struct debugger *debugger, const char *args)
{
    (void)args;
    reply_machine(debugger, "");
}

void handle_process_info(struct debugger *debugger, const char *args)
{
    (void)args;
    reply_machine(debugger, "pid:1;");
}

/* The mapped run, or the gap between two, that has an address. */
struct region {
    uint64_t address, start, last;
    bool found; /* a run has it, or begins after it */
    bool mapped, write, execute;
};

static void visit_run(void *context, const struct mapping *run)
{
    struct region *region = context;
    uint64_t last = run->gva + run->size - 1;

    if (region->found)
        return;
    if (last < region->address) {
        region->start = last + 1;
        return;
    }
    region->found = true;
    region->mapped = run->gva <= region->address;
    region->start = region->mapped ? run->gva : region->start;
    region->last = region->mapped ? last : run->gva - 1;
    region->write = run->write;
    region->execute = run->execute;
}

#define RUNS_MAX 4096 /* hostile tables could have more than anyone can store */

/* Replies with the rights of the pages around an address; without any if none is mapped there. */
void handle_memory_region(struct debugger *debugger, const char *args)
{
    struct region region = {.last = UINT64_MAX};
    const struct vm *vm = debugger->vm;
    struct paging paging;
    int length;

    if (!take_hex(&args, &region.address)) {
        packets_reply(debugger, "E01");
        return;
    }
    vm->backend->paging(debugger->selected, &paging);
    paging_each(&vm->memory, &paging, RUNS_MAX, visit_run, &region);
    length = snprintf(debugger->reply, sizeof(debugger->reply),
                      "start:%" PRIx64 ";size:%" PRIx64 ";", region.start,
                      region.last - region.start + (region.last - region.start < UINT64_MAX));
    if (region.mapped)
        snprintf(debugger->reply + length, sizeof(debugger->reply) - (size_t)length,
                 "permissions:r%s%s;", region.write ? "w" : "", region.execute ? "x" : "");
    packets_reply(debugger, debugger->reply);
}
