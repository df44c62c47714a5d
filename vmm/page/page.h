/* SPDX-License-Identifier: MIT */
/*
 * A page's VMM: one guest, a debugger that the page's worker calls, and what it shows. All that is
 * exported is called between two runs of the guest; page_work runs it, for a budget of time.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "core/console.h"
#include "core/hooks.h"
#include "image/image.h"
#include "replay/record.h"
#include "replay/timeline.h"

/* Names a function for the worker (web/vmm.js). */
#if __has_attribute(export_name)
#define EXPORT(name) __attribute__((export_name(#name)))
#else /* a test, which is a program */
#define EXPORT(name)
#endif

/* ---- log.c: what happened, for the timeline and the lists ---- */

#define LOG_CHUNK  UINT64_C(4096)
#define LOG_CHUNKS UINT64_C(256)       /* so a million exits are kept, and later ones counted */
#define TURNS_MAX  (UINT64_C(1) << 20) /* turns of harts that are kept */
#define OUTPUT_MAX (UINT64_C(8) << 20) /* bytes of output that are kept */
#define AUTHORS    (UINT64_C(1) << 17) /* exits whose callers are looked up: that takes time */

/* An exit. Times are in ticks of the guest's clock. */
struct entry {
    uint64_t insns, time;               /* when it was made */
    uint64_t handled_insns, handled_at; /* when the VMM had handled it */
    uint64_t pc, author;                /* author: in the guest author's code; 0: unknown */
    uint64_t args[HYPERCALL_ARGS];      /* of an access: address, value, size, whether a write */
    uint64_t eid, fid;
    int64_t value;
    uint32_t output; /* bytes that the guest had written after it */
    int16_t error;
    uint8_t kind, vcpu;
    bool handled, waited, last; /* last: it has ended the guest, which sees no result */
};

/* A time in which one hart ran. */
struct turn {
    uint64_t insns, end_insns; /* of all harts */
    uint64_t time, end_time;
    unsigned vcpu;
};

struct log {
    struct entry *chunks[LOG_CHUNKS];
    uint64_t count; /* of exits in the chunks; their numbers are 1 to count */
    struct turn *turns;
    uint64_t turn_count, turn_room;
    uint8_t *output;
    uint64_t output_size, output_room, output_total; /* total: also what is not kept */
    char failure[256]; /* of the exit that has ended the guest: why, in words */
};

/* Returns the exit with a number; NULL: it is not known. */
struct entry *log_entry(const struct log *log, uint64_t number);

/* Notes the exit that a vCPU has made, and its result. */
void log_exit(struct log *log, struct vcpu *vcpu);
void log_result(struct log *log, const struct vcpu *vcpu);

/* Notes that a vCPU is entered, and that it has come back. */
void log_entry_to(struct log *log, struct vcpu *vcpu);
void log_return(struct log *log, struct vcpu *vcpu);

void log_output(struct log *log, const void *bytes, size_t size);

/* Returns the number of the last exit that was made before a position; 0: none is known. */
uint64_t log_before(const struct log *log, position_t position);

/* ---- page.c: the run ---- */

enum goal {
    GOAL_NONE,
    GOAL_RUN,       /* to the end, or to a breakpoint */
    GOAL_ARRIVE,    /* to what timeline->rewind is to reach */
    GOAL_EXIT,      /* to the next exit that the filter takes */
    GOAL_LINE,      /* to the next line of the author's */
    GOAL_LINE_SEEK, /* back to the last line: goes through a part of the run, instruction by
                       instruction */
};

#define INPUT_MAX (1u << 20) /* bytes of input that wait for the guest */

struct page {
    struct hooks hooks;
    struct console console;
    struct vm vm;
    struct source source;
    struct image image;
    struct journal *journal;
    struct recording recording;
    struct timeline *timeline;
    struct rewind_client client;
    struct log log;
    FILE *record;
    char *recorded; /* what `record` has received */
    size_t recorded_size;
    bool record_ended;
    bool replayed; /* the input is that of a recording */

    uint8_t *input; /* what the user has typed, and the guest has not read */
    size_t input_size;
    bool input_ended;

    enum goal goal;
    bool asleep;          /* the guest waits for input */
    uint64_t asleep_from; /* host time since which it does; 0: it does not */
    uint64_t deadline;    /* host time at which page_work returns */
    bool asked[VCPU_MAX]; /* the exit was shown: now it is to be handled */
    uint64_t random;      /* vm->random and vm->turn before the run loop chose a vCPU */
    unsigned turn;
    unsigned selected; /* the hart that steps */
    uint64_t head;     /* the farthest position */
    bool ended;        /* the guest has ended, at the head */
    int status;
    const char *why; /* why the run has stopped last, for the page: a word */

    char filter[64]; /* GOAL_EXIT: a call's name, or a part of it; "": each exit */
    struct breakpoint breakpoints[BREAKPOINTS_MAX];
    unsigned breakpoint_count;
    uint64_t written_start,
        written_size; /* what the VMM has written for an exit; size 0: nothing */

    uint64_t line_file, line;       /* GOAL_LINE: where it began */
    uint64_t line_sp, line_entered; /* line_entered: the function that it had just entered, or 0 */
    position_t seek_end, seek_found, seek_window; /* GOAL_LINE_SEEK */
};

extern struct page page;

/* Returns a vCPU's clock in ticks. */
uint64_t page_time(struct vcpu *vcpu);

/* ---- steps.c ---- */

/* Begins to go to the next line of the author's in the selected hart, or to the last one. */
void steps_line(bool back);

/* A vCPU has made a step for one of these goals. */
void steps_stepped(struct vcpu *vcpu);

/* Called between two VM entries: ends a part of the run in which steps were made. */
void steps_check(void);

/* ---- text.c: what the worker reads ---- */

/* Begins a text, which is JSON, and ends it. Returns it; it is there until the next one begins. */
FILE *text_begin(void);
const char *text_end(void);

/* Writes a string with its quotes. */
void text_string(FILE *out, const char *text);

/* Writes where an address is: an object with function, file, line and whose code it is. */
void text_place(FILE *out, uint64_t pc);

/* Writes the description of an exit as a string. */
void text_exit(FILE *out, const struct entry *entry);

#endif
