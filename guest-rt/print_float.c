/* SPDX-License-Identifier: MIT */
/*
 * printf's f F e E g G a A. A number is m * 2^exponent. If the exponent is negative, that is
 * m * 5^-exponent / 10^-exponent: the digits of a large whole number with a point among them. So
 * each digit is exact, and the only error is the last rounding, to the nearest.
 */
#include <float.h>
#include <stdint.h>

#include "big.h"
#include "directive.h"

#ifdef HAS_FLOAT

__extension__ typedef unsigned __int128 uint128;

/* Room for the digits of the smallest number; one word more for big_round. The largest has fewer.
 */
#define WORDS(mantissa, least)                                                                     \
    (((mantissa)*31 / 100 + ((mantissa) - (least)) * 7 / 10) / BIG_DIGITS + 4)
#define DOUBLE_WORDS      WORDS(DBL_MANT_DIG, DBL_MIN_EXP)
#define LONG_DOUBLE_WORDS WORDS(LDBL_MANT_DIG, LDBL_MIN_EXP)

struct number {
    uint128 mantissa;
    int exponent;      /* the value is mantissa * 2^exponent */
    int fraction_bits; /* of the mantissa, for %a: it writes the rest as one digit */
    bool negative, infinite, nan;
};

/* Decodes a number whose fraction is stored in this many bits, with or without the bit before it.
 */
static struct number decode(uint128 bits, int fraction, int exponent_bits, bool leading_bit)
{
    int special = (1 << exponent_bits) - 1;
    int stored = (int)(bits >> (fraction + leading_bit)) & special;
    uint128 one = (uint128)1 << fraction, mantissa = bits & ((one << leading_bit) - 1);
    struct number number = {.fraction_bits = fraction & ~3};

    number.negative = bits >> (fraction + leading_bit + exponent_bits) & 1;
    number.infinite = stored == special && (mantissa & (one - 1)) == 0;
    number.nan = stored == special && !number.infinite;
    number.mantissa = stored && !leading_bit ? mantissa | one : mantissa;
    number.exponent = (stored ? stored : 1) - special / 2 - fraction;
    return number;
}

static struct number decode_double(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return decode(bits, DBL_MANT_DIG - 1, 11, false);
}

/* On RISC-V, IEEE 754's format of 128 bits; on x86 that of the x87 (Intel SDM vol. 1, 4.2.2). */
static struct number decode_long_double(long double value)
{
    uint128 bits = 0;

    memcpy(&bits, &value, sizeof(value));
    return decode(bits, LDBL_MANT_DIG - 1, 15, LDBL_MANT_DIG == 64);
}

/* A field in parts, from left to right. */
struct field {
    char start[4]; /* the sign, "0x" */
    int start_length;
    size_t length;  /* of all that follows */
    unsigned flags; /* of the directive */
    int width;
};

static void begin_field(struct sink *sink, const struct field *field)
{
    size_t length = (size_t)field->start_length + field->length, width = (size_t)field->width;
    size_t fill = width > length ? width - length : 0;

    if (!(field->flags & (LEFT | ZERO)))
        pad(sink, ' ', fill);
    emit(sink, field->start, (size_t)field->start_length);
    if ((field->flags & (LEFT | ZERO)) == ZERO)
        pad(sink, '0', fill);
}

static void end_field(struct sink *sink, const struct field *field)
{
    size_t length = (size_t)field->start_length + field->length, width = (size_t)field->width;

    if ((field->flags & LEFT) && width > length)
        pad(sink, ' ', width - length);
}

/* Writes the digits from a place down to another one, which may be outside of the number. */
static void put_digits(struct sink *sink, const struct big *big, int from, int to)
{
    char text[64];
    size_t length = 0;

    for (int place = from; place >= to; place--) {
        if (place < 0) {
            emit(sink, text, length);
            pad(sink, '0', (size_t)((int64_t)place - to + 1));
            return;
        }
        text[length++] = (char)('0' + big_digit(big, place));
        if (length == sizeof(text)) {
            emit(sink, text, length);
            length = 0;
        }
    }
    emit(sink, text, length);
}

