/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a recording, and a guest that repeats it: it waits for input, reads it, and sleeps. An
 * input that does not begin as a recording gets the lines that one of this guest begins with.
 */
#include "core/turns.h"
#include "machine.h"
#include "replay/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t code[] = {
    0x084c48b7, /* lui a7, 0x84c4 */
    0x1428889b, /* addiw a7, a7, 0x142 */
    0x00400813, /* addi a6, x0, 4 */
    0x00700513, /* addi a0, x0, 7: input, its end, the timer */
    0x00000073, /* ecall: LAB.wait */
    0x444248b7, /* lui a7, 0x44424 */
    0x34e8889b, /* addiw a7, a7, 0x34e */
    0x00100813, /* addi a6, x0, 1 */
    0x00500513, /* addi a0, x0, 5 */
    0x00010593, /* addi a1, sp, 0 */
    0x00000613, /* addi a2, x0, 0 */
    0x00000073, /* ecall: DBCN.console_read */
    0x00140413, /* addi s0, s0, 1 */
    0x00347293, /* andi t0, s0, 3 */
    0xfc0294e3, /* bne t0, x0, -56 */
    0xc0102573, /* rdtime a0 */
    0x06450513, /* addi a0, a0, 100 */
    0x544958b7, /* lui a7, 0x54495 */
    0xd458889b, /* addiw a7, a7, -699 */
    0x00000813, /* addi a6, x0, 0 */
    0x00000073, /* ecall: TIME.set_timer */
    0x004858b7, /* lui a7, 0x485 */
    0x34d8889b, /* addiw a7, a7, 0x34d */
    0x00300813, /* addi a6, x0, 3 */
    0x00000513, /* addi a0, x0, 0 */
    0x00000073, /* ecall: HSM.hart_suspend */
    0xf99ff06f, /* j -104 */
};

/* Writes the input to a file in memory. Returns its descriptor. */
static int file_of(const uint8_t *data, size_t size)
{
    static const char first[] = "labvisor recording";
    int file = memfd_create("recording", 0);
    FILE *out = file < 0 ? NULL : fdopen(dup(file), "w");

    if (!out)
        abort();
    if (size < sizeof(first) - 1 || memcmp(data, first, sizeof(first) - 1) != 0) {
        char args[] = "guest";
        const struct vm vm = {.image = &machine_image,
                              .memory.size = 1 << 20,
                              .vcpu_count = 2,
                              .args = args,
                              .args_size = sizeof(args)};
        FILE *copy = fdopen(dup(file), "w");

        journal_free(record_begin(&vm, 1, copy)); /* closes it */
        fseek(out, 0, SEEK_END);
    }
    if (size > 0 && fwrite(data, 1, size, out) != size)
        abort();
    fclose(out);
    return file;
}

static void run(struct vm *vm, struct journal *journal)
{
    (void)journal;
    vm_run(vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal *journal = journal_create(NULL);
    struct recording recording = {0};
    int file = file_of(data, size);
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    if (!journal)
        abort();
    if (record_open(&recording, journal, path, &machine_image) == 0)
        machine_run(code, sizeof(code), journal, run);
    free(recording.args);
    journal_free(journal);
    close(file);
    return 0;
}
