/* SPDX-License-Identifier: MIT */
/*
 * A virtio device with one queue, behind registers in memory: Virtual I/O Device (VIRTIO) Version
 * 1.2, sections 2.7 (split virtqueues) and 4.2 (MMIO). The queue lies in guest memory, where the
 * guest can write anything at any time: each number there is fetched once and checked.
 */
#ifndef SERVICES_VIRTIO_H
#define SERVICES_VIRTIO_H

#include "plic.h"

#define VIRTIO_QUEUE_MAX 128 /* descriptors */
#define VIRTIO_BYTES_MAX                                                                           \
    0x00400000 /* of one request: what a device does at one exit has an end                        \
                */

/* One request: pieces of guest memory, first those that the device reads, then those it writes. */
struct virtio_request {
    struct vm *vm;
    struct virtio_piece {
        gpa_t start;
        uint32_t length; /* bytes; all of them lie in RAM */
    } pieces[VIRTIO_QUEUE_MAX];
    unsigned count, readable;   /* pieces; how many of them are to be read */
    uint64_t to_read, to_write; /* bytes that are left of either */
    unsigned at;                /* the next piece, and how much of it is done */
    uint32_t done;
};

struct virtio {
    struct device device;
    struct plic *plic;
    uint32_t interrupt;
    /* What kind of device it is: 5. */
    uint32_t id;
    uint64_t features;
    const void *config; /* what follows the registers, config_size bytes */
    size_t config_size;
    /* Performs a request. Returns how many bytes it has written. */
    uint32_t (*perform)(struct virtio *virtio, struct virtio_request *request);
    struct state_area area;

    /* The guest's state, from here to the end. */
    uint32_t status, features_page, driver_page;
    uint64_t driver_features;
    uint32_t interrupt_status;
    uint32_t queue_selected;
    struct virtio_queue {
        uint32_t size; /* descriptors: a power of two */
        uint32_t ready;
        uint64_t descriptors, available, used; /* guest physical addresses */
        uint16_t next_available, next_used;
    } queue;
};

/*
 * Adds a device to a VM. Its fields before `area`, except device and plic, are set.
 *
 * base  where its registers begin
 *
 * Returns 0, or a status after fail().
 */
int virtio_add(struct virtio *virtio, struct vm *vm, struct plic *plic, gpa_t base);

/* Copy the next bytes that a request has for the device, or room for from it. The caller has
 * compared size with to_read and to_write. */
void virtio_read(struct virtio_request *request, void *bytes, uint32_t size);
void virtio_write(struct virtio_request *request, const void *bytes, uint32_t size);

/* Leaves out the next bytes of those that the device could write. */
void virtio_skip(struct virtio_request *request, uint64_t size);

#endif
