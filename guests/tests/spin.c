/* Must be ended from outside: no exit at all. */
int main(void)
{
    for (volatile unsigned n = 0;; n++)
        ;
}
