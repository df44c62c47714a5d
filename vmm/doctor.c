/* Which back ends work on this machine: found out by trying. */
#include "doctor.h"

#include "backend.h"
#include "status.h"

int doctor(void)
{
    char text[256];
    int working = 0;

    for (size_t i = 0; backends[i]; i++) {
        const char *advice = backends[i]->probe(text, sizeof(text));

        printf("%-10s %s  %s\n", backends[i]->name, advice ? "no " : "yes", text);
        if (advice)
            printf("%-10s to mend it: %s\n", "", advice);
        working += !advice;
    }
    return working ? 0 : STATUS_BACKEND;
}
