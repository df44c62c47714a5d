/* SPDX-License-Identifier: MIT */
/*
 * -fsanitize=thread: finds two accesses of different harts to the same bytes, one of them a write,
 * that nothing orders. Each hart has a clock for each hart: how much of that one's work came
 * before. A lock carries these clocks from the hart that gives it to the one that takes it; so do
 * barriers, atomic operations, hart_start and its kin. An access is ordered after another if its
 * hart knows the other one's time (vector clocks: Fidge 1988; FastTrack: Flanagan and Freund,
 * 2009).
 *
 * The memory is bounded: old accesses make room for new ones, so that a race may be missed.
 */
#include "check.h"

#include <guest.h>
#include <machine.h>

struct clock {
    uint32_t time[LAB_HARTS_MAX];
};

struct access {
    uintptr_t pc;
    uint32_t time;       /* of its hart; 0: none */
    uint8_t hart, bytes; /* bytes: a bit for each of the 8 */
    bool write, atomic;
};

#define REMEMBERED 4
#define CELLS      32768u
#define SYNCS      1024u

/* The last accesses to 8 bytes. */
static struct cell {
    uintptr_t address;
    struct access accesses[REMEMBERED];
    unsigned next;
} cells[CELLS];

/* What a lock, or something like it, carries. If there are too many, the others share the first. */
static struct sync {
    const volatile void *object;
    struct clock clock;
} syncs[SYNCS];

static struct clock clocks[LAB_HARTS_MAX];

__attribute__((constructor)) static void start(void)
{
    for (unsigned i = 0; i < LAB_HARTS_MAX; i++)
        clocks[i].time[i] = 1;
}

static void merge(struct clock *to, const struct clock *from)
{
    for (unsigned i = 0; i < hart_count(); i++)
        if (to->time[i] < from->time[i])
            to->time[i] = from->time[i];
}

static struct clock *sync_of(const volatile void *object)
{
    size_t first = ((uintptr_t)object >> 3) % SYNCS;

    for (size_t n = 0; n < SYNCS; n++) {
        struct sync *sync = &syncs[(first + n) % SYNCS];

        if (!sync->object)
            sync->object = object;
        if (sync->object == object)
            return &sync->clock;
    }
    return &syncs[0].clock;
}

void race_acquire_locked(const volatile void *object)
{
    merge(&clocks[hart_id()], sync_of(object));
}

void race_release_locked(const volatile void *object)
{
    unsigned hart = hart_id();

    merge(sync_of(object), &clocks[hart]);
    clocks[hart].time[hart]++;
}

void race_acquire(const void *object)
{
    bool irq = check_lock();

    race_acquire_locked(object);
    check_unlock(irq);
}

void race_release(const void *object)
{
    bool irq = check_lock();

    race_release_locked(object);
    check_unlock(irq);
}

static const char *verb(const struct access *a)
{
    return a->write ? "write" : "read";
}

static bool is_race(const struct access *a, const struct access *b)
{
    return a->time && a->hart != b->hart && a->bytes & b->bytes && (a->write || b->write) &&
           !(a->atomic && b->atomic) && a->time > clocks[b->hart].time[a->hart];
}

/* Returns whether b says all that a does. */
static bool replaces(const struct access *b, const struct access *a)
{
    return a->hart == b->hart && !(a->bytes & ~b->bytes) && b->write >= a->write &&
           b->atomic <= a->atomic;
}

static void remember(uintptr_t address, const struct access *now, struct site site)
{
    struct cell *cell = &cells[(address >> 3) % CELLS];
    struct access *place = NULL;

    if (cell->address != address)
        *cell = (struct cell){.address = address};
    for (struct access *a = cell->accesses; a < cell->accesses + REMEMBERED; a++) {
        if (is_race(a, now))
            check_report(site, NULL, 0,
                         "data race at 0x%lx: %s by hart %u, and %s by hart %u at %s: nothing "
                         "orders the two",
                         address + (unsigned)__builtin_ctz(a->bytes & now->bytes), verb(now),
                         now->hart, verb(a), a->hart, check_line(a->pc));
        if (!a->time || replaces(now, a))
            place = a;
    }
    if (!place)
        place = &cell->accesses[cell->next++ % REMEMBERED];
    *place = *now;
}

