/* SPDX-License-Identifier: MIT */
/* Huffman's code of 2 KiB: a heap of trees, a bit at a time, and the way back. */
#include "mix.h"

#define SIZE    2048
#define SYMBOLS 64
#define NODES   (2 * SYMBOLS)

struct node {
    uint32_t weight;
    int child[2]; /* -1: a leaf */
};

static struct node nodes[NODES];
static int heap[SYMBOLS], heap_size;
static uint64_t codes[SYMBOLS];
static unsigned lengths[SYMBOLS];
static uint8_t text[SIZE], decoded[SIZE], bits[8 * SIZE];

static bool lighter(int a, int b)
{
    return nodes[a].weight != nodes[b].weight ? nodes[a].weight < nodes[b].weight : a < b;
}

static void push(int node)
{
    int at = heap_size++;

    for (; at > 0 && lighter(node, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = node;
}

static int pop(void)
{
    int top = heap[0], last = heap[--heap_size], at = 0;

    for (;;) {
        int child = 2 * at + 1;

        if (child + 1 < heap_size && lighter(heap[child + 1], heap[child]))
            child++;
        if (child >= heap_size || !lighter(heap[child], last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

static void name_leaves(int node, uint64_t code, unsigned length)
{
    if (nodes[node].child[0] < 0) {
        codes[node] = code;
        lengths[node] = length;
        return;
    }
    name_leaves(nodes[node].child[0], code << 1, length + 1);
    name_leaves(nodes[node].child[1], code << 1 | 1, length + 1);
}

/* Returns the root. */
static int make_tree(void)
{
    int count = SYMBOLS;

    for (int i = 0; i < SYMBOLS; i++)
        nodes[i] = (struct node){1, {-1, -1}};
    for (unsigned i = 0; i < SIZE; i++)
        nodes[text[i]].weight++;
    heap_size = 0;
    for (int i = 0; i < SYMBOLS; i++)
        push(i);
    while (heap_size > 1) {
        int a = pop(), b = pop();

        nodes[count] = (struct node){nodes[a].weight + nodes[b].weight, {a, b}};
        push(count++);
    }
    return heap[0];
}

/* Returns the number of bits. */
static uint32_t encode(void)
{
    uint32_t at = 0;

    memset(bits, 0, sizeof(bits));
    for (unsigned i = 0; i < SIZE; i++)
        for (unsigned left = lengths[text[i]]; left > 0; left--, at++)
            bits[at / 8] |= (uint8_t)((codes[text[i]] >> (left - 1) & 1) << at % 8);
    return at;
}

static void decode(int root)
{
    uint32_t at = 0;

    for (unsigned i = 0; i < SIZE; i++) {
        int node = root;

        for (; nodes[node].child[0] >= 0; at++)
            node = nodes[node].child[bits[at / 8] >> at % 8 & 1];
        decoded[i] = (uint8_t)node;
    }
}

static uint32_t work(uint32_t seed)
{
    uint32_t length;
    int root;

    for (unsigned i = 0; i < SIZE; i++) { /* small numbers are frequent */
        uint32_t random = next_random(&seed);

        text[i] = (uint8_t)((random % SYMBOLS) * (random / SYMBOLS % SYMBOLS) / SYMBOLS);
    }
    root = make_tree();
    name_leaves(root, 0, 0);
    length = encode();
    decode(root);
    return memcmp(text, decoded, SIZE) == 0 ? mix(length, bits[length / 16]) : 0;
}
