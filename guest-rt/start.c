/* SPDX-License-Identifier: MIT */
/* From the first C function to main and exit. */
#include "arch.h"
#include "rt.h"

#include <machine.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv);

/* guest.ld: what each hart has its own copy of, constructors, and destructors. */
extern char tls_image[], tls_image_end[], tls_end[];
extern void (*const init_array[])(void), (*const init_array_end[])(void);
extern void (*const fini_array[])(void), (*const fini_array_end[])(void);

/* entry.S calls this on the first hart. */
_Noreturn void rt_start(void);

extern char _end[]; /* guest.ld: the end of the image */

char *heap_start = _end, *heap_end;

uintptr_t end_of_ram;

uintptr_t ram_end(void)
{
    return end_of_ram;
}

void vm_exit(int status)
{
    sbi_exit((unsigned long)status);
    sbi_system_reset(SRST_TYPE_SHUTDOWN, status ? SRST_REASON_SYSTEM_FAILURE : SRST_REASON_NONE);
    sbi_legacy_shutdown();
    arch_stop();
}

void vm_abort(void)
{
    sbi_trap_exit(LAB_CAUSE_ABORT, (uintptr_t)vm_abort, 0, (uintptr_t)__builtin_frame_address(0),
                  0);
    vm_exit(134); /* as a shell shows SIGABRT */
}

uint64_t vm_exit_count(enum exit_kind kind)
{
    struct sbiret ret = sbi_get_exit_count(kind);

    return ret.error ? 0 : (uint64_t)ret.value;
}

/* Ends a guest whose VMM does not support our calls: it cannot print, but may return a status. */
static void check_abi(void)
{
    uint32_t version = arch_find_vmm();

    if (version >> 16 == LAB_ABI_VERSION >> 16 && version >= LAB_ABI_VERSION)
        return;
    static const char message[] = "this guest was built for another version of the ABI\n";
    console_write(message, sizeof(message) - 1);
    vm_exit(EXIT_FAILURE);
}

/*
 * Puts the command line and argv at the start of the heap, and moves the heap up after them.
 * Returns argc.
 */
static int make_argv(char ***argv)
{
    char *args = heap_start;
    struct sbiret ret = sbi_get_args(LAB_ARGS_MAX, (uintptr_t)args, 0);
    size_t size = ret.error ? arch_get_args(args, LAB_ARGS_MAX) : (size_t)ret.value;
    int argc = 0;

    *argv = (char **)(args + ((size + 15) & ~(size_t)15));
    for (char *arg = args; arg < args + size; arg += strlen(arg) + 1)
        (*argv)[argc++] = arg;
    (*argv)[argc] = NULL;
    heap_start = (char *)(*argv + argc + 1);
    return argc;
}

void tls_start(void)
{
    size_t size = (size_t)(tls_end - tls_image), given = (size_t)(tls_image_end - tls_image);
    char *tls = arch_tls(size);

    memcpy(tls, tls_image, given);
    memset(tls + given, 0, size - given);
}

void run_destructors(void)
{
    for (void (*const *drop)(void) = fini_array_end; drop > fini_array;)
        (*--drop)();
}

void rt_start(void)
{
    char **argv;
    int argc;

    tls_start();
    hart_first();
    heap_end = (char *)(end_of_ram - harts_present * (uintptr_t)LAB_STACK_STRIDE);
    check_abi();
    argc = make_argv(&argv);
    for (void (*const *make)(void) = init_array; make < init_array_end; make++)
        (*make)();
    exit(main(argc, argv));
}
