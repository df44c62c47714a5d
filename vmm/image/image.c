/* SPDX-License-Identifier: MIT */
/* Loads images, ELF (System V ABI, chapters 4 and 5) or flat. Checks all headers first. */
#include "image.h"

#include "core/status.h"
#include "elf.h"
#include "linux.h"
#include "sbi.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PAGE_SIZE 4096
#define NOTE_MAX  256

static bool read_exactly(const struct source *source, uint64_t offset, void *buffer, size_t size)
{
    return source->read(source, offset, buffer, size) == size;
}

/* Prints what is wrong with the image. Returns STATUS_IMAGE. */
__attribute__((format(printf, 2, 3))) static int bad(const struct image *image, const char *format,
                                                     ...)
{
    char what[320];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return fail(STATUS_IMAGE, "%s: %s", image->source->name, what);
}

/* Returns the name of a machine that students may have built a guest for by mistake. */
static const char *machine_name(uint16_t machine)
{
    switch (machine) {
    case EM_386:
        return "i386";
    case EM_X86_64:
        return "x86-64";
    case EM_ARM:
        return "Arm";
    case EM_AARCH64:
        return "AArch64";
    case EM_RISCV:
        return "RISC-V";
    default:
        return "another machine";
    }
}

/* Sets image->type from the ELF header's machine and class. Returns false if no back end runs it.
 */
static bool find_type(struct image *image, const Elf64_Ehdr *header)
{
    static const struct {
        uint16_t machine;
        bool class32;
        enum image_type type;
    } types[] = {
        {EM_X86_64, false, IMAGE_X86_64},
        {EM_RISCV, false, IMAGE_RISCV64},
        {EM_386, true, IMAGE_I386},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (header->e_machine == types[i].machine && elf_is_32(header) == types[i].class32) {
            image->type = types[i].type;
            return true;
        }
    return false;
}

static int check_header(struct image *image, const Elf64_Ehdr *header)
{
    if (header->e_ident[EI_DATA] != ELFDATA2LSB)
        return bad(image, "big-endian: a guest must be little-endian");
    if (!find_type(image, header))
        return bad(image,
                   "built for %s, %s bits: labvisor runs ELF64 x86-64 and RISC-V, and ELF32 i386",
                   machine_name(header->e_machine), elf_is_32(header) ? "32" : "64");
    if (header->e_type == ET_DYN)
        return bad(image, "position-independent: link the guest statically, as guest.mk does");
    if (header->e_type != ET_EXEC)
        return bad(image, "not an executable (ELF type %u): link the guest, as guest.mk does",
                   header->e_type);
    if (header->e_phnum == 0)
        return bad(image, "no program headers: the file is damaged");
    if (header->e_phnum > IMAGE_MAX_SEGMENTS)
        return bad(image, "%u program headers: a guest may have at most %u", header->e_phnum,
                   IMAGE_MAX_SEGMENTS);
    image->entry = header->e_entry;
    return 0;
}

/* Checks a PT_LOAD header. Inserts its segment into image->segments, in order of address. */
static int add_segment(struct image *image, const Elf64_Phdr *header)
{
    uint64_t end, file_end;
    size_t index = image->segment_count;
    const struct segment *other;

    if (header->p_memsz == 0)
        return 0;
    if (header->p_filesz > header->p_memsz)
        return bad(image, "segment at 0x%" PRIx64 ": larger in the file than in memory",
                   header->p_paddr);
    if (__builtin_add_overflow(header->p_offset, header->p_filesz, &file_end) ||
        file_end > image->source->size)
        return bad(image,
                   "segment at 0x%" PRIx64 ": ends after the end of the file: is it truncated?",
                   header->p_paddr);
    if (__builtin_add_overflow(header->p_paddr, header->p_memsz, &end))
        return bad(image, "segment at 0x%" PRIx64 ": its size wraps around the address space",
                   header->p_paddr);
    if (header->p_paddr != header->p_vaddr)
        return bad(image,
                   "segment at 0x%" PRIx64 ": its virtual address is 0x%" PRIx64
                   ": these must be equal",
                   header->p_paddr, header->p_vaddr);

    while (index > 0 && image->segments[index - 1].start.value >= end)
        index--;
    other = index > 0 ? &image->segments[index - 1] : NULL;
    if (other && other->start.value + other->memory_size > header->p_paddr)
        return bad(image, "segments at 0x%" PRIx64 " and 0x%" PRIx64 " overlap", other->start.value,
                   header->p_paddr);

    memmove(&image->segments[index + 1], &image->segments[index],
            (image->segment_count - index) * sizeof(struct segment));
    image->segments[index] = (struct segment){
        .start = gpa(header->p_paddr),
        .memory_size = header->p_memsz,
        .file_size = header->p_filesz,
        .file_offset = header->p_offset,
        .write = header->p_flags & PF_W,
        .execute = header->p_flags & PF_X,
    };
    image->segment_count++;
    return 0;
}

static int check_version(struct image *image, uint32_t version)
{
    if (version >> 16 == LAB_ABI_VERSION >> 16 && version <= LAB_ABI_VERSION)
        return 0;
    return bad(image, "built for ABI version %u.%u, but this labvisor has %u.%u: build it again",
               version >> 16, version & 0xffff, LAB_ABI_VERSION >> 16, LAB_ABI_VERSION & 0xffff);
}

static int check_needs(struct image *image, uint32_t needs)
{
    image->needs |= needs;
    if ((needs & ~LAB_NEEDS_SSE) == 0)
        return 0;
    return bad(image,
               "needs what this labvisor does not have (bits 0x%x of its note): use a newer one",
               needs & ~LAB_NEEDS_SSE);
}

/* Checks the ABI version that a guest expects, and what it needs, if a note is the runtime's. */
static int check_note(struct image *image, const Elf64_Nhdr *note, uint64_t offset, uint64_t left)
{
    struct {
        char owner[12];
        uint32_t value;
    } text;

    if (note->n_namesz != sizeof("Labvisor") || left < sizeof(text) ||
        !read_exactly(image->source, offset, &text, sizeof(text)) ||
        memcmp(text.owner, "Labvisor", sizeof("Labvisor")) != 0)
        return 0; /* another tool's note */
    switch (note->n_type) {
    case LAB_NOTE_ABI_VERSION:
        image->runtime = true;
        return check_version(image, text.value);
    case LAB_NOTE_NEEDS:
        return check_needs(image, text.value);
    default:
        return 0;
    }
}

static uint64_t padded(uint64_t size, uint64_t align)
{
    return (size + align - 1) & ~(align - 1);
}

/* Checks each note of a segment: the linker may have put other tools' notes first. */
static int check_notes(struct image *image, const Elf64_Phdr *header)
{
    const uint64_t align = header->p_align == 8 ? 8 : 4;
    uint64_t at = 0, size;
    Elf64_Nhdr note;
    int status = 0;

    for (; !status && at < header->p_filesz && header->p_filesz - at >= sizeof(note); at += size) {
        if (!read_exactly(image->source, header->p_offset + at, &note, sizeof(note)))
            return 0;
        size = padded(padded(sizeof(note) + note.n_namesz, align) + note.n_descsz, align);
        status = check_note(image, &note, header->p_offset + at + sizeof(note),
                            header->p_filesz - at - sizeof(note));
    }
    return status;
}

static int check_program_header(struct image *image, const Elf64_Phdr *header)
{
    switch (header->p_type) {
    case PT_LOAD:
        return add_segment(image, header);
    case PT_NOTE:
        return check_notes(image, header);
    case PT_DYNAMIC:
        if (image->type == IMAGE_RISCV64)
            return 0; /* firmware such as U-Boot has it, and relocates itself */
        /* fall through */
    case PT_INTERP:
        return bad(image, "dynamically linked: link the guest statically, as guest.mk does");
    default:
        return 0;
    }
}

static bool entry_is_code(const struct image *image)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];

        if (segment->execute && image->entry - segment->start.value < segment->file_size)
            return true;
    }
    return false;
}

