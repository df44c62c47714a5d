/* Computes for ever, with no system call: the timer takes the CPU away from it. */
int main(void)
{
    for (volatile unsigned long rounds = 0;; rounds++)
        ;
}
