/* SPDX-License-Identifier: MIT */
/*
 * Gives the page's debugger random orders, and asks for all that it shows: for sanitizers, which
 * WebAssembly does not have.
 *
 *   page-drive GUEST.elf HARTS SEED ORDERS
 */
#include "core/random.h"
#include "page/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET    5   /* ms */
#define PATIENCE  100 /* budgets for an order */
#define CODE      0x80200000
#define CODE_SIZE 0x4000

/* The exports, as web/vmm.js knows them. */
void *page_allocate(size_t size);
int page_create(uint8_t *image, size_t size, char *args, size_t args_size, char *recording,
                size_t recording_size, double memory, unsigned harts, double seed);
bool page_input(const uint8_t *bytes, size_t size, bool ended);
int page_work(double budget);
void page_run(void);
void page_stop(void);
void page_select(unsigned hart);
void page_go(double position);
void page_go_to_exit(double number);
void page_run_to_exit(const char *filter);
void page_step(bool back);
void page_line(bool back);
void page_back(void);
const char *page_break(int type, double high, double low, double length, bool on);
const char *page_state(unsigned before, unsigned after);
const char *page_memory(double high, double low, unsigned size);
const char *page_walk(double high, double low);
const char *page_map(void);
const char *page_symbol(const char *name);
const char *page_line_address(const char *path, unsigned line);
const char *page_exits(double from, unsigned count, const char *filter);
double page_find_exit(double from, bool back, const char *filter);
double page_count_exits(const char *filter);
double page_exit_of_output(double offset);
double page_exit_before(double position);
double page_position_at(int axis, double value);
const void *page_lanes(int axis, double from, double to, unsigned columns);
const char *page_recording(void);

static uint64_t state;

static unsigned below(uint64_t limit)
{
    return (unsigned)(random_next(&state) % limit);
}

static void order(void)
{
    switch (below(11)) {
    case 0:
        page_run();
        return;
    case 1:
        page_go(below(page.head + 1000));
        return;
    case 2:
        page_go_to_exit(1 + below(page.log.count + 3));
        return;
    case 3:
    case 4:
        page_step(below(2));
        return;
    case 5:
        page_line(below(2));
        return;
    case 6:
        page_back();
        return;
    case 7:
        page_run_to_exit(below(2) ? "" : "console");
        return;
    case 8:
        page_select(below(8));
        return;
    case 9:
        page_break((int)below(2), 0, CODE + below(CODE_SIZE), 1 + below(16), below(3));
        return;
    default:
        page_stop();
    }
}

static void ask(void)
{
    page_state(below(70), below(70));
    page_exits(below(page.log.count + 2), 60, below(2) ? "" : "TIME");
    page_find_exit(below(20), below(2), "HSM");
    page_count_exits("LAB");
    page_exit_of_output(below(100));
    page_exit_before(below(page.head + 1000));
    page_position_at((int)below(2), below(page.head + 1000));
    page_lanes((int)below(2), below(1000), below(100000), 1 + below(1500));
    page_memory(0, CODE + below(100000), 256);
    page_memory(below(UINT32_MAX), below(UINT32_MAX), 64);
    page_walk(below(3) ? 0 : below(UINT32_MAX), below(UINT32_MAX));
    page_map();
    page_symbol("main");
    page_line_address("guests/hello.c", below(20));
    page_recording();
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;

    if (!file || fseek(file, 0, SEEK_END) != 0)
        exit(2);
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = page_allocate(*size);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        exit(2);
    fclose(file);
    return bytes;
}

int main(int argc, char **argv)
{
    static const uint8_t typed[] = "one\ntwo\nhelp\nexit\n";
    static char args[] = "guest.elf", none[] = "";
    size_t size;
    uint8_t *image;

    if (argc != 5)
        return 2;
    image = read_file(argv[1], &size);
    state = strtoull(argv[3], NULL, 10);
    if (page_create(image, size, args, sizeof(args), none, 0, 64 << 20,
                    (unsigned)strtoul(argv[2], NULL, 10), (double)below(100)))
        return 1;
    page_input(typed, sizeof(typed) - 1, below(2));
    for (unsigned long i = strtoul(argv[4], NULL, 10); i > 0; i--) {
        order();
        for (unsigned budget = 0; page_work(BUDGET) == 1 && budget < PATIENCE; budget++)
            continue;
        ask();
    }
    printf("%d %" PRIu64 "\n", page.ended, page.head);
    return 0;
}
