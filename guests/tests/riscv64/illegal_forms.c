/* SPDX-License-Identifier: MIT */
/* Encodings that are illegal in RV64GC, in S-mode, or with FS off. Each must raise an exception. */
#include <guest.h>

#include "../check.h"

#define SSTATUS_FS 0x6000 /* floating point: 0 is off */

static volatile unsigned traps;
static volatile uintptr_t shown; /* stval: the instruction, or 0 (privileged spec, 4.1.9) */

static bool on_illegal(struct trap *trap)
{
    traps++;
    shown = trap->address;
    trap->pc += (*(const uint16_t *)trap->pc & 3) == 3 ? 4 : 2;
    return true;
}

#define TRY(size, bits)                                                                            \
    do {                                                                                           \
        unsigned before = traps;                                                                   \
        __asm__ volatile("." #size "byte " #bits ::: "a0", "memory");                              \
        CHECK_EQ(traps, before + 1);                                                               \
        CHECK(shown == (bits) || shown == 0);                                                      \
    } while (0)

int main(void)
{
    trap_set_handler(TRAP_ILLEGAL_INSTRUCTION, on_illegal);
    __asm__ volatile("csrc sstatus, %0" ::"r"(SSTATUS_FS));
    TRY(2, 0x0000);     /* all zeros */
    TRY(2, 0x4002);     /* c.lwsp x0 */
    TRY(2, 0x8002);     /* c.jr x0 */
    TRY(2, 0x6501);     /* c.lui a0, 0 */
    TRY(2, 0x2108);     /* c.fld fa0, 0(a0) */
    TRY(4, 0xffffffff); /* all ones */
    TRY(4, 0x0205151b); /* slliw a0, a0, 32 */
    TRY(4, 0x1015252f); /* lr.w a0, (a0) with an rs2 */
    TRY(4, 0x00052007); /* flw ft0, 0(a0) */
    TRY(4, 0x30002573); /* csrr a0, mstatus */
    TRY(4, 0xc0101073); /* csrw time, zero */
    TRY(4, 0x5c002573); /* csrr of a CSR that does not exist */
    TRY(4, 0x30200073); /* mret */
    printf("%u illegal instructions\n", traps);
    return 0;
}
