/* SPDX-License-Identifier: MIT */
/* The words for KVM's internal errors, most of which no hardware gives on purpose. */
#include "backends/kvm/kvm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *describe(unsigned suberror, unsigned count, uint64_t first)
{
    static char text[256];
    struct kvm_run run = {.exit_reason = KVM_EXIT_INTERNAL_ERROR};

    run.internal.suberror = suberror;
    run.internal.ndata = count;
    run.internal.data[0] = first;
    kvm_describe_internal_error(&run, "its bytes are 0f 0b", text, sizeof(text));
    return text;
}

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(describe(1, 0, 7),
                        "KVM cannot run this instruction here: internal error, suberror 1 "
                        "(emulation); its bytes are 0f 0b");
    assert_string_equal(describe(2, 0, 7),
                        "an exception came while KVM handled another one: internal error, suberror "
                        "2 (simultaneous exceptions); its bytes are 0f 0b");
    assert_string_equal(describe(3, 1, 0x80000b0e),
                        "KVM cannot deliver an exception or interrupt: internal error, suberror 3 "
                        "(delivery of vector 14): are its table and its stack in RAM?");
    assert_string_equal(describe(4, 1, 49),
                        "the CPU left the guest for a reason that this KVM does not know: internal "
                        "error, suberror 4 (unexpected exit, hardware reason 49); its bytes are "
                        "0f 0b");
    assert_string_equal(describe(5, 0, 7), "KVM gave up the guest: internal error, suberror 5; its "
                                           "bytes are 0f 0b");
}

static void test_data_that_is_not_there(void **state)
{
    (void)state;
    assert_non_null(strstr(describe(3, 0, 14), "delivery of vector 0"));
    assert_non_null(strstr(describe(4, 0, 49), "hardware reason 0)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_data_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
