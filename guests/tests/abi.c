/* SPDX-License-Identifier: MIT */
/* BASE, and calls that no extension has. */
#include <call.h>

#include <stdbool.h>

#include "check.h"

int main(void)
{
    static const unsigned long here[] = {EID_BASE, EID_TIME, EID_SRST, EID_DBCN, EID_LAB};
    static const unsigned long legacy[] = {EID_LEGACY_set_timer, EID_LEGACY_console_putchar,
                                           EID_LEGACY_console_getchar, EID_LEGACY_shutdown};
    /* KVM on RISC-V handles BASE and SRST itself, and may have no legacy calls. */
    bool kernel = sbi_get_impl_id().value == 3;

    CHECK(kernel || sbi_get_impl_id().value == SBI_IMPL_ID);
    CHECK(sbi_get_spec_version().value >= SBI_SPEC_VERSION);
    CHECK(kernel || sbi_get_spec_version().value == SBI_SPEC_VERSION);
    CHECK_EQ(sbi_get_impl_version().error, SBI_SUCCESS);
    CHECK(sbi_get_impl_version().value > 0);
    CHECK_EQ(sbi_get_mvendorid().error, SBI_SUCCESS);
    CHECK_EQ(sbi_get_marchid().error, SBI_SUCCESS);
    CHECK_EQ(sbi_get_mimpid().error, SBI_SUCCESS);
    CHECK(kernel ||
          (sbi_get_mvendorid().value | sbi_get_marchid().value | sbi_get_mimpid().value) == 0);
    CHECK_EQ(sbi_get_abi_version().value, LAB_ABI_VERSION);

    for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
        CHECK_EQ(sbi_probe_extension(here[i]).error, SBI_SUCCESS);
        CHECK_EQ(sbi_probe_extension(here[i]).value, 1);
    }
    for (size_t i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++)
        CHECK(kernel || sbi_probe_extension(legacy[i]).value == 1);
    CHECK_EQ(sbi_probe_extension(0x12345678).value, 0);
    CHECK(kernel || sbi_probe_extension(~0ul).value == 0);

    /* Unknown extensions and functions return an error, and change nothing. */
    for (unsigned long eid = 0; eid < 64; eid++) {
        if (sbi_probe_extension(eid).value)
            continue;
        CHECK_EQ(sbi_trap0(eid, 0).error, SBI_ERR_NOT_SUPPORTED);
    }
    CHECK_EQ(sbi_trap5(0xdeadbeef, 7, 1, 2, 3, 4, 5).error, SBI_ERR_NOT_SUPPORTED);
    CHECK_EQ(sbi_trap5(0xdeadbeef, 7, 1, 2, 3, 4, 5).value, 0);
    CHECK_EQ(sbi_trap0(EID_DBCN, 99).error, SBI_ERR_NOT_SUPPORTED);
    CHECK_EQ(sbi_trap0(EID_LAB, 0xffffffff).error, SBI_ERR_NOT_SUPPORTED);

    /* Arguments out of range. */
    CHECK_EQ(sbi_system_reset(3, 0).error, kernel ? SBI_ERR_NOT_SUPPORTED : SBI_ERR_INVALID_PARAM);
    CHECK_EQ(sbi_system_reset(0, 2).error, SBI_ERR_INVALID_PARAM);
    CHECK(sbi_system_reset(0xffffffff, 0).error != SBI_SUCCESS);
    CHECK_EQ(sbi_get_exit_count(EXIT_KIND_COUNT).error, SBI_ERR_INVALID_PARAM);
    CHECK_EQ(sbi_get_exit_count(~0ul).error, SBI_ERR_INVALID_PARAM);
    CHECK_EQ(sbi_wait(LAB_EVENT_TTY).error, SBI_ERR_INVALID_PARAM);
    CHECK_EQ(sbi_wait(1ul << 40).error, SBI_ERR_INVALID_PARAM);
    CHECK_EQ(sbi_wait(LAB_EVENT_TIMER).error,
             SBI_ERR_FAILED); /* no timer is set: the wait would not end */

    /* The console byte by byte, also by the legacy calls: bytes go out, none come in. */
    bool old = sbi_probe_extension(EID_LEGACY_console_putchar).value;

    CHECK_EQ(old ? sbi_legacy_console_putchar('o') : sbi_console_write_byte('o').error, 0);
    CHECK_EQ(sbi_console_write_byte('k').error, SBI_SUCCESS);
    CHECK_EQ(old ? sbi_legacy_console_putchar('\n') : sbi_console_write_byte('\n').error, 0);
    CHECK_EQ(old ? sbi_legacy_console_getchar() : -1, -1);

    /* Each call is one exit. */
    long before = sbi_get_exit_count(EXIT_HYPERCALL).value;
    CHECK_EQ(sbi_get_exit_count(EXIT_HYPERCALL).value, before + 1);
    return 0;
}
