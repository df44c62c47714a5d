/* SPDX-License-Identifier: MIT */
/*
 * An integer load: N rounds of a list, a matrix, a state machine over text, and a CRC of their
 * results. All data is 16 KiB.
 *
 *   integer N          prints the CRC
 *   integer N ticks    also prints the clock ticks that it took
 */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

/* CRC-16/ARC, bit by bit. */
static uint16_t crc(uint16_t sum, uint32_t word)
{
    for (unsigned i = 0; i < 32; i++) {
        bool feedback = (sum ^ word) & 1;

        sum >>= 1;
        word >>= 1;
        if (feedback)
            sum ^= 0xA001;
    }
    return sum;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* ---- A list: find, reverse, sort by merging ---- */

#define NODES 200

struct node {
    struct node *next;
    int32_t key;
    uint32_t data;
};

static struct node nodes[NODES];

static struct node *make_list(uint32_t seed)
{
    for (unsigned i = 0; i < NODES; i++) {
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : NULL;
        nodes[i].key = (int32_t)(next_random(&seed) % 512);
        nodes[i].data = i;
    }
    return nodes;
}

static const struct node *find(const struct node *list, int32_t key)
{
    while (list && list->key != key)
        list = list->next;
    return list;
}

static struct node *reverse(struct node *list)
{
    struct node *done = NULL;

    while (list) {
        struct node *next = list->next;

        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static struct node *merge(struct node *a, struct node *b)
{
    struct node *head = NULL, **end = &head;

    while (a && b) {
        struct node **smaller = a->key <= b->key ? &a : &b;

        *end = *smaller;
        end = &(*smaller)->next;
        *smaller = *end;
    }
    *end = a ? a : b;
    return head;
}

static struct node *sort(struct node *list, unsigned length)
{
    struct node *middle = list, *second;

    if (length < 2)
        return list;
    for (unsigned i = 1; i < length / 2; i++)
        middle = middle->next;
    second = middle->next;
    middle->next = NULL;
    return merge(sort(list, length / 2), sort(second, length - length / 2));
}

static uint16_t list_round(uint16_t sum, uint32_t seed)
{
    struct node *list = make_list(seed);

    for (int32_t key = 0; key < 32; key++) {
        const struct node *found = find(list, key * 16);

        sum = crc(sum, found ? found->data : NODES);
        list = reverse(list);
    }
    list = sort(list, NODES);
    for (unsigned i = 0; list; list = list->next, i++)
        if (i % 8 == 0)
            sum = crc(sum, list->data);
    return sum;
}

/* ---- A matrix: product, then a row of it ---- */

#define SIZE 16

static int16_t left[SIZE][SIZE], right[SIZE][SIZE];
static int32_t product[SIZE][SIZE];

static void multiply(void)
{
    for (unsigned row = 0; row < SIZE; row++)
        for (unsigned column = 0; column < SIZE; column++) {
            int32_t total = 0;

            for (unsigned i = 0; i < SIZE; i++)
                total += left[row][i] * right[i][column];
            product[row][column] = total;
        }
}

static uint16_t matrix_round(uint16_t sum, uint32_t seed)
{
    for (unsigned i = 0; i < SIZE * SIZE; i++) {
        left[i / SIZE][i % SIZE] = (int16_t)(next_random(&seed) % 2048 - 1024);
        right[i / SIZE][i % SIZE] = (int16_t)(next_random(&seed) % 2048 - 1024);
    }
    multiply();
    for (unsigned i = 0; i < SIZE; i++)
        sum = crc(sum, (uint32_t)product[i][(i + seed) % SIZE]);
    return sum;
}

/* ---- A state machine: the kinds of numbers in a line of text ---- */

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, POWER, WRONG, STATES };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum state step(enum state state, char c)
{
    switch (state) {
    case START:
        if (c == '+' || c == '-')
            return SIGN;
        /* fall through */
    case SIGN:
        return is_digit(c) ? INTEGER : c == '.' ? POINT : WRONG;
    case INTEGER:
        return is_digit(c) ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : WRONG;
    case POINT:
        return is_digit(c) ? FRACTION : WRONG;
    case FRACTION:
        return is_digit(c) ? FRACTION : c == 'e' ? EXPONENT : WRONG;
    case EXPONENT:
        return is_digit(c) || c == '-' ? POWER : WRONG;
    case POWER:
        return is_digit(c) ? POWER : WRONG;
    default:
        return WRONG;
    }
}

static uint16_t text_round(uint16_t sum, uint32_t seed)
{
    static const char pieces[] = "12,5012,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e3,"
                                 "-.123e-2,-87e+832,+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^,";
    unsigned counts[STATES] = {0};
    enum state state = START;

    for (unsigned i = 0; i < 4 * (sizeof(pieces) - 1); i++) {
        char c = pieces[(i + seed) % (sizeof(pieces) - 1)];

        if (c != ',') {
            state = step(state, c);
            continue;
        }
        counts[state]++;
        state = START;
    }
    for (unsigned i = 0; i < STATES; i++)
        sum = crc(sum, counts[i]);
    return sum;
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint64_t start = time_ticks();
    uint16_t sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        sum = list_round(sum, i);
        sum = matrix_round(sum, i);
        sum = text_round(sum, i);
    }
    printf("crc %04x\n", sum);
    if (argc > 2)
        printf("%lu ticks\n", (unsigned long)(time_ticks() - start));
    return 0;
}
