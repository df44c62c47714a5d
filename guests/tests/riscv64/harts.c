/* SPDX-License-Identifier: MIT */
/*
 * Several harts, by standard SBI only: HSM, IPI, RFENCE, atomics. A started hart has paging off
 * and interrupts off. Its stack is the one that this guest passes to it.
 *
 *   harts [N [WHAT]]   N harts in all; WHAT of them: add, lock, reserve or race count
 */
#include <guest.h>
#include <string.h>

#include "../check.h"

#define HARTS_MAX  32
#define STACK_SIZE 4096
#define ROUNDS     2000
#define SIP_SSIP   2ul /* privileged spec, 4.1.3 */
#define OPENSBI    1   /* SBI spec, table of implementation IDs */
#define MEGAPAGE   0x200000ul
#define GIGAPAGE   0x40000000ul

static char stacks[HARTS_MAX][STACK_SIZE] __attribute__((aligned(16)));
static unsigned long harts, self;
static void (*volatile work)(unsigned long hart);
static volatile long counter, lock;
static volatile long up, done, ipis[HARTS_MAX];

/* a0: the hart; a1: its stack's end. */
__asm__(".text\n"
        "run_hart_entry:\n"
        "    mv sp, a1\n"
        "    li s0, 0\n"
        "    call run_hart\n");
extern const char run_hart_entry[];

static void add(volatile long *number, long n)
{
    __atomic_fetch_add(number, n, __ATOMIC_SEQ_CST);
}

void run_hart(unsigned long hart);
void run_hart(unsigned long hart)
{
    unsigned long satp;

    __asm__ volatile("csrr %0, satp" : "=r"(satp));
    CHECK(satp == 0); /* although it was not 0 when the hart stopped */
    work(hart);
    add(&done, 1);
    sbi_hart_stop();
    printf("hart %lu goes on after hart_stop\n", hart);
}

static long status_of(unsigned long hart)
{
    return sbi_hart_get_status(hart).value;
}

static long start(unsigned long hart)
{
    return sbi_hart_start(hart, (uintptr_t)run_hart_entry, (uintptr_t)stacks[hart] + STACK_SIZE)
        .error;
}

/* Gives all other harts some work, and waits until they have done it. */
static void all_do(void (*what)(unsigned long))
{
    work = what;
    done = 0;
    for (unsigned long i = 0; i < harts; i++)
        CHECK(i == self || start(i) == SBI_SUCCESS);
}

static void wait_for_all(void)
{
    while (done < (long)harts - 1)
        ;
    for (unsigned long i = 0; i < harts; i++)
        while (i != self && status_of(i) != HSM_STOPPED)
            ;
}

static void count_add(unsigned long hart)
{
    (void)hart;
    for (int i = 0; i < ROUNDS; i++)
        add(&counter, 1);
}

static void count_race(unsigned long hart)
{
    (void)hart;
    for (int i = 0; i < ROUNDS; i++)
        counter++; /* a load, an add and a store: another hart's store may come between */
}

static void count_lock(unsigned long hart)
{
    for (int i = 0; i < ROUNDS; i++) {
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
            ;
        counter++;
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    }
    (void)hart;
}

static void count_reserve(unsigned long hart)
{
    (void)hart;
    for (int i = 0; i < ROUNDS; i++) {
        long old, failed;

        __asm__ volatile("1: lr.d %0, %2; addi %0, %0, 1; sc.d %1, %0, %2; bnez %1, 1b"
                         : "=&r"(old), "=&r"(failed), "+A"(counter)::"memory");
    }
}

/* Was a hart that does not exist? OpenSBI 1.6 passes over it. */
static bool refused(struct sbiret ret)
{
    return ret.error == SBI_ERR_INVALID_PARAM || sbi_get_impl_id().value == OPENSBI;
}

/* Was a hart that is stopped? OpenSBI before 1.7, and KVM, do nothing to it. */
static bool unavailable(struct sbiret ret)
{
    return ret.error == SBI_ERR_INVALID_PARAM || sbi_get_impl_id().value != SBI_IMPL_ID;
}

