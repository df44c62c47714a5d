/* SPDX-License-Identifier: MIT */
/*
 * What the files of the stub share. The protocol is in the gdb manual, appendix "GDB Remote Serial
 * Protocol"; packets have here the names that they have there.
 */
#ifndef GDB_GDB_H
#define GDB_GDB_H

#include "conditions.h"
#include "core/debug.h"
#include "core/hooks.h"
#include "core/vm.h"
#include "debugger.h"
#include "exits.h"
#include "link.h"
#include "replay/timeline.h"

#include <stdio.h>

struct debugger;

/* gdb's numbers of signals, which are not the host's. */
enum gdb_signal {
    GDB_SIGNAL_0 = 0,
    GDB_SIGNAL_INT = 2,
    GDB_SIGNAL_TRAP = 5,
    GDB_SIGNAL_SEGV = 11,
    GDB_SIGNAL_XCPU = 24,
};

/* ---- The text of packets ---- */

/* Each reads an item at *at and moves *at after it. Returns false if it is not there. */
bool take_hex(const char **at, uint64_t *number);
bool take_char(const char **at, char c);
bool take_word(const char **at, const char *word);

/* Reads `size` bytes, two digits each. */
bool take_bytes(const char **at, uint8_t *bytes, size_t size);

/* Reads "START,SIZE". */
bool take_range(const char **at, uint64_t *start, uint64_t *size);

/* Writes two digits for each byte, and a NUL. Returns the address of that NUL. */
char *put_bytes(char *out, const uint8_t *bytes, size_t size);

/* ---- reverse.c: going back ---- */

/*
 * Goes back by one instruction of the selected vCPU, or to the last stop point. Returns true if
 * the guest is to run for that; false after an error reply.
 */
bool reverse_step(struct debugger *debugger);
bool reverse_continue(struct debugger *debugger);

/* Jumps over a part of the run that is known, for `vmexit-goto N` forward, if nothing in it could
 * stop. */
void reverse_jump_ahead(struct debugger *debugger);

#define CANNOT_GO_BACK                                                                             \
    "cannot go back: only soft without --real-time can; starti begins the guest again"

/* Removes the marks after the present position: gdb has changed the guest, and they are of another
 * run. */
void reverse_forget_marks(struct debugger *debugger);

/* Returns whether the run goes back now. */
bool reverse_is_active(const struct debugger *debugger);

/* Ends going back. The guest stays where it is. */
void reverse_cancel(struct debugger *debugger);

/* ---- The debugger ---- */

/* The states and their transitions are explained in state.c. */
enum debugger_state {
    LET_GO,          /* the guest runs without gdb: none has come, or it detached or vanished */
    WAITING_FOR_GDB, /* the guest is stopped; no gdb has sent a packet yet */
    STOPPED,         /* the guest is stopped, and gdb sends packets */
    RUNNING,         /* the guest runs, and gdb waits for a stop reply */
    WITHOUT_GUEST,   /* gdb knows that the guest has ended, and may run it again */
    ENDED,           /* gdb knows that the guest has ended, and has no more to say */
};

/* Of one exit; more of them are noted as all memory. */
#define VMM_WRITES_MAX 8

/* The next stop, or the last one. */
struct stop {
    bool requested; /* the guest is to stop before the next VM entry */
    enum gdb_signal signal;
    struct vcpu *vcpu; /* the one that caused it */
    char details[64];  /* pairs of the stop reply, such as "swbreak:;" */
};

enum action { ACTION_PAUSE, ACTION_RUN, ACTION_STEP };

/* What gdb has ordered a vCPU to do. ACTION_STEP: step until the pc leaves [start, end). */
struct order {
    enum action action;
    uint64_t start, end;
};

/* A single-step that an interrupt has preempted. The vCPU runs without steps, up to a breakpoint at
 * the preempted instruction; then the step is made. Steps that compare watched values go on in the
 * handler: then the breakpoint is at its beginning. */
