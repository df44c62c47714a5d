/*
 * What the files of the stub share. The protocol: gdb manual, appendix "GDB Remote Serial
 * Protocol"; packets are named here as they are there.
 */
#ifndef GDB_GDB_H
#define GDB_GDB_H

#include "core/debug.h"
#include "core/hooks.h"
#include "core/vm.h"
#include "debugger.h"
#include "replay/timeline.h"

#include <stdio.h>

#define KILLED 137 /* the status then: as a shell shows it of a process that SIGKILL has ended */

/* gdb's numbers of signals, which are not the host's. */
enum gdb_signal {
    GDB_SIGNAL_0 = 0,
    GDB_SIGNAL_INT = 2,
    GDB_SIGNAL_TRAP = 5,
    GDB_SIGNAL_SEGV = 11,
    GDB_SIGNAL_XCPU = 24,
};

/* ---- link.c: packets on a connection ---- */

#define PACKET_MAX 16384 /* bytes between $ and #, as they travel */

struct link {
    int listener; /* handles of platform.h */
    int client;   /* -1: nobody is there */
    bool no_ack;  /* QStartNoAckMode */
    bool again;   /* the packet is to be read once more */
    size_t count; /* bytes received and not looked at */
    char in[2 * PACKET_MAX];
    size_t size; /* of the packet */
    char packet[PACKET_MAX + 1];
};

enum link_event { LINK_NOTHING, LINK_PACKET, LINK_INTERRUPT, LINK_GONE };

/* Takes what has come. LINK_PACKET: link->packet is one, unescaped, with a NUL behind it. */
enum link_event link_read(struct link *link);
/* Sends a packet, or a console message of any length (the packet O). */
void link_send(struct link *link, const char *text, size_t size);
void link_print(struct link *link, const char *text);

/* ---- packet text ---- */

/* Each reads from *at, and leaves it behind that. hex: false if no digit is there. */
bool take_hex(const char **at, uint64_t *number);
bool take_char(const char **at, char c);
bool take_word(const char **at, const char *word);
/* Two digits a byte. Returns false if there are not so many. */
bool take_bytes(const char **at, uint8_t *bytes, size_t size);
/* START,SIZE */
bool take_range(const char **at, uint64_t *start, uint64_t *size);
char *put_bytes(char *out, const uint8_t *bytes, size_t size);

/* ---- exits.c: exits as things to stop at ---- */

#define EXIT_LOG     1024
#define CONDITIONS   4
#define EXIT_FILTERS 16

struct exit_record {
    uint64_t number; /* from 1; 0: none */
    unsigned vcpu;
    uint64_t pc;
    bool handled;
    struct vm_exit exit;
};

struct exit_filter {
    char text[96]; /* as it was asked for */
    bool any_kind;
    enum exit_kind kind;
    char name[64]; /* of a call, its extension, or both; "": any */
    bool has_eid;
    uint64_t eid;
    unsigned condition_count;
    struct condition {
        int field, comparison;
        uint64_t value;
    } conditions[CONDITIONS];
};

/* What an exit is made to stop for, besides the filters: once. */
enum exit_stop { EXITS_PASS, EXITS_NEXT, EXITS_FINISH };

struct exit_watch {
    struct exit_record log[EXIT_LOG]; /* by number */
    uint64_t *calls;                  /* how often each of hypercall.h's calls was made */
    struct exit_filter filters[EXIT_FILTERS];
    unsigned filter_count;
    enum exit_stop stop;
    struct exit_filter next; /* EXITS_NEXT: which */
    unsigned finish;         /* EXITS_FINISH: of which vCPU */
    bool trace;
};

struct debugger;

/* Takes note of it, and of its result. Returns false if the result is known already. */
void exits_record(struct debugger *debugger, struct vcpu *vcpu);
bool exits_record_result(struct debugger *debugger, const struct vcpu *vcpu);
/* Forgets what has not happened yet. */
void exits_forget_future(struct debugger *debugger);
/* Tells gdb about a vCPU's last exit. */
void exits_tell(struct debugger *debugger, const struct vcpu *vcpu);
/* The last exit of a vCPU, or NULL. */
const struct exit_record *exits_last(const struct debugger *debugger, unsigned vcpu);
/* Whether it is one to stop at; by a filter. */
bool exits_match(const struct debugger *debugger, const struct vcpu *vcpu);
bool filter_matches(const struct exit_filter *filter, const struct vcpu *vcpu);
/* Reads "NAME [if CONDITION]". Returns NULL, or what is wrong with it. */
const char *filter_parse(struct exit_filter *filter, const char *text);
/* "exit #12: DBCN.console_write(...)  at 0x... main+0x4 (hello.c:7)" */
void exits_describe(const struct debugger *debugger, const struct exit_record *record, char *text,
                    size_t size);

/* ---- reverse.c: the way back ---- */

/* Begins to go back, by one instruction or to the last stop point; only_exits: to the last exit.
 * Returns false after an error to gdb: there is no way back. */
bool reverse_begin(struct debugger *debugger, bool step, bool only_exits);
bool reverse_is_active(const struct debugger *debugger);
/* The guest stays where it is. */
void reverse_cancel(struct debugger *debugger);

/* ---- The debugger ---- */

enum action { ACTION_HOLD, ACTION_RUN, ACTION_STEP };

/* What gdb has ordered a vCPU to do: with ACTION_STEP, until it leaves [start, end). */
struct order {
    enum action action;
    uint64_t start, end;
};

