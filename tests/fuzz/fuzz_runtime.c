/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: the guest runtime on the host. Bytes choose directives, which the runtime's printf and
 * the host's have to format alike; and calls of the allocator, whose blocks have to lie in the
 * heap, apart from each other, with their bytes kept. At the end all is freed, and the heap is
 * whole.
 *
 * The input is one struct step after the other.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE  512
#define BLOCKS 16
#define FLOATS "aeEfFgG"

struct step {
    uint8_t what, flags, width, precision, length, size;
    uint16_t bytes;
    uint64_t value;
};

struct piece {
    uint8_t *at;
    size_t size;
    uint8_t fill;
};

struct rt_lock;

static char heap[1 << 16] __attribute__((aligned(16)));
char *heap_start = heap + 1, *heap_end = heap + sizeof(heap) - 3; /* on purpose not aligned */
__thread int rt_errno;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void *rt_malloc(size_t size);
void *rt_calloc(size_t count, size_t size);
void *rt_realloc(void *p, size_t size);
void *rt_aligned_alloc(size_t alignment, size_t size);
void rt_free(void *p);
int rt_snprintf(char *buf, size_t size, const char *fmt, ...);

/* ---- What the runtime needs ---- */

bool rt_lock(struct rt_lock *lock);
void rt_unlock(struct rt_lock *lock, bool on);
_Noreturn void die(const char *message);

bool rt_lock(struct rt_lock *lock)
{
    (void)lock;
    return true;
}

void rt_unlock(struct rt_lock *lock, bool on)
{
    (void)lock, (void)on;
}

/* The allocator has found a damaged heap. */
void die(const char *message)
{
    (void)message;
    abort();
}

/* ---- printf ---- */

/* Returns a directive that the standard defines. *conversion receives its letter. */
static const char *directive(const struct step *step, char *conversion)
{
    static const char *const lengths[] = {"", "hh", "h", "l", "ll", "j", "z", "t"};
    static const char letters[] = "diuoxXscp" FLOATS;
    static char format[32];
    const char letter = letters[step->what / 2 % (sizeof(letters) - 1)];
    const bool is_integer = strchr("diuoxX", letter), is_float = strchr(FLOATS, letter);
    char *at = format;

    *at++ = '%';
    if (step->flags & 1)
        *at++ = '-';
    if (step->flags & 2 && (is_integer || is_float))
        *at++ = '0';
    if (step->flags & 4 && (strchr("di", letter) || is_float))
        *at++ = '+';
    if (step->flags & 8 && (strchr("di", letter) || is_float))
        *at++ = ' ';
    if (step->flags & 16 && (strchr("oxX", letter) || is_float))
        *at++ = '#';
    if (step->width & 1)
        at += sprintf(at, "%u", 1 + step->width / 2u);
    if (step->precision & 1 && !strchr("cpa", letter)) /* %.Na: each library rounds in its way */
        at += sprintf(at, ".%u", step->precision / 2u);
    if (is_integer)
        at = stpcpy(at, lengths[step->length % 8]);
    *at++ = letter;
    *at = '\0';
    *conversion = letter;
    return format;
}

#define BOTH(value)                                                                                \
    (wanted = snprintf(want, size, format, value), got = rt_snprintf(have, size, format, value))

static void print(const struct step *step)
{
    char want[SPACE], have[SPACE], conversion, text[9] = "";
    const char *format = directive(step, &conversion);
    const size_t size = step->size & 1 ? SPACE : step->size / 2;
    int wanted, got;
    double number;

    memset(want, '~', SPACE);
    memset(have, '~', SPACE);
    memcpy(text, &step->value, 8);
    memcpy(&number, &step->value, 8);
    if (conversion == 's')
        BOTH(text);
    else if (strchr(FLOATS, conversion))
        BOTH(number);
    else
        BOTH(step->value);
    if (wanted != got || memcmp(want, have, SPACE) != 0)
        abort();
}

/* ---- malloc ---- */

static void check(const struct piece *piece)
{
    for (size_t i = 0; i < piece->size; i++)
        if (piece->at[i] != piece->fill)
            abort();
}

static void put(struct piece *pieces, struct piece *piece, uint8_t *at, size_t size, uint8_t fill)
{
    *piece = (struct piece){at, at ? size : 0, fill};
    if (!at)
        return;
    if ((uintptr_t)at % 16 || (char *)at < heap_start || (char *)at + size > heap_end)
        abort();
    memset(at, fill, size);
    for (unsigned i = 0; i < BLOCKS; i++) /* a block over another one has changed it */
        check(&pieces[i]);
}

static void allocate(struct piece *pieces, const struct step *step)
{
    struct piece *piece = &pieces[step->flags % BLOCKS];
    size_t size = step->length & 1 ? step->bytes : step->bytes % 600, kept;
    const size_t alignment = (size_t)16 << step->width % 9;
    uint8_t *at;

    check(piece);
    if (step->what / 2 % 4 == 0) {
        at = rt_realloc(piece->at, size + 1);
        kept = piece->size < size + 1 ? piece->size : size + 1;
        if (!at)
            return;
        check(&(struct piece){at, kept, piece->fill});
        put(pieces, piece, at, size + 1, step->size);
        return;
    }
    rt_free(piece->at);
    *piece = (struct piece){0};
    if (step->what / 2 % 4 == 1) {
        put(pieces, piece, rt_malloc(size), size, step->size);
    } else if (step->what / 2 % 4 == 2) {
        at = rt_calloc(size, 1 + step->width % 3);
        if (at)
            check(&(struct piece){at, size * (1 + step->width % 3), 0});
        put(pieces, piece, at, size * (1 + step->width % 3), step->size);
    } else if (step->precision & 1) {
        size = (size + alignment - 1) / alignment * alignment;
        at = rt_aligned_alloc(alignment, size);
        if ((uintptr_t)at % alignment)
            abort();
        put(pieces, piece, at, size, step->size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct piece pieces[BLOCKS] = {0};
    struct step step;
    void *whole;

    for (; size >= sizeof(step); data += sizeof(step), size -= sizeof(step)) {
        memcpy(&step, data, sizeof(step));
        if (step.what & 1)
            print(&step);
        else
            allocate(pieces, &step);
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        check(&pieces[i]);
        rt_free(pieces[i].at);
    }
    whole = rt_malloc(sizeof(heap) - 64);
    if (!whole)
        abort();
    rt_free(whole);
    return 0;
}
