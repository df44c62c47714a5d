/* SPDX-License-Identifier: MIT */
/* Guest pointers at the edges of RAM: each gets an answer, and the VMM accesses nothing outside. */
#include <call.h>
#include <guest.h>
#include <machine.h>
#include <string.h>

#include "check.h"

/* Tries both calls that take a buffer; for console_read, the input has ended. */
static void expect(unsigned long len, unsigned long low, unsigned long high, long error)
{
    CHECK_EQ(sbi_console_read(len, low, high).error, error);
    CHECK_EQ(sbi_get_args(len, low, high).error, error);
    if (error != SBI_SUCCESS)
        CHECK_EQ(sbi_console_write(len, low, high).error, error);
}

int main(void)
{
    unsigned long end = ram_end(), page = LAB_RAM_BASE + 0x1000;
    char *last = (char *)end - 8; /* the oldest words of the stack, which are not used any more */
    char saved[8];

    memcpy(saved, last, 8);
    memcpy(last, "the end\n", 8);
    CHECK_EQ(sbi_console_write(8, end - 8, 0).value, 8); /* ends with the last byte of RAM */
    memcpy(last, saved, 8);

    expect(8, end - 7, 0, SBI_ERR_INVALID_PARAM); /* one byte past it */
    expect(1, end, 0, SBI_ERR_INVALID_PARAM);
    expect(0, end, 0, SBI_SUCCESS); /* nothing, at the end */
    expect(0, end + 1, 0, SBI_ERR_INVALID_PARAM);
    expect(1, end + (1ul << 40), 0, SBI_ERR_INVALID_PARAM);
    expect(1, ~0ul, 0, SBI_ERR_INVALID_PARAM);
    expect(2, ~0ul, 0, SBI_ERR_INVALID_PARAM); /* wraps around */
    expect(~0ul, page, 0, SBI_ERR_INVALID_PARAM);
    expect(-page, page, 0, SBI_ERR_INVALID_PARAM); /* the sum is 0 */
    expect(end - LAB_RAM_BASE + 1, LAB_RAM_BASE, 0, SBI_ERR_INVALID_PARAM);
    expect(1, page, 1, SBI_ERR_INVALID_PARAM); /* an address of more than 64 bits */
    expect(0, page, ~0ul, SBI_ERR_INVALID_PARAM);
    expect(1, LAB_RAM_BASE - 1ul, 0, SBI_ERR_INVALID_PARAM); /* one byte before it */
    printf("all answered\n");
    return 0;
}
