/* SPDX-License-Identifier: MIT */
/* Finds out which back ends work on this machine, by trying them. */
#include "doctor.h"

#include "core/backend.h"
#include "core/status.h"
#include "host/posix/sandbox.h"

/* Confines this process, which has nothing else to do. */
static void show_sandbox(void)
{
    const struct confined confined = host_confine(&(struct confinement){0});

    if (confined.calls && confined.files && confined.privileges) {
        printf("%-10s yes  system calls, files and privileges are limited\n", "sandbox");
        return;
    }
    printf("%-10s no   not limited here:%s%s%s\n", "sandbox",
           confined.calls ? "" : " system calls (seccomp)",
           confined.files ? "" : " files (Landlock)",
           confined.privileges ? "" : " privileges (no_new_privs)");
    printf("%-10s to fix it: Linux 5.13 has all; what confines this process may forbid it\n", "");
}

int doctor(void)
{
    char text[256];
    int working = 0;

    for (size_t i = 0; backends[i]; i++) {
        const char *advice = backends[i]->probe(text, sizeof(text));

        printf("%-10s %s  %s\n", backends[i]->name, advice ? "no " : "yes", text);
        if (advice)
            printf("%-10s to fix it: %s\n", "", advice);
        working += !advice;
    }
    show_sandbox();
    return working ? 0 : STATUS_BACKEND;
}

int doctor_best(void)
{
    char text[256], why_not[512] = "";
    size_t length = 0;

    for (size_t i = 0; backends[i]; i++) {
        if (!backends[i]->probe(text, sizeof(text))) {
            printf("%s: %s%s\n", backends[i]->name, text, why_not);
            return 0;
        }
        length += (size_t)snprintf(why_not + length, sizeof(why_not) - length, "; not %s: %s",
                                   backends[i]->name, text);
        if (length >= sizeof(why_not))
            length = sizeof(why_not) - 1;
    }
    return fail(STATUS_BACKEND, "no back end works here: `labvisor doctor` shows why");
}
