/* SPDX-License-Identifier: MIT */
/*
 * Lists the members of a tar archive (POSIX's ustar), or prints one of them. Look for: a header is
 * text in a block of 512 bytes, its numbers are octal; the archive has no table, it is read from
 * the front.
 *
 *   labvisor untar.elf <archive.tar;  labvisor untar.elf name <archive.tar
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 };

/* No field has to end with a 0. */
struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], owner[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static void fail(const char *what)
{
    printf("untar: %s\n", what);
    exit(1);
}

static unsigned long octal(const char *field, size_t size)
{
    unsigned long number = 0;
    size_t i = 0;

    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] != ' ' && field[i] != '\0'; i++) {
        if (field[i] < '0' || field[i] > '7')
            fail("a number that is not octal");
        number = number * 8 + (unsigned long)(field[i] - '0');
    }
    return number;
}

/* The sum of all the header's bytes, where the sum itself counts as spaces. */
static unsigned long sum(const struct header *h)
{
    const unsigned char *bytes = (const unsigned char *)h;
    unsigned long total = 0;

    for (size_t i = 0; i < BLOCK; i++)
        total += bytes[i];
    for (size_t i = 0; i < sizeof(h->checksum); i++)
        total += (unsigned long)' ' - (unsigned char)h->checksum[i];
    return total;
}

/* Makes text of a field: at most size bytes, up to a 0. Returns the end of the text. */
static char *copy(char *to, const char *field, size_t size)
{
    size_t length = 0;

    while (length < size && field[length])
        length++;
    memcpy(to, field, length);
    to[length] = '\0';
    return to + length;
}

/* A long name is divided at a slash. */
static void full_name(const struct header *h, char *name)
{
    char *end = name;

    if (h->prefix[0]) {
        end = copy(name, h->prefix, sizeof(h->prefix));
        *end++ = '/';
    }
    copy(end, h->name, sizeof(h->name));
}

static const char *kind(char type)
{
    switch (type) {
    case '0':
    case '\0':
        return "file";
    case '2':
        return "link";
    case '5':
        return "folder";
    default:
        return "other";
    }
}

/* Reads what follows a header, and prints it if `shown`. */
static void contents(unsigned long size, int shown)
{
    char block[BLOCK];

    while (size > 0) {
        size_t length = size < BLOCK ? size : BLOCK;

        if (fread(block, 1, BLOCK, stdin) != BLOCK)
            fail("the archive ends within a member");
        if (shown)
            fwrite(block, 1, length, stdout);
        size -= length;
    }
}

int main(int argc, char **argv)
{
    struct header h;
    char name[sizeof(h.prefix) + 1 + sizeof(h.name) + 1];
    int found = 0;

    for (;;) {
        unsigned long size;

        if (fread(&h, 1, BLOCK, stdin) != BLOCK)
            fail("the archive has no end");
        if (h.name[0] == '\0')
            break; /* two blocks of zeros are the end */
        if (memcmp(h.magic, "ustar", sizeof("ustar")) != 0)
            fail("the input is no archive of the format ustar");
        if (sum(&h) != octal(h.checksum, sizeof(h.checksum)))
            fail("a header's checksum is wrong");
        full_name(&h, name);
        size = octal(h.size, sizeof(h.size));
        if (argc < 2)
            printf("%-6s %03lo %7lu %s\n", kind(h.type), octal(h.mode, sizeof(h.mode)), size, name);
        else if (strcmp(name, argv[1]) == 0)
            found = 1;
        contents(size, argc > 1 && strcmp(name, argv[1]) == 0);
    }
    if (argc > 1 && !found)
        fail("the archive has no such member");
    return 0;
}
