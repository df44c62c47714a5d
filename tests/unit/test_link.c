/* SPDX-License-Identifier: MIT */
/* gdb's packets as bytes: what is escaped, both ways. */
#include "core/platform.h"
#include "gdb/gdb.h" /* before cmocka.h, whose fail() is another one */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct link link_of_test;
static char sent[4096];
static size_t sent_size;
static const char *to_receive;

bool host_send(int client, const void *buffer, size_t size)
{
    (void)client;
    memcpy(sent + sent_size, buffer, size);
    sent_size += size;
    return true;
}

ssize_t host_receive(int client, void *buffer, size_t size)
{
    size_t length = strlen(to_receive);

    (void)client;
    length = length < size ? length : size;
    memcpy(buffer, to_receive, length);
    to_receive += length;
    return (ssize_t)length;
}

static int begin(void **state)
{
    (void)state;
    memset(&link_of_test, 0, sizeof(link_of_test));
    sent_size = 0;
    return 0;
}

static void expect_sent(const char *text)
{
    assert_int_equal(sent_size, strlen(text));
    assert_memory_equal(sent, text, sent_size);
}

static void expect_received(const char *bytes, const char *text)
{
    to_receive = bytes;
    assert_int_equal(link_read(&link_of_test), LINK_PACKET);
    assert_string_equal(link_of_test.packet, text);
    assert_int_equal(link_of_test.size, strlen(text));
}

/* RSP, "Overview": # $ } and, in what a stub sends, * are sent as } and the byte ^ 0x20. */
static void test_sent(void **state)
{
    (void)state;
    link_send(&link_of_test, "a}b#c$d*e", 9);
    expect_sent("$a}]b}\x03"
                "c}\x04"
                "d}\ne#51");
    sent_size = 0;
    link_send(&link_of_test, "\n\x7f{+", 4); /* no others */
    expect_sent("$\n\x7f{+#2f");
}

static void test_received(void **state)
{
    (void)state;
    expect_received("$a}]b}\x03"
                    "c}\x04"
                    "d}\ne#51",
                    "a}b#c$d*e");
    expect_sent("+");
    expect_received("$*#2a", "*");
    expect_received("$}#7d", "}"); /* nothing comes after it */
}

static void test_sum(void **state)
{
    (void)state;
    to_receive = "$qC#b5";
    assert_int_equal(link_read(&link_of_test), LINK_NOTHING);
    expect_sent("-");
    link_of_test.no_ack = true;
    expect_received("$qC#b5", "qC");
    expect_sent("-");
}

static void test_console(void **state)
{
    (void)state;
    link_print(&link_of_test, "*}");
    expect_sent("$O2a7d#7d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sent, begin),
        cmocka_unit_test_setup(test_received, begin),
        cmocka_unit_test_setup(test_sum, begin),
        cmocka_unit_test_setup(test_console, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
