/* SPDX-License-Identifier: MIT */
/*
 * Writes cores in Linux's format (System V ABI, chapters 4 and 5; elf(5)). Each vCPU is a thread,
 * with a note NT_PRSTATUS. The file has RAM once. A program header for each range of contiguous
 * virtual addresses gives its offset in that RAM, by the page tables of the first vCPU with paging.
 */
#include "core_file.h"

#include "core/platform.h"
#include "elf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CORE_SIGTRAP = 5, CORE_SIGSEGV = 11 }; /* the numbers of Linux, on every host */

#define MAPPINGS_MAX 4096
#define PAGE         4096u

/* struct elf_prstatus of a 64-bit Linux, up to its registers. */
struct prstatus {
    int32_t signal, code, error;
    int16_t current_signal, unused_1;
    uint64_t pending, held;
    int32_t pid, parent, group, session;
    uint64_t times[8];
    uint8_t registers[512]; /* elf_gregset_t, then an int: pr_fpvalid */
};

struct mappings {
    size_t count;
    struct mapping ranges[MAPPINGS_MAX];
};

static void add_mapping(void *context, const struct mapping *mapping)
{
    struct mappings *mappings = context;

    mappings->ranges[mappings->count++] = *mapping;
}

static bool is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

static bool write_memory(const struct memory *memory, int fd, uint64_t offset)
{
    for (uint64_t at = 0; at < memory->size; at += PAGE)
        if (!is_zero(memory->hva + at) && !host_write_at(fd, memory->hva + at, PAGE, offset + at))
            return false;
    return host_set_size(fd, offset + memory->size);
}

/* Writes a vCPU's note. Returns its size in bytes. */
static size_t put_note(uint8_t *out, struct vcpu *vcpu)
{
    int signal = vcpu->vm->status == STATUS_DIED ? CORE_SIGSEGV : CORE_SIGTRAP;
    struct prstatus status = {
        .signal = signal, .current_signal = (int16_t)signal, .pid = (int)vcpu->id + 1};
    size_t size = vcpu->vm->backend->debug->core_registers(vcpu, status.registers);
    size_t length = offsetof(struct prstatus, registers) + size + 8; /* pr_fpvalid, padded */
    const Elf64_Nhdr header = {.n_namesz = 5, .n_descsz = (uint32_t)length, .n_type = NT_PRSTATUS};

    memcpy(out, &header, sizeof(header));
    memcpy(out + sizeof(header), "CORE\0\0\0", 8);
    memcpy(out + sizeof(header) + 8, &status, length);
    return sizeof(header) + 8 + length;
}

static size_t put_notes(uint8_t *out, struct vm *vm)
{
    size_t size = 0;

    for (unsigned i = 0; i < vm->vcpu_count; i++)
        size += put_note(out + size, &vm->vcpus[i]);
    return size;
}

static void find_mappings(struct vm *vm, struct mappings *mappings)
{
    struct paging paging;

    vm->backend->paging(&vm->vcpus[0], &paging);
    for (unsigned i = 1; i < vm->vcpu_count && paging.levels == 0; i++)
        vm->backend->paging(&vm->vcpus[i], &paging);
    paging_each(&vm->memory, &paging, MAPPINGS_MAX, add_mapping, mappings);
}

static bool write_headers(int fd, const struct vm *vm, const struct mappings *mappings,
                          uint64_t notes, size_t notes_size, uint64_t ram)
{
    Elf64_Ehdr elf = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = vm->image->type == IMAGE_RISCV64 ? EM_RISCV : EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(elf),
        .e_ehsize = sizeof(elf),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (uint16_t)(mappings->count + 1),
    };
    Elf64_Phdr header = {.p_type = PT_NOTE, .p_offset = notes, .p_filesz = notes_size};
    bool written = host_write_at(fd, &elf, sizeof(elf), 0) &&
                   host_write_at(fd, &header, sizeof(header), sizeof(elf));

    for (size_t i = 0; i < mappings->count && written; i++) {
        const struct mapping *range = &mappings->ranges[i];

        header = (Elf64_Phdr){
            .p_type = PT_LOAD,
            .p_flags = PF_R | (range->write ? PF_W : 0u) | (range->execute ? PF_X : 0u),
            .p_offset = ram + range->gpa - vm->memory.base.value,
            .p_vaddr = range->gva,
            .p_paddr = range->gpa,
            .p_filesz = range->size,
            .p_memsz = range->size,
        };
        written =
            host_write_at(fd, &header, sizeof(header), sizeof(elf) + (i + 1) * sizeof(header));
    }
    return written;
}

static bool write_core(struct vm *vm, int fd, struct mappings *mappings, uint8_t *notes)
{
    uint64_t notes_at, ram;
    size_t size;

    find_mappings(vm, mappings);
    size = put_notes(notes, vm);
    notes_at = sizeof(Elf64_Ehdr) + (mappings->count + 1) * sizeof(Elf64_Phdr);
    ram = (notes_at + size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    return write_headers(fd, vm, mappings, notes_at, size, ram) &&
           host_write_at(fd, notes, size, notes_at) && write_memory(&vm->memory, fd, ram);
}

int core_write(struct vm *vm, int fd, const char *path)
{
    struct mappings *mappings = calloc(1, sizeof(*mappings));
    uint8_t *notes = calloc(vm->vcpu_count, sizeof(struct prstatus) + 64);
    bool written;

    errno = ENOMEM;
    written = mappings && notes && write_core(vm, fd, mappings, notes);
    free(mappings);
    free(notes);
    if (!written)
        return fail(STATUS_HOST, "--core: %s: %s", path, strerror(errno));
    fprintf(stderr, "labvisor: a core is in %s: gdb %s %s\n", path, vm->image->source->name, path);
    return 0;
}