static void check_states(void)
{
    for (unsigned long i = 0; i < harts; i++)
        CHECK(status_of(i) == (i == self ? HSM_STARTED : HSM_STOPPED));
    CHECK(sbi_hart_get_status(1000).error == SBI_ERR_INVALID_PARAM);
    CHECK(start(self) == SBI_ERR_ALREADY_AVAILABLE);
    CHECK(sbi_hart_start(1000, (uintptr_t)run_hart_entry, 0).error == SBI_ERR_INVALID_PARAM);
    CHECK(sbi_hart_suspend(1, 0, 0).error == SBI_ERR_INVALID_PARAM);
    if (sbi_get_impl_id().value == SBI_IMPL_ID) { /* SBI 2.0, table 9.4; firmware may have some */
        CHECK(sbi_hart_suspend(0x8fffffff, 0, 0).error == SBI_ERR_INVALID_PARAM);
        CHECK(sbi_hart_suspend(0x90000000, 0, 0).error == SBI_ERR_NOT_SUPPORTED);
        CHECK(sbi_hart_suspend(0x10000000, 0, 0).error == SBI_ERR_NOT_SUPPORTED);
        /* 32 bits, sign-extended to a register */
        CHECK(sbi_hart_suspend(0xffffffff80000000, 0, 0).error == SBI_ERR_NOT_SUPPORTED);
        CHECK(sbi_hart_suspend(0xffffffff8fffffff, 0, 0).error == SBI_ERR_INVALID_PARAM);
        CHECK(sbi_system_reset(0xfffffffff0000000, 0).error == SBI_ERR_INVALID_PARAM);
        CHECK(sbi_system_reset(1ul << 32 | SRST_TYPE_COLD_REBOOT, 2).error ==
              SBI_ERR_INVALID_PARAM);
    }
    for (unsigned long i = 0; i < harts; i++) {
        CHECK(i == self || unavailable(sbi_send_ipi(1, i)));
        CHECK(i == self || unavailable(sbi_remote_fence_i(1, i)));
        CHECK(i == self || unavailable(sbi_remote_sfence_vma(1, i, 0, 0)));
    }
    if (harts > 1 && sbi_get_impl_id().value == SBI_IMPL_ID) /* hart 64; OpenSBI accepts it */
        CHECK(sbi_send_ipi(1ul << 63, 1).error == SBI_ERR_INVALID_PARAM);
    sbi_set_timer(time_ticks() + 1000);
    CHECK(sbi_hart_suspend(HSM_SUSPEND_RETENTIVE, 0, 0).error == SBI_SUCCESS);
    sbi_set_timer(~0ul);
}

static unsigned long pending(void)
{
    unsigned long sip;

    __asm__ volatile("csrr %0, sip" : "=r"(sip)::"memory");
    return sip & SIP_SSIP;
}

static void clear_ipi(void)
{
    __asm__ volatile("csrc sip, %0" ::"r"(SIP_SSIP) : "memory");
}

/* Sleeps until an IPI comes, twice: first with wfi, then with hart_suspend. */
static void wait_for_ipis(unsigned long hart)
{
    __asm__ volatile("csrw sie, %0" ::"r"(SIP_SSIP));
    add(&up, 1);
    while (!pending())
        __asm__ volatile("wfi");
    clear_ipi();
    ipis[hart]++;
    while (!pending())
        CHECK(sbi_hart_suspend(HSM_SUSPEND_RETENTIVE, 0, 0).error == SBI_SUCCESS);
    clear_ipi();
    ipis[hart]++;
}

static void check_ipis(void)
{
    memset((void *)ipis, 0, sizeof(ipis));
    all_do(wait_for_ipis);
    while (up < (long)harts - 1) /* an IPI to a hart that is starting may be lost */
        ;
    CHECK(refused(sbi_send_ipi(1, 1000)));
    for (unsigned long i = 0; i < harts; i++) {
        CHECK(i == self || sbi_send_ipi(1, i).error == SBI_SUCCESS);
        while (i != self && ipis[i] < 1)
            ;
    }
    for (unsigned long i = 0; i < harts; i++)
        CHECK(ipis[i] == (i != self));
    CHECK(sbi_send_ipi(0, (unsigned long)SBI_ALL_HARTS).error == SBI_SUCCESS);
    wait_for_all();
    for (unsigned long i = 0; i < harts; i++)
        CHECK(ipis[i] == 2 * (i != self));
    CHECK(pending()); /* all harts: also this one */
    CHECK(sbi_hart_suspend(HSM_SUSPEND_RETENTIVE, 0, 0).error ==
          SBI_SUCCESS); /* it does not wait */
    clear_ipi();
    CHECK(!pending());
}

