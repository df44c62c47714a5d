/* SPDX-License-Identifier: MIT */
/* What the page shows of the machine where the run is now. */
#include "page.h"

#include "core/hypercall.h"
#include "image/explain.h"
#include "image/symbols.h"
#include "isa/riscv/decode.h"
#include "isa/riscv/show.h"
#include "isa/riscv/target.h"

#include <inttypes.h>
#include <string.h>

static const char *activity(const struct vcpu *vcpu)
{
    if (!vcpu->started)
        return "stopped";
    if (vcpu->exit_pending)
        return "exit";
    if (vcpu->suspended)
        return "suspended";
    return vcpu->waiting ? "asleep" : "ready";
}

static void put_hart(FILE *out, struct vcpu *vcpu)
{
    struct riscv_debug_registers r;

    vcpu->vm->backend->debug->get_registers(vcpu, (uint8_t *)&r);
    fprintf(out,
            "{\"state\":\"%s\",\"insns\":%" PRIu64 ",\"exit\":%" PRIu64
            ",\"mode\":\"%s\",\"sie\":%" PRIu64 ",\"sip\":%" PRIu64 ",\"enabled\":%s,\"at\":",
            activity(vcpu), vcpu->insns,
            vcpu->exit_pending || vcpu->waiting ? vcpu->exit_number : 0, r.priv ? "S" : "U", r.sie,
            r.sip, r.sstatus & 2 || !r.priv ? "true" : "false");
    text_place(out, r.pc);
    fputc('}', out);
}

static void put_registers(FILE *out, struct vcpu *vcpu)
{
    const struct target *target = vcpu->vm->backend->debug->target(vcpu->vm);
    uint8_t bytes[sizeof(struct riscv_debug_registers)], *at = bytes;
    const char *separator = "";

    vcpu->vm->backend->debug->get_registers(vcpu, bytes);
    fprintf(out, "[");
    for (const struct register_set *const *set = target->sets; *set; set++) {
        for (size_t i = 0; i < (*set)->count; i++) {
            const struct debug_register *reg = &(*set)->registers[i];
            uint64_t value = 0;

            memcpy(&value, at, reg->size);
            at += reg->size;
            fprintf(out, "%s[\"%s\",\"0x%" PRIx64 "\"]", separator, reg->name, value);
            separator = ",";
        }
    }
    fprintf(out, "]");
}

static void put_callers(FILE *out, struct vcpu *vcpu)
{
    uint64_t callers[EXPLAIN_CALLERS];
    const uint64_t pc = vcpu->vm->backend->pc(vcpu);
    const unsigned count = explain_callers(vcpu, pc, callers);

    fprintf(out, "[");
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            fputc(',', out);
        text_place(out, callers[i] - 1);
    }
    fprintf(out, "]");
}

/* Writes the instructions from a function's start, or from pc, to some after pc. */
static void put_instructions(FILE *out, struct vcpu *vcpu, unsigned before, unsigned after)
{
    const uint64_t pc = vcpu->vm->backend->pc(vcpu);
    const struct symbols *symbols = image_symbols(&page.image);
    uint64_t offset = 0, at, marks[64] = {0};
    unsigned count = 0, first;
    uint32_t bits;

    before = before < 63 ? before : 63;
    if (!symbols_find(symbols, pc, &offset) || offset > 16384)
        offset = 0;
    for (at = pc - offset; at < pc && riscv_fetch(vcpu, at, &bits); at += riscv_length(bits))
        marks[count++ % 64] = at;
    if (at != pc)
        count = 0;
    first = count > before ? count - before : 0;
    at = first < count ? marks[first % 64] : pc;
    fprintf(out, "[");
    for (unsigned i = 0; i < count - first + 1 + after && riscv_fetch(vcpu, at, &bits); i++) {
        char text[64];

        vcpu->vm->backend->describe_insn(vcpu, at, text, sizeof(text));
        fprintf(out, "%s{\"bits\":\"%0*x\",\"text\":", i ? "," : "",
                riscv_is_compressed(bits) ? 4 : 8,
                riscv_is_compressed(bits) ? bits & 0xffff : bits);
        text_string(out, text);
        fprintf(out, ",\"at\":");
        text_place(out, at);
        fputc('}', out);
        at += riscv_length(bits);
    }
    fprintf(out, "]");
}

