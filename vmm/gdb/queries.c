/* The packets that ask: what the stub can, and what there is. */
#include "gdb.h"
#include "image/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* OFFSET,SIZE of a document. */
static void reply_part(struct debugger *debugger, const char *document, size_t length,
                       const char *at)
{
    uint64_t offset, size;

    if (!take_range(&at, &offset, &size)) {
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

/* All addresses are RAM, since the guest's tables could map any; it is the region in the middle
 * that has them without tables. */
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
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        fprintf(out, "<thread id=\"%x\" name=\"vCPU %u\">%s</thread>", i + 1, i,
                state_of(&debugger->vm->vcpus[i]));
    fprintf(out, "</threads>");
}

static void serve_transfer(struct debugger *debugger, const char *at)
{
    static const struct {
        const char *object;
        void (*describe)(const struct debugger *debugger, FILE *out);
    } documents[] = {
        {"features:read:target.xml:", registers_describe},
        {"memory-map:read::", describe_memory},
        {"threads:read::", describe_threads},
    };

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out;

        if (!take_word(&at, documents[i].object))
            continue;
        out = open_memstream(&text, &size);
        if (out) {
            documents[i].describe(debugger, out);
            fclose(out);
        }
        if (text)
            reply_part(debugger, text, size, at);
        else
            packets_reply(debugger, "E12"); /* ENOMEM */
        free(text);
        return;
    }
    packets_reply(debugger, "");
}

static void serve_supported(struct debugger *debugger)
{
    snprintf(debugger->reply, sizeof(debugger->reply),
             "PacketSize=%x;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;error-message+;"
             "qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+%s",
             PACKET_MAX, debugger->timeline ? ";ReverseStep+;ReverseContinue+" : "");
    packets_reply(debugger, debugger->reply);
}

static void serve_thread_list(struct debugger *debugger)
{
    char *at = debugger->reply;

    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        at += sprintf(at, "%c%x", i ? ',' : 'm', i + 1);
    packets_reply(debugger, debugger->reply);
}

static void serve_monitor(struct debugger *debugger, const char *at)
{
    char command[256];
    size_t size = strlen(at) / 2;

    if (size >= sizeof(command) || !take_bytes(&at, (uint8_t *)command, size) || *at) {
        packets_reply_error(debugger, "monitor: the command is too long");
        return;
    }
    command[size] = '\0';
    monitor_serve(debugger, command);
    packets_reply_ok(debugger);
}

void queries_serve(struct debugger *debugger, const char *at)
{
    if (take_word(&at, "Supported"))
        serve_supported(debugger);
    else if (take_word(&at, "Xfer:"))
        serve_transfer(debugger, at);
    else if (take_word(&at, "Rcmd,"))
        serve_monitor(debugger, at);
    else if (strcmp(at, "fThreadInfo") == 0)
        serve_thread_list(debugger);
    else if (strcmp(at, "sThreadInfo") == 0)
        packets_reply(debugger, "l");
    else if (take_word(&at, "Attached"))
        packets_reply(debugger, "1");
    else if (strcmp(at, "C") == 0) {
        snprintf(debugger->reply, sizeof(debugger->reply), "QC%x", debugger->selected->id + 1);
        packets_reply(debugger, debugger->reply);
    } else {
        packets_reply(debugger, "");
    }
}
