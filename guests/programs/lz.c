/* SPDX-License-Identifier: MIT */
/*
 * Compresses its input by references to what came before (Lempel and Ziv, 1977), or restores it.
 * Look for: a reference may overlap what it makes, so a run of one byte takes one literal and one
 * reference.
 *
 *   labvisor lz.elf pack <file >packed;  labvisor lz.elf unpack <packed
 *
 * The format: a byte of eight flags, lowest first, then an item for each: with flag 0 a byte
 * itself, with 1 two bytes, the low 8 bits of distance - 1, then its high 4 bits and length - 3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DISTANCE_MAX = 1 << 12,
    LENGTH_MIN = 3, /* a reference takes two bytes, and a flag */
    LENGTH_MAX = LENGTH_MIN + 15,
    HASHES = 1 << 10,
    TRIES = 16, /* more find longer references, and take longer */
};

struct bytes {
    unsigned char *data;
    size_t size, room;
};

static void add(struct bytes *b, int byte)
{
    if (b->size == b->room) {
        b->room = b->room ? b->room * 2 : 4096;
        b->data = realloc(b->data, b->room);
        if (!b->data) {
            printf("lz: no memory for %lu bytes\n", (unsigned long)b->room);
            exit(1);
        }
    }
    b->data[b->size++] = (unsigned char)byte;
}

static unsigned hash(const unsigned char *at)
{
    return (at[0] * 33u * 33 + at[1] * 33u + at[2]) % HASHES;
}

/* For each hash of three bytes, where they were last; and for each such place, where before. 0:
 * nowhere; other numbers are one more than the place. */
static size_t last[HASHES], before[DISTANCE_MAX];

static void remember(const struct bytes *in, size_t at)
{
    size_t *head;

    if (in->size - at < LENGTH_MIN)
        return;
    head = &last[hash(in->data + at)];
    before[at % DISTANCE_MAX] = *head;
    *head = at + 1;
}

/* Finds the longest piece before `at` that also comes there. Returns its length, 0 if it is too
 * short. */
static size_t find(const struct bytes *in, size_t at, size_t *distance)
{
    size_t most = in->size - at < LENGTH_MAX ? in->size - at : LENGTH_MAX, best = LENGTH_MIN - 1;
    size_t place = most < LENGTH_MIN ? 0 : last[hash(in->data + at)];

    for (int tries = 0; place && at - (place - 1) <= DISTANCE_MAX && tries < TRIES; tries++) {
        const unsigned char *there = in->data + place - 1;
        size_t length = 0;

        while (length < most && there[length] == in->data[at + length])
            length++;
        if (length > best) {
            best = length;
            *distance = at - (place - 1);
        }
        place = before[(place - 1) % DISTANCE_MAX];
    }
    return best < LENGTH_MIN ? 0 : best;
}

static void pack(const struct bytes *in, struct bytes *out)
{
    size_t at = 0, flags = 0, distance = 0;

    for (unsigned item = 0; at < in->size; item++) {
        size_t length = find(in, at, &distance), end = at + (length ? length : 1);

        if (item % 8 == 0) {
            flags = out->size;
            add(out, 0);
        }
        if (length) {
            out->data[flags] |= (unsigned char)(1 << item % 8);
            add(out, (int)(distance - 1) & 0xFF);
            add(out, (int)((distance - 1) >> 8 << 4 | (length - LENGTH_MIN)));
        } else {
            add(out, in->data[at]);
        }
        for (; at < end; at++)
            remember(in, at);
    }
}

/* Returns whether the input is of this format. */
static int unpack(const struct bytes *in, struct bytes *out)
{
    unsigned flags = 0;
    size_t at = 0;

    for (unsigned item = 0; at < in->size; item++) {
        size_t distance, length;

        if (item % 8 == 0)
            flags = in->data[at++];
        if (at == in->size)
            return flags >> item % 8 == 0; /* fewer than eight items, the last time */
        if (!(flags >> item % 8 & 1)) {
            add(out, in->data[at++]);
            continue;
        }
        if (in->size - at < 2)
            return 0;
        distance = (in->data[at] | (size_t)(in->data[at + 1] & 0xF0) << 4) + 1;
        length = (in->data[at + 1] & 0x0F) + LENGTH_MIN;
        if (distance > out->size)
            return 0;
        while (length-- > 0)
            add(out, out->data[out->size - distance]);
        at += 2;
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct bytes in = {0}, out = {0};
    int c;

    if (argc != 2 || (strcmp(argv[1], "pack") != 0 && strcmp(argv[1], "unpack") != 0)) {
        printf("lz: give pack or unpack\n");
        return 2;
    }
    while ((c = getchar()) != EOF)
        add(&in, c);
    if (argv[1][0] == 'p') {
        pack(&in, &out);
    } else if (!unpack(&in, &out)) {
        printf("lz: the input is damaged, or was not packed by lz\n");
        return 1;
    }
    fwrite(out.data, 1, out.size, stdout);
    free(in.data);
    free(out.data);
    return 0;
}
