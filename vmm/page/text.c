/* SPDX-License-Identifier: MIT */
/* Texts for the worker: JSON in memory. Names and messages may be a hostile guest's. */
#include "page.h"

#include "core/hypercall.h"
#include "image/owner.h"
#include "image/symbols.h"
#include "watch/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t text_size;
static FILE *stream;

FILE *text_begin(void)
{
    free(text);
    text = NULL;
    stream = open_memstream(&text, &text_size);
    if (!stream)
        abort();
    return stream;
}

const char *text_end(void)
{
    fclose(stream);
    return text;
}

void text_string(FILE *out, const char *string)
{
    fputc('"', out);
    for (; *string; string++) {
        const unsigned char c = (unsigned char)*string;

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

void text_place(FILE *out, uint64_t pc)
{
    static const char *const owners[] = {"author", "runtime", "abi"};
    const struct symbols *symbols = image_symbols(&page.image);
    const struct source_line *source = symbols_source(symbols, pc);
    uint64_t offset = 0;
    const char *name = symbols_find(symbols, pc, &offset);

    fprintf(out, "{\"pc\":\"0x%" PRIx64 "\"", pc);
    if (name) {
        fprintf(out, ",\"function\":");
        text_string(out, name);
        fprintf(out, ",\"offset\":%" PRIu64, offset);
    }
    if (source) {
        fprintf(out, ",\"file\":");
        text_string(out, source->file);
        fprintf(out, ",\"folder\":");
        text_string(out, source->directory);
        fprintf(out, ",\"line\":%u,\"owner\":\"%s\"", source->line, owners[owner_of(source)]);
    }
    fputc('}', out);
}

void text_exit(FILE *out, const struct entry *entry)
{
    struct vm_exit exit = {.kind = (enum exit_kind)entry->kind};
    char what[256];

    if (exit.kind == EXIT_HYPERCALL) {
        exit.hypercall.eid = entry->eid;
        exit.hypercall.fid = entry->fid;
        memcpy(exit.hypercall.args, entry->args, sizeof(entry->args));
        exit.hypercall.call = hypercall_find(entry->eid, entry->fid);
        exit.hypercall.ret.error = entry->error;
        exit.hypercall.ret.value = entry->value;
        if (exit.hypercall.call && exit.hypercall.call->legacy)
            exit.hypercall.ret.error = entry->value;
    } else if (exit.kind == EXIT_MMIO || exit.kind == EXIT_PIO) {
        exit.access.address = entry->args[0];
        exit.access.value = entry->args[1];
        exit.access.size = (uint8_t)entry->args[2];
        exit.access.write = entry->args[3];
    } else if (exit.kind == EXIT_FAILED) {
        exit.reason = page.log.failure;
    }
    describe_exit(&exit, entry->handled && !entry->last, what, sizeof(what));
    text_string(out, what);
}
