/* Sleeps for an hour. */
#include <guest.h>

int main(void)
{
    sleep_ns(3600 * NS_PER_S);
    return 0;
}
