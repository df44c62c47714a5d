/* SPDX-License-Identifier: MIT */
/*
 * C++ without its library: what the compiler calls for static objects, thread_local ones, new and
 * delete, virtual functions, and their order. It includes every header, as C++ must be able to.
 */
#include <assert.h>
#include <call.h>
#include <ctype.h>
#include <errno.h>
#include <guest.h>
#include <inttypes.h>
#include <limits.h>
#include <new>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

static_assert(sizeof(std::size_t) == sizeof(size_t), "one size");

/* ---- Static objects: made in the file's order, destroyed in the other one ---- */

struct named {
    const char *name;

    explicit named(const char *given) : name(given)
    {
        printf("+%s\n", name);
    }
    ~named()
    {
        printf("-%s\n", name);
    }
};

static named first("first"), second("second");

static named &of_function()
{
    static named object("of_function");

    return object;
}

/* ---- Virtual functions ---- */

struct shape {
    virtual ~shape() = default;
    virtual int area() const = 0;
};

struct square : shape {
    int side;

    explicit square(int given) : side(given)
    {
    }
    int area() const override
    {
        return side * side;
    }
};

struct rectangle : square {
    int other;

    rectangle(int a, int b) : square(a), other(b)
    {
    }
    int area() const override
    {
        return side * other;
    }
};

/* The compiler cannot know which it is. */
static shape *make(int kind)
{
    if (kind == 1)
        return new square(7);
    return new rectangle(3, 5);
}

/* ---- new and delete ---- */

struct alignas(256) wide {
    char bytes[300];
};

struct alignas(4096) large {
    char bytes[8 << 20];
};

static int alive;

struct counted {
    int number;

    counted() : number(alive++)
    {
    }
    ~counted()
    {
        alive--;
    }
};

static void test_new(int argc)
{
    shape *shapes[] = {make(argc), make(argc + 1)};

    CHECK_EQ(shapes[0]->area(), 49);
    CHECK_EQ(shapes[1]->area(), 15);
    for (shape *one : shapes)
        delete one;

    wide *aligned = new wide, *several = new wide[3];
    CHECK_EQ(reinterpret_cast<uintptr_t>(aligned) % 256, 0);
    CHECK_EQ(reinterpret_cast<uintptr_t>(several) % 256, 0);
    memset(several, 1, sizeof(wide) * 3);
    delete aligned;
    delete[] several;

    counted *array = new counted[5];
    CHECK_EQ(array[4].number, 4);
    CHECK_EQ(alive, 5);
    delete[] array;
    CHECK_EQ(alive, 0);

    alignas(counted) char room[sizeof(counted)];
    counted *placed = new (room) counted;
    CHECK_EQ(reinterpret_cast<char *>(placed) - room, 0);
    placed->~counted();

    size_t too_much = SIZE_MAX / 4;
    /* volatile: gcc 16 leaves out an allocation that nobody uses, and takes it for a success. */
    char *volatile no_chars = new (std::nothrow) char[too_much];
    CHECK(!no_chars);
    wide *volatile no_wide = new (std::nothrow) wide[too_much / sizeof(wide)];
    CHECK(!no_wide);
    int *fits = new (std::nothrow) int(9);
    CHECK_EQ(*fits, 9);
    delete fits;
    for (int i = 0; i < 100; i++) { /* nothing is lost, or the heap would end */
        large *volatile one = new large;
        delete one;
    }
}

/* ---- Harts: one makes a static object of a function; each has its own thread_local ones ---- */

static unsigned made, thread_objects_made, thread_objects_destroyed;

struct slow {
    unsigned value;

    slow()
    {
        sleep_ns(2 * NS_PER_MS);
        value = __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);
    }
};

struct of_hart {
    unsigned owner;

    of_hart() : owner(hart_id())
    {
        __atomic_add_fetch(&thread_objects_made, 1, __ATOMIC_SEQ_CST);
    }
    ~of_hart()
    {
        if (owner == hart_id())
            __atomic_add_fetch(&thread_objects_destroyed, 1, __ATOMIC_SEQ_CST);
    }
};

static thread_local of_hart own;
static thread_local unsigned plain = 5;
static barrier together;

static void use(void *)
{
    barrier_wait(&together);
    static slow object;

    CHECK_EQ(object.value, 1);
    CHECK_EQ(own.owner, hart_id());
    CHECK_EQ(plain, 5);
    plain = hart_id();
}

static void run_harts()
{
    together.count = hart_count();
    for (unsigned id = 1; id < hart_count(); id++)
        CHECK_EQ(hart_start(id, use, nullptr), 0);
    use(nullptr);
    for (unsigned id = 1; id < hart_count(); id++)
        hart_join(id);
}

static void test_harts()
{
    static slow after_all = (run_harts(), slow()); /* while it is made, others are */

    CHECK_EQ(made, 2);
    CHECK_EQ(after_all.value, 2);
    CHECK_EQ(thread_objects_made, hart_count());
    CHECK_EQ(thread_objects_destroyed, hart_count() - 1); /* that of main's hart at the end */
}

/* ---- C from C++ ---- */

static bool skip_trap(trap *)
{
    return false;
}

static int compare(const void *a, const void *b)
{
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

static void test_c()
{
    int numbers[] = {3, 1, 2}, (*is)(int) = isdigit;
    jmp_buf back;

    qsort(numbers, 3, sizeof(int), compare);
    CHECK_EQ(numbers[0] * 100 + numbers[1] * 10 + numbers[2], 123);
    CHECK(is('7') && !is('a') && isalpha('a') && toupper('x') == 'X');
    CHECK(!trap_set_handler(TRAP_BREAKPOINT, skip_trap));
    CHECK_EQ(sbi_probe_extension(EID_DBCN).error, 0);
    errno = 0;
    CHECK_EQ(strtol("99999999999999999999", nullptr, 10), LONG_MAX);
    CHECK_EQ(errno, ERANGE);
    if (setjmp(back) == 0)
        longjmp(back, 1);
    assert(clock() != static_cast<clock_t>(-1));
}

/* ---- More static objects than atexit has room for ---- */

template <int n> static void make_many()
{
    static counted object;

    if constexpr (n > 0)
        make_many<n - 1>();
}

struct last {
    ~last()
    {
        CHECK_EQ(alive, 0);
    }
};

static last destroyed_after_them;

static void bye()
{
    printf("bye\n");
}

int main(int argc, char **)
{
    CHECK_EQ(atexit(bye), 0);
    of_function();
    test_new(argc);
    test_harts();
    test_c();
    make_many<100>();
    CHECK_EQ(alive, 101);
    printf("%u harts\n", hart_count());
} /* returns 0, as in C++ with an operating system */
