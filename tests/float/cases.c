/* SPDX-License-Identifier: MIT */
/*
 * Calls functions with random arguments, and prints what they return: cases KIND SEED COUNT. Built
 * twice, with the runtime for a guest and with the host's C library, it has to print the same. So
 * no expression draws twice, as the compiler would choose the order.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

/* xorshift64* (Vigna 2016). */
static uint64_t draw(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dull;
}

static int below(int limit)
{
    return (int)(draw() >> 33) % limit;
}

/* Returns a number of at most 64 - least bits. */
static uint64_t shifted(int least)
{
    int by = least + below(64 - least);

    return draw() >> by;
}

static double of_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static double any_double(void)
{
    static const double edges[] = {
        0,         -0.0,
        1,         0.5,
        1.5,       2.5,
        9.5,       99.5,
        0.05,      1e22,
        1e23,      5e-324,
        0x1p-1022, 0x1.fffffffffffffp1023,
        9.999995,  0x1p52,
        0x1p53,    0.49999999999999994,
    };

    double x;

    switch (below(8)) {
    case 0:
        x = of_bits(draw());
        return x == x ? x : of_bits(0x7ffull << 52); /* what a signalling NaN does differs */
    case 1:
        return (double)(shifted(0) >> 1) / 4096;
    case 2:
        return (double)(below(200000) - 100000) / 1000;
    case 3:
        return of_bits(shifted(12)); /* subnormal */
    case 5:
        return of_bits(below(2) ? 0x7ff8ull << 48 : 0x7ffull << 52);
    case 4:
        return edges[below((int)(sizeof edges / sizeof edges[0]))];
    default:
        return (double)(below(20001) - 10000) * 0.25;
    }
}

static void case_printf(void)
{
    char format[40] = "%", *p = format + 1, text[1200];
    double x = any_double();
    int length;

    if (below(4) == 0)
        x = -x;
    for (int i = 0; i < 4; i++)
        if (below(3) == 0)
            *p++ = "-+ 0"[i];
    if (below(2))
        p += sprintf(p, "%d", below(30));
    if (below(3))
        p += sprintf(p, ".%d", below(below(8) ? 12 : 400));
    *p = "fFeEgGaA"[below(8)];
    if (below(3) == 0 && (*p | 0x20) != 'g') /* glibc loses a zero in %#.2g of 99.5 */
        memmove(format + 2, format + 1, (size_t)(p - format)), format[1] = '#';
    length = snprintf(text, sizeof text, format, x);
    printf("%s %d [%s]\n", format, length, text);
}

/* A buffer that is too small, now and then. */
static void case_integers(void)
{
    static const char *const lengths[] = {"hh", "h", "", "l", "ll", "j", "z", "t"};
    char format[40] = "%", *p = format + 1, text[100] = "";
    const char *conversions = "diuoxX";
    uint64_t value = shifted(0);
    int length, size = below(4) ? 100 : 1 + below(20);

    if (below(3) == 0) {
        *p++ = '#';
        conversions = "oxX";
    }
    for (int i = 0; i < 4; i++)
        if (below(3) == 0)
            *p++ = "-+ 0"[i];
    if (below(2))
        p += sprintf(p, "%d", below(30));
    if (below(2))
        p += sprintf(p, ".%d", below(30));
    p += sprintf(p, "%s", lengths[below(8)]);
    *p = conversions[below((int)strlen(conversions))];
    length = snprintf(text, (size_t)size, format, below(2) ? value : -value);
    printf("%s %d [%s]\n", format, length, text);
}

/* One of 64 blocks is given back, or allocated, or gets another size; its bytes are as they were.
 */
static void case_malloc(void)
{
    static struct {
        unsigned char *data;
        size_t size;
    } blocks[64], *b;
    size_t size = (size_t)below(below(8) ? 300 : 20000), kept;
    int way = below(4), fill = below(256);
    unsigned sum = 0;

    b = &blocks[below(64)];
    for (size_t i = 0; i < b->size; i++)
        sum = sum * 31 + b->data[i];
    kept = size < b->size ? size : b->size;
    if (way == 0) {
        b->data = realloc(b->data, size + 1); /* C leaves open what size 0 does */
    } else {
        free(b->data);
        kept = 0;
        b->data = way == 1   ? aligned_alloc(64, size / 64 * 64 + 64)
                  : way == 2 ? calloc(size + 1, 1)
                             : malloc(size + 1);
    }
    if (!b->data)
        exit(3);
    printf("%u %u", sum, way == 1 && (uintptr_t)b->data % 64);
    for (size_t i = 0; i < (way == 2 ? size : kept); i++)
        sum = sum * 31 + b->data[i];
    memset(b->data + kept, fill, size - kept);
    b->size = size;
    printf(" %u\n", sum);
}

/* Writes the number halfway between two doubles, with all its digits; now and then a digit more. */
static void halfway(char *text)
{
    const int bits = 54; /* one more than a double has */
    uint64_t whole = draw() >> (64 - bits) | 1ull << (bits - 1) | 1;
    int point = below(40), length;

    /* whole / 2^point, digit by digit */
    length = sprintf(text, "%llu.", (unsigned long long)(whole >> point));
    for (uint64_t rest = whole & ((1ull << point) - 1); rest; rest &= (1ull << point) - 1) {
        rest *= 10;
        text[length++] = (char)('0' + (rest >> point));
    }
    strcpy(text + length, below(2) ? "000" : below(2) ? "0001" : "");
}

