/* SPDX-License-Identifier: MIT */
/* Says which global or which variable on a stack a bad address is near. */
#include "check.h"

#include "../arch.h"

#include <stdio.h>
#include <stdlib.h>

/* As the compilers write it, for each global; compiler-rt calls it __asan_global. */
struct global {
    uintptr_t start, size, size_with_zone;
    const char *name, *module;
    uintptr_t dynamic;
    const struct {
        const char *file;
        int line, column;
    } * at;
    uintptr_t odr;
};

#define FILES_MAX 256 /* files whose globals are told by name */

static struct {
    const struct global *globals;
    size_t count;
} files[FILES_MAX];
static size_t file_count;

void __asan_register_globals(const struct global *globals, size_t count);
void __asan_register_globals(const struct global *globals, size_t count)
{
    for (const struct global *g = globals; g < globals + count; g++) {
        shadow_set(g->start, g->size_with_zone, SHADOW_GLOBAL);
        shadow_set(g->start, g->size, 0);
    }
    if (file_count == FILES_MAX)
        return;
    files[file_count].globals = globals;
    files[file_count++].count = count;
}

void __asan_unregister_globals(const struct global *globals, size_t count);
void __asan_unregister_globals(const struct global *globals, size_t count)
{
    (void)globals, (void)count; /* at the guest's end */
}

/* C++ calls these around the constructors of a file's globals. Their order is not checked. */
void __asan_before_dynamic_init(const char *module);
void __asan_before_dynamic_init(const char *module)
{
    (void)module;
}

void __asan_after_dynamic_init(void);
void __asan_after_dynamic_init(void)
{
}

const char *check_distance(uintptr_t address, uintptr_t start, size_t size, char *words,
                           size_t room)
{
    bool before = address < start;
    size_t bytes = before ? start - address : address - start - size;

    if (!before && address < start + size)
        snprintf(words, room, "in");
    else if (!before && bytes == 0)
        snprintf(words, room, "just past");
    else
        snprintf(words, room, "%zu byte%s %s", bytes, bytes == 1 ? "" : "s",
                 before ? "before" : "past");
    return words;
}

static bool explain_global(uintptr_t address, char *words, size_t size)
{
    char distance[40];

    for (size_t i = 0; i < file_count; i++) {
        const struct global *end = files[i].globals + files[i].count;

        for (const struct global *g = files[i].globals; g < end; g++) {
            if (address - g->start >= g->size_with_zone)
                continue;
            snprintf(words, size, "%s the %zu bytes of the global %s",
                     check_distance(address, g->start, g->size, distance, sizeof(distance)),
                     g->size, g->name);
            return true;
        }
    }
    return false;
}

#define FRAME_MAGIC 0x41b58ab3u
#define FRAME_MAX   65536 /* bytes of shadow to search */

/* Returns the start of the zone below a frame's variables, where the compiler has left their
 * description: magic number, text. Or 0. */
static const uintptr_t *frame_around(uintptr_t address)
{
    const unsigned char *shadow = shadow_of(address), *last = shadow - FRAME_MAX;

    while (shadow > last && *shadow != SHADOW_STACK)
        shadow--;
    address = (address & ~(uintptr_t)7) - (uintptr_t)(shadow_of(address) - shadow) * 8;
    for (; shadow > last && *shadow == SHADOW_STACK; shadow--, address -= 8)
        if ((uint32_t) * (const uintptr_t *)address == FRAME_MAGIC)
            return (const uintptr_t *)address;
    return NULL;
}

/* The text: how many, then for each variable its offset, size, the length of its name, and the
 * name, with ":line". Takes the one that is nearest. */
static void explain_stack(uintptr_t address, const char *state, char *words, size_t size)
{
    const uintptr_t *frame = frame_around(address);
    uintptr_t nearest = UINTPTR_MAX;
    char *text, distance[40];

    snprintf(words, size, "%s on the stack", state);
    if (!frame)
        return;
    text = (char *)frame[1];
    for (long left = strtol(text, &text, 10); left > 0; left--) {
        uintptr_t start = (uintptr_t)frame + strtoul(text, &text, 10);
        size_t bytes = strtoul(text, &text, 10), length = strtoul(text, &text, 10);
        const char *name = text + 1;
        uintptr_t away = address < start ? start - address : address - start - bytes + 1;

        text += 1 + length;
        if (address - start < bytes)
            away = 0;
        if (away >= nearest)
            continue;
        nearest = away;
        for (size_t i = 0; i < length; i++)
            length = name[i] == ':' ? i : length;
        snprintf(words, size, "%s the %zu bytes of %.*s on the stack%s%s",
                 check_distance(address, start, bytes, distance, sizeof(distance)), bytes,
                 (int)length, name, away == 0 ? ", " : "", away == 0 ? state : "");
    }
}

void memory_explain(uintptr_t address, char *words, size_t size)
{
    unsigned char shadow = *shadow_of(address);

    if (shadow < 8) /* the bytes after it say why */
        shadow = shadow_of(address)[1];
    if (shadow == SHADOW_GLOBAL && explain_global(address, words, size))
        return;
    if (shadow == SHADOW_ALLOCA || shadow == SHADOW_ALLOCA + 1)
        snprintf(words, size, "beyond an array of variable size, or memory of alloca");
    else if (shadow == SHADOW_SCOPE)
        explain_stack(address, "after the end of its block", words, size);
    else
        explain_stack(address, "beside a variable", words, size);
}
