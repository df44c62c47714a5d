/* What the kernel's files share. The runtime (guest-rt/) has brought it to main. */
#ifndef LABOS_KERNEL_H
#define LABOS_KERNEL_H

#include "system_calls.h"

#include <guest.h>
#include <trap_frame.h>

#define PAGE_SIZE 4096u

/* Where user programs lie: in the second GiB, on both machines. labos.mk links them there. The
 * stack grows down from the end, by pages as it is used. */
#define USER_BASE  0x40000000ul
#define USER_END   0x40200000ul
#define STACK_BASE 0x40100000ul

/* ---- memory.c: pages, and address spaces made of them ---- */

#define SPACE_PAGES 64

/* A process's memory: at most SPACE_PAGES pages, its page tables among them. */
struct space {
    uint64_t *root; /* the first of its page tables */
    unsigned page_count;
    void *pages[SPACE_PAGES]; /* all of these are given back with it */
};

/* What may be done with a page, or is tried: a set of bits, those of p_flags in ELF. */
enum access { EXECUTE = 1, WRITE = 2, READ = 4 };

void memory_start(void);

/* How many pages are free. */
size_t memory_free(void);

/* Makes an address space with the kernel's part alone. Returns false if there is no memory. */
bool space_init(struct space *space);
void space_free(struct space *space);

/* Maps a page that belongs to the kernel's image. Returns false if there is no memory. */
bool space_share(struct space *space, uintptr_t address, const void *page, enum access access);

/* Maps a new page, zeroed. Returns it, or NULL if there is no memory. */
void *space_add(struct space *space, uintptr_t address, enum access access);

/* Where the kernel finds a byte of user memory, up to the end of its page; NULL if the process
 * itself may not access it so. A stack that has not grown so far does. */
void *space_at(struct space *space, uintptr_t address, enum access access);

/* Copies to user memory. Returns false if the process may not write all of it. */
bool copy_out(struct space *space, uintptr_t to, const void *from, size_t size);

/* Copies a string with its NUL. Returns 0, -EFAULT, or -E2BIG if it is longer than size. */
int copy_in_string(struct space *space, char *to, uintptr_t from, size_t size);

/* ---- load.c: user programs, which are ELF files within the kernel's image ---- */

/* Loads a program. Returns 0 and its entry point, or -ENOENT, -ENOMEM. */
int load(struct space *space, const char *name, uintptr_t *entry);

/* ---- process.c ---- */

/* The statuses of processes that are killed: as a Unix shell shows them, 128 and the number of the
 * signal. */
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
    struct process *parent; /* NULL if nobody will ask for its status */
    int awaited;            /* WAITING: for this child, 0: any */
    uint64_t wake_at;       /* SLEEPING: until then */
    int status;             /* ENDED: with it */
    struct space space;
    char command[COMMAND_MAX];
} __attribute__((aligned(16)));

extern struct process processes[MAX_PROCESSES], *const shell, *current;

/* Makes a process for a command line. parent is NULL for the shell. Returns its pid, or -ENOENT,
 * -EAGAIN if there are too many, -ENOMEM. */
int process_spawn(struct process *parent, const char *command);

/* Ends a process: frees its memory, and keeps its status for its parent. The shell's end is that
 * of labos. */
void process_end(struct process *process, int status);

/* Ends the current process, which has done what it may not do: name says what. */
void process_fault(const char *name, uintptr_t pc, int status);

/* A page fault. Returns with the page there, or the current process ended. */
void process_page_fault(uintptr_t pc, uintptr_t address, enum access access);

/* Ends the process with that pid, and those of the group that it began. Returns how many. */
int process_kill(int pid, int status);

/* The group that the keyboard belongs to: that for which the shell waits, or its own. */
int foreground(void);

/* Lets those who wait in that state try again. */
void wake(enum process_state state);

/* ---- schedule.c ---- */

/* Goes on with the current process; or, if its turn is over or it waits, with the next. */
_Noreturn void schedule(void);

/* Ends the turn of the current process. */
void give_way(void);

/* The timer's interrupt. */
void tick(void);

/* ---- syscall.c ---- */

/* Serves the system call that the current process's registers tell. */
void system_call(void);

/* ---- console.c ---- */

/* Takes in what was typed, after waiting for one of these events (LAB.wait), if there are any. */
void console_look(unsigned events);

/* Gives a process up to size bytes of it. Returns how many, 0 at the end of input, or -EAGAIN if
 * there are none for this process now. */
long console_take(const struct process *process, char *to, size_t size);

/* Ends the foreground if ^C is the next key. */
void console_interrupt(void);

/* ---- x86_64/, riscv64/ ---- */

void cpu_start(void);

/* The table of the kernel's page tables in which an entry stands for 1 GiB. */
const uint64_t *cpu_kernel_table(void);

/* From now on, address translation is by these page tables; NULL: by the kernel's own. */
void cpu_use(const uint64_t *root);

/* The registers with which a program starts. */
void frame_start(struct trap_frame *frame, uintptr_t entry, uintptr_t stack, uintptr_t argument);

/* A system call's number and its arguments; its result; and to make it again. */
unsigned long frame_call(const struct trap_frame *frame, unsigned long args[3]);
void frame_return(struct trap_frame *frame, long result);
void frame_repeat(struct trap_frame *frame);

/* trap.S: goes over to the kernel's own stack, and to schedule; so does every trap at its end. */
_Noreturn void cpu_begin(void);

/* trap.S: leaves the kernel for the code that these are the registers of. */
_Noreturn void cpu_enter(struct trap_frame *frame);

#endif