static void number_text(char *text)
{
    char *p = text;
    int digits, exponent;
    uint64_t whole;

    switch (below(7)) {
    case 0:
        digits = below(20);
        sprintf(text, "%.*g", digits, any_double());
        break;
    case 1:
        digits = below(900);
        sprintf(text, "%.*e", digits, any_double());
        break;
    case 2:
        for (int i = below(30); i >= 0; i--)
            *p++ = "0123456789.eE+-"[below(15)];
        *p = '\0';
        break;
    case 3:
        whole = shifted(0);
        exponent = below(700) - 350;
        sprintf(text, "%llue%d", (unsigned long long)whole, exponent);
        break;
    case 4:
        whole = shifted(0);
        exponent = below(2400) - 1200;
        sprintf(text, "0x%llx.%llxp%d", (unsigned long long)whole, (unsigned long long)draw(),
                exponent);
        break;
    case 5:
        halfway(text);
        break;
    default:
        for (int i = below(800); i >= 0; i--)
            *p++ = "0123456789"[below(10)];
        sprintf(p, "e-%d", below(1200));
    }
}

static void print_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    if (x != x)
        printf(" nan");
    else
        printf(" %016llx", (unsigned long long)bits);
}

static void case_strtod(void)
{
    char text[1400], *end;
    double x;
    float y;

    number_text(text);
    errno = 0;
    x = strtod(text, &end);
    printf("%.40s:", text);
    print_bits(x);
    printf(" %d %d", (int)(end - text), errno == ERANGE);
    errno = 0;
    y = strtof(text, &end);
    print_bits(y);
    printf(" %d %d\n", (int)(end - text), errno == ERANGE);
}

/* Without what glibc takes although C does not: 1e as a number, %3c of two characters. */
static void case_scanf(void)
{
    static const char *const formats[] = {
        "%d",      "%5d%n",  "%i %i",   "%u,%u",     "%x%x",      "%o",         "%ld %n",
        "%hhd",    "%hd%d",  "%*d%d",   "%3d%3d",    "%lf",       "%lf %n",     "%12lf%lf",
        "%lf,%lf", "%lfe%n", "%lg%d",   "%s",        "%3s%s",     "%[0-9]%n",   "%[^,],%d",
        "%c%c",    "%1c%n",  "%[]a]%n", "a%db",      " %d %% %n", "%llx",       "%zu%n",
        "%f",      "%a %n",  "%p",      "%[a-c-]%n", "%*s%d",     "%*[ab]%d%n", "%lf%lf%lf",
    };
    char text[64], *p = text;
    /* Each argument has room for any type, and is printed as its bytes. */
    union {
        char bytes[80];
        double number;
    } got[3];
    const char *format = formats[below((int)(sizeof formats / sizeof formats[0]))];
    int stored, digits;
    uint64_t whole;

    for (int i = 1 + below(3); i > 0; i--) {
        switch (below(5)) {
        case 0:
            whole = shifted(0);
            p += sprintf(p, below(2) ? "%llu" : "-%llu", (unsigned long long)whole);
            break;
        case 1:
            digits = 1 + below(8);
            p += sprintf(p, "%.*g", digits, (double)(below(2000001) - 1000000) / 1000);
            break;
        case 2:
            p += sprintf(p, "0x%x", below(100000));
            break;
        default:
            for (int k = below(5); k > 0; k--)
                *p++ = "0123456789abc,.+- %]"[below(20)];
        }
        *p++ = ", \n\t-a"[below(6)];
    }
    *p = '\0';
    memset(got, 0xee, sizeof got);
    stored = sscanf(text, format, &got[0], &got[1], &got[2]);
    printf("%s on [%s]: %d", format, text, stored);
    for (int i = 0; i < 3; i++) {
        printf(" ");
        for (int k = 0; k < 24; k++)
            printf("%02x", (unsigned char)got[i].bytes[k]);
    }
    printf("\n");
}

static void case_math(void)
{
    double x = any_double(), y = below(3) ? any_double() : x * (1 + below(4)) / 4, whole;
    int exponent = 0, up = below(below(2) ? 100 : 5000), down = below(below(2) ? 100 : 5000);

    printf("%a %a:", x, y);
    print_bits(fabs(x));
    print_bits(copysign(x, y));
    print_bits(x == 0 && y == 0 ? 0 : fmin(x, y)); /* either zero will do */
    print_bits(x == 0 && y == 0 ? 0 : fmax(x, y));
    print_bits(floor(x));
    print_bits(ceil(x));
    print_bits(trunc(x));
    print_bits(round(x));
    print_bits(rint(x));
    print_bits(fmod(x, y));
    print_bits(sqrt(x));
    print_bits(frexp(x, &exponent));
    printf(" %d", x == x && x - x == 0 ? exponent : 0);
    print_bits(ldexp(x, up - down));
    print_bits(modf(x, &whole));
    print_bits(whole);
    printf(" %d %d %d %d %d", isnan(x) != 0, isinf(x) != 0, isfinite(x) != 0, isnormal(x) != 0,
           x == x ? signbit(x) != 0 : 0);
    print_bits(floorf((float)x));
    print_bits(ceilf((float)x));
    print_bits(roundf((float)x));
    print_bits(rintf((float)x));
    print_bits(sqrtf((float)x));
    print_bits(fmodf((float)x, (float)y));
    printf("\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } kinds[] = {{"printf", case_printf}, {"integers", case_integers}, {"malloc", case_malloc},
                 {"strtod", case_strtod}, {"scanf", case_scanf},       {"math", case_math}};

    if (argc != 4)
        return 2;
    state = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ull | 1;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            for (long count = strtol(argv[3], NULL, 10); count > 0; count--)
                kinds[i].run();
    return 0;
}