/* Checks and remembers an access. Call it with the checks' lock. */
static void note(const volatile void *start, size_t size, bool write, bool atomic, struct site site)
{
    unsigned hart = hart_id();
    uintptr_t end = (uintptr_t)start + size;

    for (uintptr_t at = (uintptr_t)start; at < end; at = (at & ~(uintptr_t)7) + 8) {
        unsigned first = at % 8, left = end - at < 8 - first ? (unsigned)(end - at) : 8 - first;
        struct access now = {
            .pc = site.pc,
            .time = clocks[hart].time[hart],
            .hart = (uint8_t)hart,
            .bytes = (uint8_t)(((1u << left) - 1) << first),
            .write = write,
            .atomic = atomic,
        };

        remember(at & ~(uintptr_t)7, &now, site);
    }
}

static void plain(const volatile void *start, size_t size, bool write, struct site site)
{
    bool irq = check_lock();

    note(start, size, write, false, site);
    check_unlock(irq);
}

void race_note_atomic(const volatile void *start, size_t size, bool write, struct site site)
{
    note(start, size, write, true, site);
}

#define ACCESS(name, size, write)                                                                  \
    void __tsan_##name(const void *start);                                                         \
    void __tsan_##name(const void *start)                                                          \
    {                                                                                              \
        plain(start, size, write, SITE());                                                         \
    }
#define ACCESSES(size)                                                                             \
    ACCESS(read##size, size, false)                                                                \
    ACCESS(write##size, size, true)                                                                \
    ACCESS(unaligned_read##size, size, false)                                                      \
    ACCESS(unaligned_write##size, size, true)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __tsan_read_range(const void *start, size_t size);
void __tsan_read_range(const void *start, size_t size)
{
    plain(start, size, false, SITE());
}

void __tsan_write_range(const void *start, size_t size);
void __tsan_write_range(const void *start, size_t size)
{
    plain(start, size, true, SITE());
}

/* C++: an object's table of virtual functions. */
void __tsan_vptr_update(void **table, void *value);
void __tsan_vptr_update(void **table, void *value)
{
    if (*table != value)
        plain(table, sizeof(*table), true, SITE());
}

void __tsan_vptr_read(void **table);
void __tsan_vptr_read(void **table)
{
    plain(table, sizeof(*table), false, SITE());
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
    (void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

/* ---- What orders accesses ---- */

struct start {
    void (*function)(void *);
    void *argument;
    char begins, ends; /* their addresses stand for these events */
};
static struct start starts[LAB_HARTS_MAX];

static void run(void *argument)
{
    struct start *start = argument;

    race_acquire(&start->begins);
    start->function(start->argument);
    race_release(&start->ends);
}

int __real_hart_start(unsigned id, void (*function)(void *), void *argument);
int __wrap_hart_start(unsigned id, void (*function)(void *), void *argument);
int __wrap_hart_start(unsigned id, void (*function)(void *), void *argument)
{
    if (id >= hart_count() || id == hart_id())
        return __real_hart_start(id, function, argument);
    race_acquire(&starts[id].ends); /* hart_start waits for that */
    starts[id].function = function;
    starts[id].argument = argument;
    race_release(&starts[id].begins);
    return __real_hart_start(id, run, &starts[id]);
}

int __real_hart_join(unsigned id);
int __wrap_hart_join(unsigned id);
/* A hart that has ended has given all, also what destructors did after `run`. */
int __wrap_hart_join(unsigned id)
{
    int error = __real_hart_join(id);
    bool irq;

    if (error)
        return error;
    irq = check_lock();
    merge(&clocks[hart_id()], &clocks[id]);
    clocks[id].time[id]++;
    check_unlock(irq);
    return 0;
}

void __real_barrier_wait(struct barrier *barrier);
void __wrap_barrier_wait(struct barrier *barrier);
void __wrap_barrier_wait(struct barrier *barrier)
{
    race_release(barrier);
    __real_barrier_wait(barrier);
    race_acquire(barrier);
}

static void (*ipi_handler)(void);

static void handle_ipi(void)
{
    race_acquire(&ipi_handler);
    ipi_handler();
}

void __real_ipi_set_handler(void (*handler)(void));
void __wrap_ipi_set_handler(void (*handler)(void));
void __wrap_ipi_set_handler(void (*handler)(void))
{
    ipi_handler = handler;
    __real_ipi_set_handler(handler ? handle_ipi : NULL);
}

void __real_ipi_send(unsigned id);
void __wrap_ipi_send(unsigned id);
void __wrap_ipi_send(unsigned id)
{
    race_release(&ipi_handler);
    __real_ipi_send(id);
}
