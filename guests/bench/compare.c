/*
 * What the ways out of a guest cost, and back in (make compare): a line for each with its name and
 * its time in ns, one round of a loop around it included. The first is that of the loop alone.
 */
#include "measure.h"

static volatile unsigned ipis;

static void on_ipi(void)
{
    ipis++;
}

static void nothing(void)
{
    __asm__ volatile("");
}

static void base_call(void)
{
    sbi_get_spec_version();
}

static void lab_call(void)
{
    sbi_get_abi_version();
}

static void timer_call(void)
{
    sbi_set_timer(UINT64_MAX);
}

/* From the call until the interrupt has been handled. */
static void ipi_to_itself(void)
{
    unsigned before = ipis;

    ipi_send(0);
    while (ipis == before)
        ;
}

/* From a deadline until who slept goes on. */
static void measure_wake_up(void)
{
    uint64_t best = UINT64_MAX;

    irq_disable();
    for (unsigned i = 0; i < BATCHES; i++) {
        uint64_t deadline = time_ticks() + time_frequency() / 200, late;

        sbi_set_timer(deadline);
        while (time_ticks() < deadline)
            irq_wait();
        late = time_ticks() - deadline;
        best = late < best ? late : best;
    }
    print_time("wake-up", best, 1);
}

int main(void)
{
    ipi_set_handler(on_ipi);
    measure("loop", nothing);
    measure("BASE.get_spec_version", base_call);
    measure("LAB.get_abi_version", lab_call);
    measure("TIME.set_timer", timer_call);
    irq_enable();
    measure("IPI.send_ipi", ipi_to_itself);
    measure_wake_up();
    return 0;
}
