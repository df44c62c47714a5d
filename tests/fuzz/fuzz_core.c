/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: cores of any registers and page tables. A reader checks each header of the core, and
 * that the core has all of RAM. Writes also fail. The input: struct input, then what tables.h
 * reads.
 */
#include "image/core_file.h"

#include "core/debug.h"
#include "core/platform.h"
#include "image/elf.h"
#include "isa/riscv/paging.h"
#include "tables.h"

#include <errno.h>
#include <stdlib.h>

#define RAM_BASE 0x80000000
#define CPUS     4
#define ROOM     (1 << 20)

static struct input {
    uint8_t vcpus, registers, died, x86;
    uint16_t writes; /* from this write on, all fail; 0: none */
    uint16_t bare;   /* bit N: vCPU N has no paging */
    uint64_t satp;
} input;

static struct {
    uint8_t *bytes;
    uint64_t size;
    unsigned writes;
} core;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

/* ---- The host and the back end ---- */

int fail(enum status status, const char *format, ...)
{
    (void)format;
    return (int)status;
}

static bool may_write(void)
{
    errno = EIO;
    return ++core.writes < input.writes || input.writes == 0;
}

bool host_write_at(int file, const void *bytes, size_t size, uint64_t offset)
{
    (void)file;
    check(offset <= ROOM && size <= ROOM - offset);
    if (!may_write())
        return false;
    memcpy(core.bytes + offset, bytes, size);
    if (core.size < offset + size)
        core.size = offset + size;
    return true;
}

bool host_set_size(int file, uint64_t size)
{
    (void)file;
    check(size <= ROOM && core.size <= size);
    core.size = size;
    return may_write();
}

static size_t core_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    const size_t size = input.registers % 64 * 8; /* elf_gregset_t has at most 504 bytes */

    memset(bytes, (int)vcpu->id + 1, size);
    return size;
}

static void paging_of(struct vcpu *vcpu, struct paging *paging)
{
    *paging = riscv_paging(input.bare >> vcpu->id & 1 ? 0 : input.satp);
}

/* ---- The reader ---- */

static void read_notes(uint64_t at, uint64_t size)
{
    const uint64_t end = at + size;
    unsigned count = 0;
    Elf64_Nhdr note;

    check(at <= core.size && size <= core.size - at);
    for (; at < end; at += sizeof(note) + 8 + note.n_descsz, count++) {
        memcpy(&note, core.bytes + at, sizeof(note));
        check(note.n_type == NT_PRSTATUS && note.n_namesz == 5 && note.n_descsz % 4 == 0);
    }
    check(at == end && count == 1u + input.vcpus % CPUS);
}

static void read_core(const struct memory *memory)
{
    Elf64_Phdr header;
    Elf64_Ehdr elf;

    memcpy(&elf, core.bytes, sizeof(elf));
    check(elf.e_type == ET_CORE && elf.e_phnum > 0);
    for (unsigned i = 0; i < elf.e_phnum; i++) {
        memcpy(&header, core.bytes + elf.e_phoff + i * sizeof(header), sizeof(header));
        if (i == 0) {
            check(header.p_type == PT_NOTE && header.p_offset >= sizeof(elf) + elf.e_phnum * 56ull);
            read_notes(header.p_offset, header.p_filesz);
            continue;
        }
        check(header.p_type == PT_LOAD && header.p_filesz == header.p_memsz && header.p_filesz > 0);
        check(header.p_offset <= core.size && header.p_filesz <= core.size - header.p_offset);
        check((header.p_offset - header.p_vaddr) % 4096 == 0);
        check(memcmp(core.bytes + header.p_offset, memory_at(memory, gpa(header.p_paddr), 1),
                     header.p_filesz) == 0);
    }
    check(memcmp(core.bytes + core.size - memory->size, memory->hva, memory->size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct debug_ops debug = {.core_registers = core_registers};
    static const struct backend backend = {.debug = &debug, .paging = paging_of};
    struct source source = {.name = "fuzz"};
    struct image image = {.source = &source};
    struct vcpu vcpus[CPUS] = {0};
    struct vm vm = {.backend = &backend,
                    .image = &image,
                    .vcpus = vcpus,
                    .memory = {gpa(RAM_BASE), TABLES_RAM, calloc(1, TABLES_RAM)}};
    int status;

    if (size >= sizeof(input)) {
        memcpy(&input, data, sizeof(input));
        fill_tables(&vm.memory, true, data + sizeof(input), size - sizeof(input));
        image.type = input.x86 & 1 ? IMAGE_X86_64 : IMAGE_RISCV64;
        vm.status = input.died & 1 ? STATUS_DIED : 0;
        vm.vcpu_count = 1 + input.vcpus % CPUS;
        for (unsigned i = 0; i < vm.vcpu_count; i++)
            vcpus[i] = (struct vcpu){.vm = &vm, .id = i};
        core.bytes = calloc(1, ROOM);
        core.size = core.writes = 0;
        status = core_write(&vm, 0, "core");
        check(status == 0 || (status == STATUS_HOST && input.writes > 0));
        if (status == 0)
            read_core(&vm.memory);
        free(core.bytes);
    }
    free(vm.memory.hva);
    return 0;
}