struct preempted_step {
    bool active;
    bool enters; /* the breakpoint is at the beginning of the handler */
    struct breakpoint end;
    uint64_t sp, tables; /* before the interrupt: stack pointer, and GPA of the page tables */
};

/* What the stub keeps of a vCPU. */
struct debugged_vcpu {
    struct order order;
    struct preempted_step preempted;
    bool exit_recorded; /* exits_record was called for the exit since the last VM entry */
    bool stop_deferred; /* it reached vcpu->stop while it was paused; handled after that */
    bool at_break;      /* it was stopped by a breakpoint at break_pc, and not entered since */
    uint64_t break_pc;
};

struct debugger {
    struct vm *vm;
    struct hooks hooks;
    struct timeline *timeline; /* NULL: gdb cannot go back */
    const struct debug_ops *ops;
    const struct target *target;
    const char *where; /* as in debugger_create */
    char name[128];    /* how gdb calls the listener */
    struct link link;
    _Atomic bool attention; /* the client may have sent something; set from any thread */

    enum debugger_state state;
    struct stop stop;
    bool end_shown;     /* gdb had a stop at the guest's end: the next resume leaves it */
    bool restart;       /* gdb wants the guest to begin again; then the run loop is left */
    bool run_by_gdb;    /* by packet vRun: gdb ends it when it quits */
    bool guest_changed; /* gdb has written registers or memory since the last stop */

    struct vcpu *selected; /* by packet Hg */
    struct vcpu *passing;  /* makes a step without the breakpoint that it was at; NULL: none */
    bool pass_requested;   /* a vCPU has come to the end of another one's handler */
    struct debugged_vcpu vcpus[VCPU_MAX];

    struct breakpoint breakpoints[BREAKPOINTS_MAX];
    struct conditions conditions[BREAKPOINTS_MAX]; /* by index in breakpoints */
    unsigned breakpoint_count;
    unsigned stepped_watches; /* watchpoints that the back end lacks: checked after each step */
    bool steps_announced;     /* the user knows that they are slow */
    bool is_stepped[BREAKPOINTS_MAX];  /* those, by index in breakpoints */
    uint64_t watched[BREAKPOINTS_MAX]; /* the value of such a one after the last step */
    struct vmm_writes { /* what the VMM has written since the last exit was handled */
        unsigned count;
        struct {
            gpa_t start;
            uint64_t length;
        } ranges[VMM_WRITES_MAX];
    } writes;

    struct exit_watch exits;
    struct mark marks[MARKS_MAX];
    unsigned mark_count;
    struct rewind_client rewind;
    enum exit_stop way_back; /* exits.stop when going back began */
    uint8_t registers[2048];
    char reply[PACKET_MAX + 64];
    FILE *out; /* what a `monitor` command prints */
};

static inline struct debugger *debugger_of(struct hooks *hooks)
{
    return (struct debugger *)((char *)hooks - offsetof(struct debugger, hooks));
}

/* ---- state.c: when the guest stops, and who runs it ---- */

/* Changes the state after the guest has ended: a gdb that may run it again stays. */
void debugger_end(struct debugger *debugger);

/* Requests a stop, which takes place before the next VM entry. details: "", or as in struct stop.
 */
void debugger_stop(struct debugger *debugger, struct vcpu *vcpu, enum gdb_signal signal,
                   const char *details);

