/* SPDX-License-Identifier: MIT */
/*
 * Lab 2, the VMM's side: the handlers of the calls of calls.def. hypercall.h says what a handler
 * gets, and where it writes the result, which is {SBI_ERR_FAILED, 0} on entry.
 */
#include "core/console.h"
#include "core/hypercall.h"

#include <inttypes.h>
#include <stdio.h>

/* put_number(number): prints it as a signed decimal number, and a newline. */
void handle_LAB2_put_number(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    // LAB 2: starter
    // (void)vcpu, (void)args, (void)ret;
    // LAB 2: solution
    char text[32];
    int length = snprintf(text, sizeof(text), "%" PRId64 "\n", (int64_t)args[0]);

    if (console_write(vcpu, text, (size_t)length))
        *ret = (struct sbiret){SBI_SUCCESS, 0};
    // LAB 2: end
}

/*
 * put_string(num_bytes, base_addr): prints num_bytes bytes of the guest's memory.
 * Returns num_bytes, or SBI_ERR_INVALID_PARAM if any of the bytes is outside the guest's RAM.
 */
void handle_LAB2_put_string(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    // LAB 2: starter
    // (void)vcpu, (void)args, (void)ret;
    // LAB 2: solution
    const void *text = memory_at(&vcpu->vm->memory, gpa(args[1]), args[0]);

    if (!text)
        ret->error = SBI_ERR_INVALID_PARAM;
    else if (console_write(vcpu, text, args[0]))
        *ret = (struct sbiret){SBI_SUCCESS, (long)args[0]};
    // LAB 2: end
}

/* count_exits(): returns the exits of this vCPU so far, of all kinds. struct vcpu counts them. */
void handle_LAB2_count_exits(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)args;
    // LAB 2: starter
    // (void)vcpu, (void)ret;
    // LAB 2: solution
    uint64_t sum = 0;

    for (unsigned kind = 0; kind < EXIT_KIND_COUNT; kind++)
        sum += vcpu->exits[kind];
    *ret = (struct sbiret){SBI_SUCCESS, (long)sum};
    // LAB 2: end
}

/* count_exits_of(kind): returns its exits of one kind, or SBI_ERR_INVALID_PARAM if the kind does
 * not exist. */
void handle_LAB2_count_exits_of(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    // LAB 2: starter
    // (void)vcpu, (void)args, (void)ret;
    // LAB 2: solution
    if (args[0] >= EXIT_KIND_COUNT)
        ret->error = SBI_ERR_INVALID_PARAM;
    else
        *ret = (struct sbiret){SBI_SUCCESS, (long)vcpu->exits[args[0]]};
    // LAB 2: end
}