/* Returns whether the name is that of a flat image: the bytes of one do not tell. */
static bool is_flat(const struct source *source)
{
    const char *end = strrchr(source->name, '.');

    return end && strcmp(end, ".bin") == 0;
}

int image_open(struct image *image, const struct source *source)
{
    Elf64_Ehdr header;
    int status;

    *image = (struct image){.source = source};
    if (source->size == 0)
        return bad(image, "the file is empty: give a guest image");
    if (!elf_read_header(source, &header)) {
        if (linux_is_kernel(source))
            return linux_open(image);
        image->type = IMAGE_FLAT;
        if (is_flat(source))
            return 0;
        return bad(image, "not an ELF file: give a guest that guest.mk has built, or a flat "
                          "image for real mode, whose name ends in .bin");
    }
    status = check_header(image, &header);
    for (unsigned i = 0; i < header.e_phnum && !status; i++) {
        Elf64_Phdr segment;

        if (!elf_read_segment(source, &header, i, &segment))
            return bad(image, "no usable program headers: the file is damaged, or truncated");
        status = check_program_header(image, &segment);
    }
    if (status)
        return status;
    if (!entry_is_code(image))
        return bad(image, "the entry point 0x%" PRIx64 " is not in an executable segment",
                   image->entry);
    if (image->type == IMAGE_RISCV64 && image->entry % 2 != 0)
        return bad(image, "the entry point 0x%" PRIx64 " is odd, and code begins at even addresses",
                   image->entry);
    return 0;
}

int image_load(const struct image *image, const struct memory *memory, gpa_t start, gpa_t end)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        void *hva = memory_at(memory, segment->start, segment->memory_size);

        if (segment->start.value < start.value)
            return bad(image,
                       "segment at 0x%" PRIx64 ": guests are linked at 0x%" PRIx64 " or above",
                       segment->start.value, start.value);
        if (!hva || segment->start.value + segment->memory_size > end.value)
            return bad(image,
                       "segment at 0x%" PRIx64 " (%" PRIu64 " KiB) does not fit below 0x%" PRIx64
                       ": give the guest more memory with -m",
                       segment->start.value, segment->memory_size >> 10, end.value);
        if (!read_exactly(image->source, segment->file_offset, hva, segment->file_size))
            return bad(image,
                       "segment at 0x%" PRIx64 ": cannot read all of it: did the file change?",
                       segment->start.value);
    }
    return linux_load_initrd(image, memory);
}

int image_load_flat(const struct image *image, const struct memory *memory, gpa_t start, gpa_t end)
{
    uint64_t size = image->source->size;
    void *hva = memory_at(memory, start, size);

    if (!hva || size > end.value - start.value)
        return bad(image, "%" PRIu64 " bytes: a flat image may have at most %" PRIu64, size,
                   end.value - start.value);
    if (!read_exactly(image->source, 0, hva, size))
        return bad(image, "cannot read all of it: did the file change?");
    return 0;
}
