/* SPDX-License-Identifier: MIT */
/*
 * The grader's part of a guest (seal.py, memory.py). The grader writes the function drawn and the
 * block into the linked image: new ones for each run, and after the VMM has been compiled. The
 * guest's arguments are readable, and its marks are right, only where this code was executed. The
 * grader reads the marks from the guest's memory.
 *
 * It is linked after the check's own file and before the student's: a text counts, and the guest
 * ends, only if the check's own code says so.
 */
#include <guest.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ARGS_SIZE = 4096, ARGS_MAX = 128, TEXT_MAX = 1024 };
enum { MARK_START = 1 << 30, MARK_SAID = 1 << 29, MARK_END = 1 << 28 };

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);
int __wrap_printf(const char *format, ...);
size_t __real_fwrite(const void *data, size_t size, size_t count, FILE *f);
size_t __wrap_fwrite(const void *data, size_t size, size_t count, FILE *f);
_Noreturn void __real_vm_exit(int status);
_Noreturn void __wrap_vm_exit(int status);
void check_start(void); /* seal_start.S */
uint64_t drawn(uint64_t x);

/* For a check's own code: a number that the guest has seen counts, too, and is not printed. */
void check_saw(unsigned long number);

static volatile struct {
    char magic[16];
    uint64_t start, said; /* the marks */
    uint64_t args_size;   /* bytes; 0: the VMM has the arguments */
    uint64_t args[ARGS_SIZE / 8];
} block = {.magic = {'l', 'a', 'b', 'v', 'i', 's', 'o', 'r', ' ', 'b', 'l', 'o', 'c', 'k', ' ', 1}};

static uint64_t words = 0xcbf29ce484222325;
static bool main_has_returned;

/* Its instructions may change a0 and t0 only. */
__asm__(".section .text.drawn, \"ax\"\n"
        ".option push\n"
        ".option norvc\n"
        ".balign 16\n"
        ".ascii \"labvisor drawn \\001\"\n"
        ".type drawn, @function\n"
        "drawn:\n"
        ".rept 128\n"
        "addi zero, zero, 0\n"
        ".endr\n"
        "jalr zero, 0(ra)\n"
        ".size drawn, . - drawn\n"
        ".option pop\n"
        ".previous\n");

/* Returns whether the check's own file has this code, not a student's. */
static bool is_the_checks(const void *code)
{
    return (uintptr_t)code > (uintptr_t)check_start && (uintptr_t)code < (uintptr_t)drawn;
}

static void add(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        words = (words ^ (unsigned char)text[i]) * 0x100000001b3;
    block.said = drawn(words + MARK_SAID);
}

void check_saw(unsigned long number)
{
    add(&"0123456789"[number % 10], 1);
}

int __wrap_main(int argc, char **argv)
{
    static uint64_t text[ARGS_SIZE / 8];
    static char *args[ARGS_MAX + 1];
    const char *start = (const char *)text;
    int status;

    block.start = drawn(MARK_START);
    add("", 0);
    for (unsigned i = 0; i * 8 < block.args_size; i++)
        text[i] = block.args[i] ^ drawn(i);
    args[0] = argv[0];
    if (block.args_size)
        for (argc = 1; argc < ARGS_MAX && start < (const char *)text + block.args_size; argc++) {
            args[argc] = (char *)start;
            start += strlen(start) + 1;
        }
    status = __real_main(argc, block.args_size ? args : argv);
    main_has_returned = true;
    return status;
}

int __wrap_printf(const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    int length;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (is_the_checks(__builtin_return_address(0)))
        add(text, strlen(text));
    va_start(args, format);
    length = vprintf(format, args);
    va_end(args);
    return length;
}

size_t __wrap_fwrite(const void *data, size_t size, size_t count, FILE *f)
{
    if (is_the_checks(__builtin_return_address(0)))
        add(data, size * count);
    return __real_fwrite(data, size, count, f);
}

void __wrap_vm_exit(int status)
{
    if (main_has_returned || is_the_checks(__builtin_return_address(0)))
        block.said = drawn(words + MARK_END + (unsigned)status);
    __real_vm_exit(status);
}
