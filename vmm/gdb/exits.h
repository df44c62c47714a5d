/* SPDX-License-Identifier: MIT */
/* VM exits as stop points: their log, and the filters that stop the guest. */
#ifndef GDB_EXITS_H
#define GDB_EXITS_H

#include "core/vm.h"
#include "replay/timeline.h"

struct debugger;

#define EXIT_LOG     1024
#define CONDITIONS   4
#define EXIT_FILTERS 16

struct exit_record {
    uint64_t number; /* vm->exit_numbers, from 1; 0: this record is empty */
    unsigned vcpu;
    uint64_t pc;
    bool handled;    /* false: the VMM has not handled the exit yet */
    bool has_result; /* exit has the result, perhaps of the time before the run went back */
    struct vm_exit exit;
};

/* Which exits to stop at. */
struct exit_filter {
    unsigned number;     /* the user's name for it, from 1 */
    bool disabled;       /* it matches nothing */
    uint64_t hits;       /* how often it has matched */
    uint64_t ignored;    /* the next matches that do not stop */
    char text[96];       /* as the user typed it */
    bool any_kind;       /* false: `kind` alone */
    enum exit_kind kind; /* if any_kind is false */
    char name[64];       /* of a call, its extension, or both; "": any call */
    bool has_eid;        /* false: any EID */
    uint64_t eid;
    unsigned condition_count;
    struct condition {
        int field, comparison;
        uint64_t value;
    } conditions[CONDITIONS];
};

/* Where the next resume packet also stops, besides the filters. It is reset at that stop. */
enum exit_stop {
    EXITS_PASS,   /* nowhere */
    EXITS_NEXT,   /* at the next exit that matches `next` */
    EXITS_FINISH, /* when the pending exit of vCPU `finish` has been handled */
    EXITS_BACK,   /* going back: at any exit, or at the one with the number `back_to` */
    EXITS_MARK,   /* going back: at the position of a mark */
};

/* A position with a name. */
#define MARKS_MAX 32
struct mark {
    char name[32];
    position_t position;
};

struct exit_watch {
    struct exit_record log[EXIT_LOG]; /* index: number % EXIT_LOG */
    uint64_t *calls;        /* for each row of hypercall.h's calls: how often it was made */
    struct state_area area; /* of calls */
    struct exit_filter filters[EXIT_FILTERS];
    unsigned filter_count;
    unsigned last_number; /* of a filter */
    enum exit_stop stop;
    struct exit_filter next; /* EXITS_NEXT */
    uint64_t forward_to;     /* EXITS_NEXT: the exit's number; 0: `next` has none */
    unsigned finish;         /* EXITS_FINISH */
    uint64_t back_to;        /* EXITS_BACK: the exit's number; 0: any exit */
    position_t mark;         /* EXITS_MARK */
    bool trace;              /* print each exit in gdb */
};

/* Records a vCPU's exit; and the result when it was handled. exits_record_result returns false if
 * the log has the result already. */
void exits_record(struct debugger *debugger, struct vcpu *vcpu);
bool exits_record_result(struct debugger *debugger, const struct vcpu *vcpu);

/* Brings the records up to date after the run was brought back or ahead, or gdb has changed it:
 * removes those of exits that it will not make again. */
void exits_moved(struct debugger *debugger);

/* Prints a vCPU's last exit in gdb. */
void exits_print(struct debugger *debugger, const struct vcpu *vcpu);

/* Returns the record of a vCPU's last exit, or NULL. */
const struct exit_record *exits_last(const struct debugger *debugger, unsigned vcpu);

/* Returns whether one of the filters matches the exit in vcpu->exit; whether this one does. */
bool exits_match(const struct debugger *debugger, const struct vcpu *vcpu);
bool filter_matches(const struct exit_filter *filter, const struct vcpu *vcpu);

/* Counts the exit in vcpu->exit for each filter that it matches. Returns whether one stops. */
bool exits_hit(struct debugger *debugger, const struct vcpu *vcpu);

/* Parses "NAME [if CONDITION]". Returns NULL, or an error message. */
const char *filter_parse(struct exit_filter *filter, const char *text);

/* Writes "exit #12: DBCN.console_write(...)  at 0x... main+0x4 (hello.c:7)". */
void exits_describe(const struct debugger *debugger, const struct exit_record *record, char *text,
                    size_t size);

#endif