/* Prints in gdb. Does nothing in a state other than RUNNING: gdb takes packets O only then. */
void debugger_print(struct debugger *debugger, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes all that could stop the guest, which then runs without gdb. State: LET_GO. */
void debugger_let_go(struct debugger *debugger);

/* Begins a new branch of the timeline if gdb has changed the guest. Called before the guest runs
 * or goes back. */
void debugger_branch(struct debugger *debugger);

/* ---- stops.c: hooks for a stop of the back end, for an exit, and for its result ---- */

void debugger_at_stop(struct hooks *hooks, struct vcpu *vcpu);
bool debugger_at_exit(struct hooks *hooks, struct vcpu *vcpu);
void debugger_at_result(struct hooks *hooks, struct vcpu *vcpu);

/* ---- orders.c: what each vCPU is to do until the next stop ---- */

/* Gives all vCPUs their orders. No vCPU is in the guest; or none but the caller's has orders that
 * change. */
void orders_give(struct debugger *debugger);

/* Returns what happens to interrupts under an order. Through a range, which may be a loop that
 * waits for one, they come; other steps hold them. */
enum interrupts debugger_interrupts(const struct order *order);

/* Lets an interrupt come that preempts a step: vcpu->stop tells its handler. The handler runs to
 * its end, or is entered. */
void orders_run_handler(struct debugger *debugger, struct vcpu *vcpu);
bool orders_enter_handler(struct debugger *debugger, struct vcpu *vcpu);

/* Returns whether a breakpoint is the one of a preempted step, which is made next. */
bool orders_end_handler(struct debugger *debugger, struct vcpu *vcpu);

/* Ends the step of a vCPU that passes a breakpoint, if it is that one: it has made the step, or an
 * exit. */
void orders_end_passing(struct debugger *debugger, const struct vcpu *vcpu);

/* Gives up preempted steps and the passing of a breakpoint: gdb gets another stop before their end.
 */
void orders_cancel(struct debugger *debugger);

/* ---- packets.c, resume.c, queries.c: what handles each packet ---- */

/* A packet, or a command of `monitor`. */
struct row {
    const char *name;
    /* args: the text after the name; "" if there is none. */
    void (*handle)(struct debugger *debugger, const char *args);
    const char *args; /* their syntax; NULL: nothing may follow the name */
    const char *help; /* of a `monitor` command */
};

/*
 * Finds the first row whose name `text` begins with.
 *
 * separator  the character that ends a name before its arguments; '\0': any may
 * args       receives the text after the name
 *
 * Returns the row, or NULL.
 */
const struct row *row_find(const struct row *rows, size_t count, const char *text, char separator,
                           const char **args);

/* Handles link.packet. A packet that resumes the guest changes debugger->state. */
void packets_handle(struct debugger *debugger);

/* Each sends a reply: a text, an error in words (as "E.", which gdb shows from version 16 on),
 * "OK", or the stop reply for debugger->stop. */
void packets_reply(struct debugger *debugger, const char *text);
void packets_reply_error(struct debugger *debugger, const char *text);
void packets_reply_ok(struct debugger *debugger);
void packets_send_stop(struct debugger *debugger);

/* Tells gdb that the guest has ended, and its status. */
void packets_send_end(struct debugger *debugger);

/* Reads a thread of a packet: a vCPU's number plus 1, THREAD_ALL for "-1", 0 for any. */
#define THREAD_ALL UINT64_MAX
bool take_thread(const char **at, uint64_t *thread);

/* Returns the vCPU of a thread, the selected one for any and all, or NULL. */
struct vcpu *vcpu_of_thread(const struct debugger *debugger, uint64_t thread);

/* resume.c. Each replies with an error, or changes the state. */
void handle_vcont(struct debugger *debugger, const char *args);
void handle_continue(struct debugger *debugger, const char *args);
void handle_continue_signal(struct debugger *debugger, const char *args);
void handle_step(struct debugger *debugger, const char *args);
void handle_step_signal(struct debugger *debugger, const char *args);
void handle_reverse_continue(struct debugger *debugger, const char *args);
void handle_reverse_step(struct debugger *debugger, const char *args);
void handle_detach(struct debugger *debugger, const char *args);
void handle_kill(struct debugger *debugger, const char *args);
void handle_vkill(struct debugger *debugger, const char *args);

/* restart.c. Each makes the run loop return, or replies with an error. */
void handle_vrun(struct debugger *debugger, const char *args);
void handle_restart(struct debugger *debugger, const char *args);

/* queries.c */
void handle_supported(struct debugger *debugger, const char *args);
void handle_target(struct debugger *debugger, const char *args);
void handle_memory_map(struct debugger *debugger, const char *args);
void handle_threads(struct debugger *debugger, const char *args);
void handle_thread_list(struct debugger *debugger, const char *args);
void handle_thread_list_end(struct debugger *debugger, const char *args);
void handle_host_info(struct debugger *debugger, const char *args);
void handle_process_info(struct debugger *debugger, const char *args);
void handle_memory_region(struct debugger *debugger, const char *args);
void handle_attached(struct debugger *debugger, const char *args);
void handle_current_thread(struct debugger *debugger, const char *args);

/* monitor.c: the packet of gdb's command `monitor`. args: the command, two digits a byte. */
void handle_monitor(struct debugger *debugger, const char *args);

/* ---- filters.c: commands of `monitor`, as row.handle; and a list of what they have set ---- */

void handle_break(struct debugger *debugger, const char *args);
void handle_delete(struct debugger *debugger, const char *args);
void handle_enable(struct debugger *debugger, const char *args);
void handle_disable(struct debugger *debugger, const char *args);
void handle_condition(struct debugger *debugger, const char *args);
void handle_ignore(struct debugger *debugger, const char *args);
void filters_list(const struct debugger *debugger);

/* ---- registers.c ---- */

/* Returns the bytes of all registers, as packets g and G have them. */
size_t registers_size(const struct debugger *debugger);

/* Writes gdb's target description (XML). */
void registers_describe(const struct debugger *debugger, FILE *out);

/* Reads all registers of a vCPU into debugger->registers. Returns false if the back end refuses. */
bool registers_read(struct debugger *debugger, struct vcpu *vcpu);

/* Writes them from there. Returns NULL, or why they cannot be set. */
const char *registers_write(struct debugger *debugger, struct vcpu *vcpu);

/* Returns the size in bytes of the register with this number, and its offset in
 * debugger->registers; 0: there is no such register. */
size_t registers_find(const struct debugger *debugger, uint64_t number, size_t *offset);

/* Returns a register of at most 8 bytes by its name; 0 if there is no such register. */
uint64_t registers_value(struct debugger *debugger, struct vcpu *vcpu, const char *name);

/* ---- memory.c: guest virtual memory ---- */

/* Each returns how many bytes it copied: fewer than `size` if a page is not mapped to RAM. */
size_t memory_read(struct debugger *debugger, struct vcpu *vcpu, uint64_t gva, uint8_t *bytes,
                   size_t size);
size_t memory_write(struct debugger *debugger, struct vcpu *vcpu, uint64_t gva,
                    const uint8_t *bytes, size_t size);

/* ---- breakpoints.c ---- */

/* Inserts a breakpoint, or changes its conditions. Returns NULL, why it is refused, or
 * NO_SUCH_BREAKPOINT. */
const char *breakpoints_insert(struct debugger *debugger, const struct breakpoint *breakpoint,
                               const struct conditions *conditions);

/* Removes one, if it is there; or all. */
void breakpoints_remove(struct debugger *debugger, const struct breakpoint *breakpoint);
void breakpoints_remove_all(struct debugger *debugger);

/* Returns whether gdb has inserted a breakpoint there. */
bool breakpoints_has(const struct debugger *debugger, enum breakpoint_type type, uint64_t address);

/* Returns whether gdb has inserted a code breakpoint there, at which a vCPU is to stop now. */
bool breakpoints_stop(struct debugger *debugger, struct vcpu *vcpu, const struct stop_point *stop);

/* Checks the stepped watchpoints after a step. Returns one whose value has changed, or NULL. */
const struct breakpoint *breakpoints_changed(struct debugger *debugger, struct vcpu *vcpu);

/* Returns a watchpoint of the back end's that overlaps memory which the VMM has written for a
 * vCPU's exit, or NULL. The back end sees only what the guest writes. */
const struct breakpoint *breakpoints_written(const struct debugger *debugger, struct vcpu *vcpu);

/* The hook for what the VMM writes. */
void breakpoints_note_write(struct hooks *hooks, gpa_t start, uint64_t length);

#endif
