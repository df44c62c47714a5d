/* SPDX-License-Identifier: MIT */
/*
 * What a guest has that is built with CHECK=1 or CHECK=race: its compiler adds calls that check
 * each access and each operation, and the linker leads calls of malloc, memcpy, spin_lock and their
 * kin through a check (--wrap, check.mk). The first finding ends the guest.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frame.h> /* of check/ARCH */

/* The guest's code that called a function here: the return address, and its frame pointer. */
struct site {
    uintptr_t pc, frame;
};

/* Returns the site of the caller of the function that this stands in. */
#define SITE()                                                                                     \
    ((struct site){(uintptr_t)__builtin_return_address(0),                                         \
                   ((uintptr_t *)__builtin_frame_address(0))[SAVED_FRAME]})

/* Ends the guest with one line about what it did wrong, in the manner of printf, and has the VMM
 * show where. file: the file and its line if the compiler told them; NULL: those of the site.
 * Of several harts that get here, one prints. */
_Noreturn void check_report(struct site site, const char *file, unsigned line, const char *format,
                            ...) __attribute__((format(printf, 4, 5)));

/* Returns the file and the line of a call by its return address, as "file.c:12". */
const char *check_line(uintptr_t pc);

/* A lock for the checks' own data, which spin_lock's check does not know. Interrupts are off while
 * a hart holds it. Returns the argument of check_unlock. */
bool check_lock(void);
void check_unlock(bool irq);

/* race.c, with CHECK=race only: the hart gives what it did before, and takes what others have
 * given, by an object; with the checks' lock in the forms that end in _locked. Notes an atomic
 * access. */
__attribute__((weak)) void race_release(const void *object);
__attribute__((weak)) void race_acquire(const void *object);
void race_release_locked(const volatile void *object);
void race_acquire_locked(const volatile void *object);
void race_note_atomic(const volatile void *start, size_t size, bool write, struct site site);

/* access.c: the shadow byte of each 8 bytes of RAM. 0: all may be accessed; 1 to 7: so many of the
 * first; the others: none, and why. The compiler writes those of the stack and of globals itself.
 */
#define SHADOW_ALLOCA  0xca
#define SHADOW_STACK   0xf1 /* below the first variable; above each are others of this row */
#define SHADOW_SCOPE   0xf8
#define SHADOW_GLOBAL  0xf9
#define SHADOW_REDZONE 0xfa
#define SHADOW_FREED   0xfd

/* Return the shadow byte of an address; sets those of [start, start + size), of which start is a
 * multiple of 8. */
unsigned char *shadow_of(uintptr_t address);
void shadow_set(uintptr_t start, size_t size, unsigned char value);

/* Ends the guest if it may not access one of the bytes. */
void check_access(const void *start, size_t size, bool write, struct site site);

/* Describe a bad address: the words for "4 bytes past what"; return false if it is none of theirs.
 * heap.c: a block; explain.c: a global, a variable on a stack. */
bool heap_explain(uintptr_t address, char *words, size_t size);
void memory_explain(uintptr_t address, char *words, size_t size);

/* Writes how far an address is from [start, start + size): "4 bytes past", "in". Returns words. */
const char *check_distance(uintptr_t address, uintptr_t start, size_t size, char *words,
                           size_t room);

#endif