/* A step that an interrupt has come between: its handler runs, up to where it came from. */
struct detour {
    bool active;
    struct breakpoint end;
    uint64_t sp, tables; /* before it: the stack pointer, and where the page tables begin */
};

struct debugger {
    struct vm *vm;
    struct hooks hooks;
    struct timeline *timeline; /* NULL: there is no way back */
    const struct debug_ops *ops;
    const struct target *target;
    const char *where;
    char name[128];
    struct link link;
    _Atomic bool attention; /* something may have come */
    bool announced;         /* stderr has said where the guest waits for gdb */
    bool attached;          /* gdb is there, and has not left the guest to itself */
    bool running;           /* gdb waits for the next stop */
    bool looked;            /* the guest has died, and gdb was told before the end */
    bool ended;             /* gdb was told of the guest's end */
    bool changed;           /* the guest's state, by gdb, since the last stop */

    bool stopping; /* as soon as the round is over: */
    enum gdb_signal signal;
    struct vcpu *vcpu;
    char details[64]; /* pairs of the stop reply, as "swbreak:;" */

    struct vcpu *selected; /* by Hg */
    struct order orders[VCPU_MAX];
    struct detour detours[VCPU_MAX];
    bool seen[VCPU_MAX]; /* the exit that is pending was told about */
    bool late[VCPU_MAX]; /* a stop point is to be looked at when the vCPU is not paused any more */

    struct breakpoint breakpoints[BREAKPOINTS_MAX];
    unsigned breakpoint_count;
    unsigned stepped_watches; /* those that the back end cannot have: looked at after each step */
    bool is_stepped[BREAKPOINTS_MAX];  /* by place in breakpoints */
    uint64_t watched[BREAKPOINTS_MAX]; /* what such a one held */

    struct exit_watch exits;
    struct rewind_client rewind;
    bool only_exits; /* on the way back: every exit is one to stop at, and nothing else */
    uint8_t registers[2048];
    char reply[PACKET_MAX + 64];
};

static inline struct debugger *debugger_of(struct hooks *hooks)
{
    return (struct debugger *)((char *)hooks - offsetof(struct debugger, hooks));
}

/* server.c: a stop of a vCPU, to be told when its round is over. details may be "". */
void debugger_stop(struct debugger *debugger, struct vcpu *vcpu, enum gdb_signal signal,
                   const char *details);
/* Prints in gdb, if that is possible now. */
void debugger_print(struct debugger *debugger, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* stops.c: the hooks for a stop of the back end's, for an exit, and for its result. */
void debugger_at_stop(struct hooks *hooks, struct vcpu *vcpu);
bool debugger_at_exit(struct hooks *hooks, struct vcpu *vcpu);
void debugger_at_result(struct hooks *hooks, struct vcpu *vcpu);
/* A step that an interrupt has come between is not to be ended any more. */
void debugger_abandon_detours(struct debugger *debugger);

/* The guest is left to itself: nothing stops it any more. */
void debugger_let_go(struct debugger *debugger);
/* Before the guest runs, or goes back. */
void debugger_branch(struct debugger *debugger);

/* packets.c: answers link.packet. Returns whether the guest is to run. */
bool packets_serve(struct debugger *debugger);
void packets_send_stop(struct debugger *debugger);
/* An answer; an error in words, as "E.", which gdb shows from version 16 on. */
void packets_reply(struct debugger *debugger, const char *text);
void packets_reply_error(struct debugger *debugger, const char *text);
void packets_reply_ok(struct debugger *debugger);

/* queries.c: answers a packet q, whose text begins at `at`. */
void queries_serve(struct debugger *debugger, const char *at);

/* registers.c: the description of target and registers, for qXfer; what g, G, p and P want. */
size_t registers_size(const struct debugger *debugger);
void registers_describe(const struct debugger *debugger, FILE *out);
bool registers_read(struct debugger *debugger, struct vcpu *vcpu);
bool registers_write(struct debugger *debugger, struct vcpu *vcpu);
/* Where register `number` lies in debugger->registers. Returns its size, or 0: there is none. */
size_t registers_find(const struct debugger *debugger, uint64_t number, size_t *offset);
/* One by name, of at most 8 bytes; 0 if there is none. */
uint64_t registers_value(struct debugger *debugger, struct vcpu *vcpu, const char *name);

/* memory.c: guest virtual memory. Each returns how many bytes of it are there. */
size_t memory_read(struct debugger *debugger, struct vcpu *vcpu, uint64_t gva, uint8_t *bytes,
                   size_t size);
size_t memory_write(struct debugger *debugger, struct vcpu *vcpu, uint64_t gva,
                    const uint8_t *bytes, size_t size);

/* breakpoints.c: returns NULL, a reason, or NO_SUCH_BREAKPOINT. */
const char *breakpoints_insert(struct debugger *debugger, const struct breakpoint *breakpoint);
void breakpoints_remove(struct debugger *debugger, const struct breakpoint *breakpoint);
void breakpoints_remove_all(struct debugger *debugger);
bool breakpoints_has(const struct debugger *debugger, enum breakpoint_type type, uint64_t address);
/* After a step: a watched value that has changed, or NULL. */
const struct breakpoint *breakpoints_changed(struct debugger *debugger, struct vcpu *vcpu);

/* monitor.c: gdb's command `monitor`. */
void monitor_serve(struct debugger *debugger, const char *command);

#endif
