/* SPDX-License-Identifier: MIT */
/* A linked list of 256: made, reversed, searched, sorted by merging, and cut in two. */
#include "mix.h"

#define NODES 256

struct node {
    struct node *next;
    int32_t key;
    uint32_t value;
};

static struct node nodes[NODES];

static struct node *make(uint32_t seed)
{
    struct node *list = NULL;

    for (unsigned i = 0; i < NODES; i++) {
        struct node *node = &nodes[i * 37 % NODES]; /* not one beside the other */

        node->key = (int32_t)(next_random(&seed) % 1000);
        node->value = i;
        node->next = list;
        list = node;
    }
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

static const struct node *find(const struct node *list, int32_t key)
{
    while (list && list->key != key)
        list = list->next;
    return list;
}

/* Takes every second node away from the list. Returns these. */
static struct node *split(struct node *list)
{
    struct node *others = NULL, **end = &others;

    for (; list && list->next; list = list->next) {
        *end = list->next;
        end = &(*end)->next;
        list->next = *end;
        if (!list->next)
            break;
    }
    *end = NULL;
    return others;
}

static struct node *merge(struct node *a, struct node *b)
{
    struct node *list = NULL, **end = &list;

    while (a && b) {
        struct node **least = a->key <= b->key ? &a : &b;

        *end = *least;
        end = &(*end)->next;
        *least = *end;
    }
    *end = a ? a : b;
    return list;
}

static struct node *sort(struct node *list)
{
    struct node *others;

    if (!list || !list->next)
        return list;
    others = split(list);
    return merge(sort(list), sort(others));
}

static uint32_t work(uint32_t seed)
{
    struct node *list = reverse(make(seed));
    uint32_t sum = 0;

    for (int32_t key = 0; key < 40; key++) {
        const struct node *found = find(list, key * 25);

        sum = mix(sum, found ? found->value : NODES);
    }
    list = sort(list);
    for (const struct node *at = list; at; at = at->next)
        sum = mix(sum, (uint32_t)at->key * NODES + at->value);
    return sum;
}
