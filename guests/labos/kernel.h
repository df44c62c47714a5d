/* SPDX-License-Identifier: MIT */
/* Shared by the kernel's files. The runtime (guest-rt/) boots the kernel and calls main. */
#ifndef LABOS_KERNEL_H
#define LABOS_KERNEL_H

#include "system_calls.h"

#include <guest.h>
#include <trap_frame.h>

#define PAGE_SIZE 4096u

/* The addresses of user programs: the second GiB, on both machines. labos.mk links them there. The
 * stack grows down from the end, one page at a time, when the program uses it. */
#define USER_BASE  0x40000000ul
#define USER_END   0x40200000ul
#define STACK_BASE 0x40100000ul
#define USER_TLS   0x401ffc00ul /* the last KiB of the stack: thread-local variables */

/* ---- memory.c: pages and address spaces ---- */

#define SPACE_PAGES 64

/* A process's memory: at most SPACE_PAGES pages, including its page tables. */
struct space {
    uint64_t *root; /* its first page table */
    unsigned page_count;
    void *pages[SPACE_PAGES]; /* all pages; freed together with the space */
};

/* Rights to a page, or a kind of access: a set of bits, those of p_flags in ELF. */
enum access { EXECUTE = 1, WRITE = 2, READ = 4 };

void memory_start(void);

/* Returns the number of free pages. */
size_t memory_free(void);

/* Makes an address space with only the kernel's part. Returns false without memory. */
bool space_init(struct space *space);
void space_free(struct space *space);

/* Maps a page of the kernel's image. Returns false without memory. */
bool space_share(struct space *space, uintptr_t address, const void *page, enum access access);

/* Maps a new page of zeros. Returns it, or NULL without memory. */
void *space_add(struct space *space, uintptr_t address, enum access access);

/* Returns the kernel's pointer to a byte of user memory, good to the end of its page; or NULL if
 * the process itself has no such access. If the byte lies in the stack's room, the stack grows. */
void *space_at(struct space *space, uintptr_t address, enum access access);

/* Copies to user memory. Returns false if the process may not write all of it. */
bool copy_out(struct space *space, uintptr_t to, const void *from, size_t size);

/* Copies a string with its NUL. Returns 0, -EFAULT, or -E2BIG if it is longer than size. */
int copy_in_string(struct space *space, char *to, uintptr_t from, size_t size);

/* ---- load.c: user programs, ELF files inside the kernel's image ---- */

/* Loads a program. Returns 0 and stores its entry point; or -ENOENT, -ENOMEM. */
int load(struct space *space, const char *name, uintptr_t *entry);

/* ---- process.c ---- */

/* The statuses of killed processes, as a Unix shell shows them: 128 plus the signal's number. */
enum {
    STATUS_INT = 130,
    STATUS_ILL = 132,
    STATUS_TRAP = 133,
    STATUS_BUS = 135,
    STATUS_FPE = 136,
    STATUS_SEGV = 139,
    STATUS_TERM = 143
};

struct process {
    struct trap_frame frame; /* its registers while it does not run */
    enum process_state state;
    int pid;
    int group;              /* the pid of the shell's child that it descends from */
    struct process *parent; /* NULL: nobody asks for its status */
    int awaited;            /* WAITING: the pid of the child; 0: any */
    uint64_t wake_at;       /* SLEEPING: the time to wake it */
    int status;             /* ENDED: its status */
    struct space space;
    char command[COMMAND_MAX];
} __attribute__((aligned(16)));

extern struct process processes[MAX_PROCESSES], *const shell, *current;

/* Makes a process for a command line. parent: NULL for the shell. Returns its pid; or -ENOENT;
 * -EAGAIN if there are too many processes; -ENOMEM. */
int process_spawn(struct process *parent, const char *command);

/* Ends a process: frees its memory, and keeps its status for its parent. If it is the shell, labos
 * ends. */
void process_end(struct process *process, int status);

/* Ends the current process because of a forbidden operation, `name`. */
void process_fault(const char *name, uintptr_t pc, int status);

/* Handles a page fault: makes the page, or ends the current process. */
void process_page_fault(uintptr_t pc, uintptr_t address, enum access access);

/* Ends the process with that pid, and the group that it began. Returns how many it ended. */
int process_kill(int pid, int status);

/* Returns the group that has the keyboard: the one that the shell waits for, or the shell's own. */
int foreground(void);

/* Makes the processes that wait in a state ready, to try again. */
void wake(enum process_state state);

/* ---- schedule.c ---- */

/* Enters the current process; or the next, if the turn is over or the current one waits. */
_Noreturn void schedule(void);

/* Ends the turn of the current process. */
void give_way(void);

/* Handles the timer's interrupt. */
void tick(void);

/* ---- syscall.c ---- */

/* Handles the system call that is in the current process's registers. */
void system_call(void);

/* ---- console.c ---- */

/* Waits for one of the events (LAB.wait), if there are any, and then takes the keys typed so far.
 */
void console_look(unsigned events);

/* Gives a process up to size bytes of input. Returns how many; 0 at the end of input; -EAGAIN if
 * there are none for this process now. */
long console_take(const struct process *process, char *to, size_t size);

/* Ends the foreground if ^C is the next key. */
void console_interrupt(void);

/* ---- x86_64/, riscv64/ ---- */

void cpu_start(void);

/* Returns the kernel's page table whose entries map 1 GiB each. */
const uint64_t *cpu_kernel_table(void);

/* Makes the CPU use these page tables; NULL: the kernel's own. */
void cpu_use(const uint64_t *root);

/* Sets the registers with which a program starts. */
void frame_start(struct trap_frame *frame, uintptr_t entry, uintptr_t stack, uintptr_t argument);

/* Get a system call's number and arguments; set its result; make the process repeat it. */
unsigned long frame_call(const struct trap_frame *frame, unsigned long args[3]);
void frame_return(struct trap_frame *frame, long result);
void frame_repeat(struct trap_frame *frame);

/* trap.S: switches to the kernel's own stack, and calls schedule. Every trap ends so. */
_Noreturn void cpu_begin(void);

/* trap.S: loads these registers, and leaves the kernel. */
_Noreturn void cpu_enter(struct trap_frame *frame);

#endif