/* Writes e+NN or p+N to text. Returns its length. */
static size_t write_exponent(char *text, char letter, int exponent, int least_digits)
{
    char digits[8];
    unsigned rest = (unsigned)(exponent < 0 ? -exponent : exponent);
    int count = 0;
    size_t length = 0;

    for (; rest || count < least_digits; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    text[length++] = letter;
    text[length++] = exponent < 0 ? '-' : '+';
    while (count > 0)
        text[length++] = digits[--count];
    return length;
}

/* The digits of a number, with `point` of them after the point. */
struct decimal {
    struct big big;
    int point;
};

/* Returns the exponent of the first digit. */
static int first_exponent(const struct decimal *decimal)
{
    int digits = big_digits(&decimal->big);

    return digits ? digits - 1 - decimal->point : 0;
}

/* Rounds to this many digits after the point; a negative count: before it. */
static void round_after_point(struct decimal *decimal, int64_t count)
{
    if (count < decimal->point)
        big_round(&decimal->big, (int)(decimal->point - count));
}

static void put_fixed(struct sink *sink, struct field *field, const struct decimal *decimal,
                      int precision, bool with_point)
{
    int first = first_exponent(decimal) > 0 ? first_exponent(decimal) : 0;

    field->length = (size_t)first + 1 + with_point + (size_t)precision;
    begin_field(sink, field);
    put_digits(sink, &decimal->big, decimal->point + first, decimal->point);
    emit(sink, ".", with_point);
    put_digits(sink, &decimal->big, decimal->point - 1, decimal->point - precision);
    end_field(sink, field);
}

static void put_scientific(struct sink *sink, struct field *field, const struct decimal *decimal,
                           int precision, bool with_point, char letter)
{
    int exponent = first_exponent(decimal), first = decimal->point + exponent;
    char text[16];
    size_t length = write_exponent(text, letter, exponent, 2);

    field->length = 1 + with_point + (size_t)precision + length;
    begin_field(sink, field);
    put_digits(sink, &decimal->big, first, first);
    emit(sink, ".", with_point);
    put_digits(sink, &decimal->big, first - 1, first - precision);
    emit(sink, text, length);
    end_field(sink, field);
}

/* %g: the first digits, as many as the precision says, in the shorter notation; without #, the
 * zeros at their end are left out. */
static void put_general(struct sink *sink, struct field *field, struct decimal *decimal,
                        int precision, char letter)
{
    int digits = precision ? precision : 1, exponent, after;
    bool keep = field->flags & ALTERNATE, fixed;

    round_after_point(decimal, (int64_t)digits - 1 - first_exponent(decimal));
    exponent = first_exponent(decimal);
    fixed = exponent >= -4 && exponent < digits;
    after = fixed ? digits - 1 - exponent : digits - 1;
    if (!keep) {
        int last = fixed ? decimal->point : decimal->point + exponent; /* the place of the point */

        if (after > last)
            after = last > 0 ? last : 0;
        while (after > 0 && big_digit(&decimal->big, last - after) == 0)
            after--;
    }
    if (fixed)
        put_fixed(sink, field, decimal, after, keep || after);
    else
        put_scientific(sink, field, decimal, after, keep || after, letter);
}

/* Makes the digits of a number. */
static struct decimal to_decimal(const struct number *number, uint32_t *words)
{
    struct decimal decimal = {.big = {.words = words}};
    uint128 mantissa = number->mantissa;
    int exponent = number->exponent;

    for (; exponent < 0 && mantissa && mantissa % 2 == 0; exponent++)
        mantissa /= 2;
    for (int bit = 112; bit >= 0; bit -= 16)
        big_multiply(&decimal.big, 1u << 16, (uint16_t)(mantissa >> bit));
    if (mantissa == 0)
        return decimal;
    if (exponent > 0)
        big_shift_left(&decimal.big, exponent);
    for (; decimal.point < -exponent; decimal.point++)
        big_multiply(&decimal.big, 5, 0);
    return decimal;
}

static void put_decimal(struct sink *sink, const struct directive *d, struct field *field,
                        const struct number *number, char conversion, uint32_t *words)
{
    struct decimal decimal = to_decimal(number, words);
    int precision = d->precision < 0 ? 6 : d->precision;
    bool with_point = precision || (d->flags & ALTERNATE);
    char letter = conversion >= 'a' ? 'e' : 'E';

    switch (conversion | 0x20) {
    case 'f':
        round_after_point(&decimal, precision);
        put_fixed(sink, field, &decimal, precision, with_point);
        break;
    case 'e':
        round_after_point(&decimal, (int64_t)precision - first_exponent(&decimal));
        put_scientific(sink, field, &decimal, precision, with_point, letter);
        break;
    default:
        put_general(sink, field, &decimal, precision, letter);
    }
}

static void put_hex(struct sink *sink, const struct directive *d, struct field *field,
                    const struct number *number, char conversion)
{
    const char *digits = conversion == 'a' ? "0123456789abcdef" : "0123456789ABCDEF";
    int count = number->fraction_bits / 4, precision = d->precision;
    int exponent = number->mantissa ? number->exponent + number->fraction_bits : 0;
    uint128 mantissa = number->mantissa;
    char text[2 + LDBL_MANT_DIG / 4], end[16];
    size_t length = 0, end_length;
    size_t zeros = precision > count ? (size_t)(precision - count) : 0;

    if (precision >= 0 && precision < count) {
        int dropped = 4 * (count - precision);
        uint128 half = (uint128)1 << (dropped - 1), rest = mantissa & (2 * half - 1);

        mantissa >>= dropped;
        mantissa += rest > half || (rest == half && mantissa % 2);
        count = precision;
        if (mantissa >> 4 * count == 16) { /* no longer one digit */
            mantissa /= 16;
            exponent += 4;
        }
    }
    for (; precision < 0 && count > 0 && mantissa % 16 == 0; count--)
        mantissa /= 16;
    text[length++] = digits[mantissa >> 4 * count];
    if (count || zeros || (d->flags & ALTERNATE))
        text[length++] = '.';
    while (count > 0)
        text[length++] = digits[mantissa >> 4 * --count & 15];

    end_length = write_exponent(end, (char)(conversion + 'p' - 'a'), exponent, 1);
    field->start[field->start_length++] = '0';
    field->start[field->start_length++] = (char)(conversion + 'x' - 'a');
    field->length = length + zeros + end_length;
    begin_field(sink, field);
    emit(sink, text, length);
    pad(sink, '0', zeros);
    emit(sink, end, end_length);
    end_field(sink, field);
}

static void put_special(struct sink *sink, struct field *field, const char *text)
{
    field->flags &= ~(unsigned)ZERO;
    field->length = strlen(text);
    begin_field(sink, field);
    emit(sink, text, field->length);
    end_field(sink, field);
}

static void put_value(struct sink *sink, const struct directive *d, char conversion,
                      const struct number *number, uint32_t *words)
{
    struct field field = {.flags = d->flags, .width = d->width};
    char sign = number->negative ? '-' : d->flags & PLUS ? '+' : d->flags & SPACE ? ' ' : '\0';
    bool upper = conversion < 'a';

    if (sign)
        field.start[field.start_length++] = sign;
    if (number->infinite)
        put_special(sink, &field, upper ? "INF" : "inf");
    else if (number->nan)
        put_special(sink, &field, upper ? "NAN" : "nan");
    else if ((conversion | 0x20) == 'a')
        put_hex(sink, d, &field, number, conversion);
    else
        put_decimal(sink, d, &field, number, conversion, words);
}

/* A function of its own, for the size of its stack frame. */
static __attribute__((noinline)) void put_long_double(struct sink *sink, const struct directive *d,
                                                      char conversion, long double value)
{
    uint32_t words[LONG_DOUBLE_WORDS];
    struct number number = decode_long_double(value);

    put_value(sink, d, conversion, &number, words);
}

static __attribute__((noinline)) void put_double(struct sink *sink, const struct directive *d,
                                                 char conversion, double value)
{
    uint32_t words[DOUBLE_WORDS];
    struct number number = decode_double(value);

    put_value(sink, d, conversion, &number, words);
}

bool put_float(struct sink *sink, const struct directive *d, char conversion, struct args *args)
{
    if (d->length == LONG_DOUBLE)
        put_long_double(sink, d, conversion, va_arg(args->list, long double));
    else if (d->length == INT || d->length == LONG)
        put_double(sink, d, conversion, va_arg(args->list, double));
    else
        return false;
    return true;
}

#else

bool put_float(struct sink *sink, const struct directive *d, char conversion, struct args *args)
{
    (void)sink, (void)d, (void)conversion, (void)args;
    die("printf: a floating-point number, but the guest is built without: on x86, make FLOAT=1\n");
}

#endif
