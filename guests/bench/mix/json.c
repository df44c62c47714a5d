/* SPDX-License-Identifier: MIT */
/* Reads about 2 KiB of JSON by recursive descent into a tree, and sums up the tree. */
#include "mix.h"

#define SIZE   4096
#define VALUES 512

enum kind { NOTHING, NUMBER, STRING, LIST, OBJECT };

struct value {
    enum kind kind;
    int64_t number;
    const char *text;
    size_t length; /* of the text */
    struct value *first, *next;
};

static char text[SIZE];
static struct value values[VALUES];
static unsigned used;

static void write_document(uint32_t seed)
{
    char *at = text;

    *at++ = '[';
    for (unsigned i = 0; i < 24; i++) {
        static const char *const names[] = {"mercury", "venus", "earth", "mars"};
        uint32_t random = next_random(&seed);

        memcpy(at, i ? ", {\"name\": \"" : "{\"name\": \"", i ? 12 : 10);
        at += i ? 12 : 10;
        strcpy(at, names[random % 4]);
        at += strlen(at);
        strcpy(at, "\", \"moons\": [");
        at += strlen(at);
        for (unsigned moon = 0; moon < random / 4 % 8; moon++) {
            *at++ = moon ? ',' : ' ';
            *at++ = random >> moon & 1 ? '-' : '1';
            *at++ = (char)('0' + random / (moon + 1) % 10);
        }
        strcpy(at, "], \"ring\": null }");
        at += strlen(at);
    }
    strcpy(at, "]\n");
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\n' || *s == '\t' || *s == '\r')
        s++;
    return s;
}

static const char *parse(const char *s, struct value **result);

/* Reads the values of a list, or names and values of an object, after its first character. */
static const char *parse_all(const char *s, struct value *parent, char end)
{
    struct value **last = &parent->first;

    for (s = skip_blanks(s); *s && *s != end; s = skip_blanks(s)) {
        s = parse(s, last);
        last = &(*last)->next;
        s = skip_blanks(s);
        s += *s == ',' || *s == ':';
    }
    return s + (*s == end);
}

static const char *parse_number(const char *s, struct value *value)
{
    bool negative = *s == '-';

    value->kind = NUMBER;
    for (s += negative; *s >= '0' && *s <= '9'; s++)
        value->number = value->number * 10 + (*s - '0');
    value->number = negative ? -value->number : value->number;
    return s;
}

static const char *parse_string(const char *s, struct value *value)
{
    value->kind = STRING;
    value->text = s;
    while (*s && *s != '"')
        s += 1 + (*s == '\\');
    value->length = (size_t)(s - value->text);
    return s + (*s == '"');
}

static const char *parse(const char *s, struct value **result)
{
    struct value *value = *result = &values[used++ % VALUES];

    *value = (struct value){0};
    switch (*s) {
    case '[':
        value->kind = LIST;
        return parse_all(s + 1, value, ']');
    case '{':
        value->kind = OBJECT;
        return parse_all(s + 1, value, '}');
    case '"':
        return parse_string(s + 1, value);
    case 'n':
        return s + strlen("null");
    default:
        return parse_number(s, value);
    }
}

static uint32_t sum_up(const struct value *value)
{
    uint32_t sum = value->kind;

    sum = mix(sum, (uint32_t)value->number);
    for (size_t i = 0; i < value->length; i++)
        sum = mix(sum, (uint8_t)value->text[i]);
    for (const struct value *child = value->first; child; child = child->next)
        sum = mix(sum, sum_up(child));
    return sum;
}

static uint32_t work(uint32_t seed)
{
    struct value *document;

    write_document(seed);
    used = 0;
    parse(text, &document);
    return sum_up(document) + used;
}