static void put_run(FILE *out)
{
    struct vm *vm = &page.vm;
    uint64_t pending = 0;

    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (vm->vcpus[i].exit_pending)
            pending = vm->vcpus[i].exit_number;
    fprintf(out,
            "\"position\":%" PRIu64 ",\"insns\":%" PRIu64 ",\"time\":%" PRIu64 ",\"exits\":%" PRIu64
            ",\"pending\":%" PRIu64 ",\"output\":%" PRIu64
            ",\"turn\":%u,\"selected\":%u,\"stopped\":%s,\"why\":\"%s\",\"goal\":%d,",
            timeline_now(page.timeline), vm->insn_count, page_time(&vm->vcpus[0]), vm->exit_numbers,
            pending, page.timeline->output, vm->turn, page.selected, vm->stopped ? "true" : "false",
            page.why, page.goal);
    fprintf(out,
            "\"head\":{\"position\":%" PRIu64 ",\"exits\":%" PRIu64 ",\"output\":%" PRIu64
            ",\"kept\":%" PRIu64 ",\"ended\":%s,\"status\":%d,\"asleep\":%s,\"input\":%zu,"
            "\"time\":%" PRIu64 "},\"checkpoints\":%u",
            page.head, page.log.count, page.log.output_total, page.log.output_size,
            page.ended ? "true" : "false", page.status, page.asleep ? "true" : "false",
            page.input_size,
            page.log.turn_count ? page.log.turns[page.log.turn_count - 1].end_time : 0,
            page.timeline->count);
}

/* Writes the state of the run and of all harts, and the details of the selected one. */
EXPORT(page_state) const char *page_state(unsigned before, unsigned after)
{
    struct vcpu *vcpu = &page.vm.vcpus[page.selected];
    FILE *out = text_begin();

    fprintf(out, "{");
    put_run(out);
    fprintf(out, ",\"harts\":[");
    for (unsigned i = 0; i < page.vm.vcpu_count; i++) {
        if (i > 0)
            fputc(',', out);
        put_hart(out, &page.vm.vcpus[i]);
    }
    fprintf(out, "],\"registers\":");
    put_registers(out, vcpu);
    fprintf(out, ",\"callers\":");
    put_callers(out, vcpu);
    fprintf(out, ",\"instructions\":");
    put_instructions(out, vcpu, before, after);
    fprintf(out, "}");
    return text_end();
}

/* ---- Memory ---- */

static uint64_t address_of(double high, double low)
{
    return (uint64_t)high << 32 | (uint64_t)low;
}

/* Writes guest virtual memory of the selected hart: an object with hex digits, "--" for a byte that
 * is not mapped. */
EXPORT(page_memory) const char *page_memory(double high, double low, unsigned size)
{
    struct vcpu *vcpu = &page.vm.vcpus[page.selected];
    FILE *out = text_begin();
    struct translation to;
    struct paging paging;

    vcpu->vm->backend->paging(vcpu, &paging);
    fputc('"', out);
    for (unsigned i = 0; i < size && i < 65536; i++) {
        const uint64_t gva = address_of(high, low) + i;
        const uint8_t *hva = paging_translate(&page.vm.memory, &paging, gva, &to)
                                 ? memory_at(&page.vm.memory, to.gpa, 1)
                                 : NULL;

        if (hva)
            fprintf(out, "%02x", *hva);
        else
            fputs("--", out);
    }
    fputc('"', out);
    return text_end();
}

