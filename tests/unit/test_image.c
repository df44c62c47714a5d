/* SPDX-License-Identifier: MIT */
/*
 * The ELF loader on thousands of generated images: a simple model and the loader must agree
 * about each image, and about the memory after it is loaded.
 */
#include "image/image.h"

#include "core/status.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* the loader's is meant */

#include "random.h"

#define RAM       0x10000
#define LOW       0x1000 /* images lie in [LOW, HIGH) */
#define HIGH      0xf000
#define FILE_SIZE 0x8000

static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segments[IMAGE_MAX_SEGMENTS];
    uint8_t bytes[FILE_SIZE];
} file;

static uint8_t ram[RAM], model[RAM];
static char message[512]; /* what fail said */

int fail(enum status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return (int)status;
}

static size_t read_file(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
    if (offset >= source->size)
        return 0;
    if (length > source->size - offset)
        length = source->size - offset;
    memcpy(buffer, (uint8_t *)&file + offset, length);
    return length;
}

/* Makes a segment, mostly at an allowed address. */
static Elf64_Phdr random_segment(void)
{
    Elf64_Phdr segment = {.p_type = PT_LOAD, .p_flags = PF_R | random_below(4)};

    segment.p_paddr = random_below(8) ? LOW + random_below(HIGH - LOW) : random_below(RAM * 2);
    segment.p_memsz = random_below(8) ? random_below(0x800) : random_below(RAM);
    segment.p_filesz = random_below(4) ? random_below(segment.p_memsz + 1) : segment.p_memsz;
    segment.p_offset = offsetof(__typeof__(file), bytes) + random_below(FILE_SIZE / 2);
    if (random_below(16) == 0)
        segment.p_filesz += random_below(FILE_SIZE);
    segment.p_vaddr = segment.p_paddr;
    return segment;
}

static void make_file(unsigned count)
{
    file.header = (Elf64_Ehdr){
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)count,
    };
    for (unsigned i = 0; i < count; i++)
        file.segments[i] = random_segment();
    file.segments[0].p_flags |= PF_X;
    file.header.e_entry = file.segments[0].p_paddr;
    for (size_t i = 0; i < FILE_SIZE; i++)
        file.bytes[i] = (uint8_t)random_below(256);
}

/* Returns whether the image is valid; if so, computes the memory after loading, byte by byte. */
static bool load_model(unsigned count)
{
    static uint8_t taken[RAM * 4];
    bool entry = false;

    memset(taken, 0, sizeof(taken));
    memset(model, 0, sizeof(model));
    for (unsigned i = 0; i < count; i++) {
        const Elf64_Phdr *segment = &file.segments[i];

        if (segment->p_memsz == 0)
            continue;
        if (segment->p_filesz > segment->p_memsz ||
            segment->p_offset + segment->p_filesz > sizeof(file) || segment->p_paddr < LOW ||
            segment->p_paddr + segment->p_memsz > HIGH)
            return false;
        entry |= segment->p_flags & PF_X && file.header.e_entry >= segment->p_paddr &&
                 file.header.e_entry < segment->p_paddr + segment->p_filesz;
        for (uint64_t b = 0; b < segment->p_memsz; b++) {
            if (taken[segment->p_paddr + b]++)
                return false;
            if (b < segment->p_filesz)
                model[segment->p_paddr + b] = ((uint8_t *)&file)[segment->p_offset + b];
        }
    }
    return entry;
}

static void test_generated(void **state)
{
    struct source source = {.name = "generated", .size = sizeof(file), .read = read_file};
    struct memory memory = {gpa(0), RAM, ram};
    unsigned good = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        unsigned count = 1 + random_below(i % 2 ? 3 : IMAGE_MAX_SEGMENTS);
        struct image image;
        bool expected;

        make_file(count);
        expected = load_model(count);
        memset(ram, 0, sizeof(ram));
        message[0] = '\0';
        int status = image_open(&image, &source);
        if (status == 0)
            status = image_load(&image, &memory, gpa(LOW), gpa(HIGH));

        assert_int_equal(status, expected ? 0 : STATUS_IMAGE);
        assert_int_equal(message[0] != '\0', !expected);
        if (!expected)
            continue;
        assert_memory_equal(ram, model, RAM);
        for (size_t s = 1; s < image.segment_count; s++)
            assert_true(image.segments[s - 1].start.value < image.segments[s].start.value);
        good++;
    }
    assert_in_range(good, 1000, 19000); /* both sides of every rule were seen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_generated)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