/* Stops while an IPI is pending. */
static void stop_with_ipi(unsigned long hart)
{
    __asm__ volatile("csrw sie, zero");
    add(&up, 1);
    while (!pending())
        ;
    (void)hart;
}

static void expect_no_ipi(unsigned long hart)
{
    (void)hart;
    CHECK(!pending());
}

/* A hart starts without IPIs from before its stop, and without those sent while it was stopped. */
static void check_old_ipis(void)
{
    up = 0;
    all_do(stop_with_ipi);
    while (up < (long)harts - 1)
        ;
    for (int i = 0; i < 2; i++) {
        CHECK(sbi_send_ipi(0, (unsigned long)SBI_ALL_HARTS).error == SBI_SUCCESS);
        wait_for_all();
    }
    clear_ipi();
    all_do(expect_no_ipi);
    wait_for_all();
}

static unsigned long tables[2][512] __attribute__((aligned(4096)));
static volatile long target[512] __attribute__((aligned(4096))); /* alone in its page */
static volatile long seen, looked, go_on, asid_used;

static unsigned long leaf(unsigned long address)
{
    return address >> 2 | 0xcf; /* D A X W R V: privileged spec, 4.3.1 */
}

/* Reads target at a second address, before and after another hart has changed the mapping of that
 * address. */
static void look_twice(unsigned long hart)
{
    volatile long *alias = (volatile long *)((uintptr_t)target - GIGAPAGE);

    (void)hart;
    __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(8ul << 60 | (unsigned long)asid_used << 44 |
                                                       (uintptr_t)tables[0] >> 12));
    seen = *alias;
    looked = 1;
    while (!go_on)
        ;
    seen = *alias;
}

/* Maps the second address to RAM's first GiB; then, by a table, to two MiB further on. */
static void check_fences(unsigned long asid)
{
    unsigned long gib = (uintptr_t)target / GIGAPAGE, other = (self + 1) % harts;
    volatile long *behind = (volatile long *)((uintptr_t)target + MEGAPAGE);

    for (unsigned long i = 0; i < 511; i++)
        tables[1][i] = leaf(gib * GIGAPAGE + (i + 1) * MEGAPAGE);
    tables[0][gib] = tables[0][gib - 1] = leaf(gib * GIGAPAGE);
    *behind = 3;
    target[0] = 2;
    looked = go_on = 0;
    asid_used = (long)asid;
    done = (long)harts - 2;
    work = look_twice;
    CHECK(start(other) == SBI_SUCCESS);
    while (!looked)
        ;
    CHECK(seen == 2);
    tables[0][gib - 1] = (uintptr_t)tables[1] >> 2 | 1;
    if (asid)
        CHECK(sbi_remote_sfence_vma_asid(1, other, 0, -1ul, asid).error == SBI_SUCCESS);
    else
        CHECK(sbi_remote_sfence_vma(1, other, 0, 0).error == SBI_SUCCESS);
    go_on = 1; /* no other fence: it would have the same effect */
    wait_for_all();
    CHECK(seen == 3);
    CHECK(sbi_remote_fence_i(0, (unsigned long)SBI_ALL_HARTS).error == SBI_SUCCESS);
    CHECK(refused(sbi_remote_fence_i(1, 1000)));
}

static const struct {
    const char *name;
    void (*count)(unsigned long);
} works[] = {
    {"add", count_add}, {"lock", count_lock}, {"reserve", count_reserve}, {"race", count_race}};

int main(int argc, char **argv)
{
    harts = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    while (self < harts - 1 && status_of(self) != HSM_STARTED)
        self++;
    check_states();
    for (size_t i = 0; argc > 2 && i < sizeof(works) / sizeof(works[0]); i++)
        if (strcmp(argv[2], works[i].name) == 0) {
            all_do(works[i].count);
            works[i].count(self);
            wait_for_all();
            printf("%ld of %ld\n", counter, (long)harts * ROUNDS);
            return 0;
        }
    check_ipis();
    if (sbi_get_impl_id().value == SBI_IMPL_ID) /* firmware may do it in another way */
        check_old_ipis();
    if (harts > 1) {
        check_fences(0);
        check_fences(5);
    }
    printf("%lu harts\n", harts);
    return 0;
}