/* Writes the page walk of an address: an entry for each level. */
EXPORT(page_walk) const char *page_walk(double high, double low)
{
    struct vcpu *vcpu = &page.vm.vcpus[page.selected];
    const uint64_t gva = address_of(high, low);
    struct paging_entry entry;
    FILE *out = text_begin();
    struct translation to;
    struct paging paging;
    uint64_t table;
    bool mapped;

    vcpu->vm->backend->paging(vcpu, &paging);
    mapped = paging_translate(&page.vm.memory, &paging, gva, &to);
    table = paging.root;
    fprintf(out,
            "{\"address\":\"0x%" PRIx64 "\",\"levels\":%u,\"mapped\":%s,\"gpa\":\"0x%" PRIx64
            "\",\"steps\":[",
            gva, paging.levels, mapped ? "true" : "false", mapped ? to.gpa.value : 0);
    for (unsigned level = paging.levels; level-- > 0; table = entry.address) {
        const unsigned shift = 12 + paging.index_bits * level;
        const uint64_t index = gva >> shift & ((UINT64_C(1) << paging.index_bits) - 1);
        const uint64_t *hva = memory_at(&page.vm.memory, gpa(table + index * 8), 8);

        fprintf(out, "%s{\"level\":%u,\"table\":\"0x%" PRIx64 "\",\"index\":%" PRIu64,
                level + 1 < paging.levels ? "," : "", level, table, index);
        if (!hva) {
            fprintf(out, ",\"outside\":true}");
            break;
        }
        paging.decode(*hva, level, &entry);
        fprintf(out,
                ",\"entry\":\"0x%016" PRIx64 "\",\"present\":%s,\"leaf\":%s,\"to\":\"0x%" PRIx64
                "\",\"rights\":\"%s%s%s%s\"}",
                *hva, entry.present ? "true" : "false", entry.leaf ? "true" : "false",
                entry.address, entry.read ? "r" : "-", entry.write ? "w" : "-",
                entry.execute ? "x" : "-", entry.user ? "u" : "-");
        if (!entry.present || entry.leaf)
            break;
    }
    fprintf(out, "]}");
    return text_end();
}

/* Returns whether any byte of a page of RAM is not 0. */
static bool is_used(uint64_t offset, uint64_t size)
{
    const uint64_t *at = (const uint64_t *)(page.vm.memory.hva + offset);

    for (uint64_t i = 0; i < size / 8; i++)
        if (at[i])
            return true;
    return false;
}

/* Writes the map of RAM: the image's segments, the stacks, and which pages have anything but 0. */
EXPORT(page_map) const char *page_map(void)
{
    const struct memory *memory = &page.vm.memory;
    const struct backend *backend = page.vm.backend;
    FILE *out = text_begin();

    fprintf(out,
            "{\"base\":\"0x%" PRIx64 "\",\"size\":%" PRIu64 ",\"stacks\":\"0x%" PRIx64
            "\",\"stride\":%" PRIu64 ",\"stack\":%" PRIu64 ",\"segments\":[",
            memory->base.value, memory->size, stacks_start(&page.vm).value, backend->stack_stride,
            backend->stack_size);
    for (size_t i = 0; i < page.image.segment_count; i++) {
        const struct segment *segment = &page.image.segments[i];

        fprintf(out, "%s{\"start\":\"0x%" PRIx64 "\",\"size\":%" PRIu64 ",\"rights\":\"r%s%s\"}",
                i ? "," : "", segment->start.value, segment->memory_size,
                segment->write ? "w" : "-", segment->execute ? "x" : "-");
    }
    fprintf(out, "],\"used\":\"");
    for (uint64_t at = 0; at + 65536 <= memory->size; at += 65536)
        fputc(is_used(at, 65536) ? '1' : '0', out);
    fprintf(out, "\"}");
    return text_end();
}

/* Finds a function or an object by its name. */
EXPORT(page_symbol) const char *page_symbol(const char *name)
{
    FILE *out = text_begin();
    uint64_t size = 0;
    const uint64_t start = symbols_address(image_symbols(&page.image), name, &size);

    if (start)
        fprintf(out, "{\"address\":\"0x%" PRIx64 "\",\"size\":%" PRIu64 "}", start, size);
    else
        fprintf(out, "null");
    return text_end();
}

/* Writes the address of the code that a line of a file has made, or null. */
EXPORT(page_line_address) const char *page_line_address(const char *path, unsigned line)
{
    const uint64_t address = symbols_line_address(image_symbols(&page.image), path, line);
    FILE *out = text_begin();

    if (address)
        fprintf(out, "\"0x%" PRIx64 "\"", address);
    else
        fprintf(out, "null");
    return text_end();
}
