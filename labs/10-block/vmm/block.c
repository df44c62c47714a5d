/* SPDX-License-Identifier: MIT */
/* Lab 10: the device. The guest can write queue and buffers at any time. */
#include "block.h"

#include "core/hypercall.h"

#include <string.h>

#include "../guest/queue.h"

static struct {
    uint8_t disk[DISK_SECTORS * SECTOR_SIZE];
    gpa_t queue; /* its address, which set_queue has checked; 0: there is none */
} state;

/* set_queue(base_addr): sets the address of the queue, which must be in RAM and a multiple of 8.
 * Fills the disk. */
void handle_LAB10_set_queue(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    if (args[0] % 8 || !memory_at(&vcpu->vm->memory, gpa(args[0]), sizeof(struct block_queue))) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    state.queue = gpa(args[0]);
    for (unsigned i = 0; i < sizeof(state.disk); i++)
        state.disk[i] = (uint8_t)(i / SECTOR_SIZE + i);
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

/*
 * Copies the sectors of a request. `request` is the VMM's copy of it.
 * Returns its status: BLOCK_UNSUPPORTED for an unknown type; BLOCK_ERROR, and copies nothing, if a
 * sector is not on the disk or the buffer not in RAM.
 */
static uint32_t move(struct vm *vm, const struct block_request *request)
{
    // LAB 10: starter
    // (void)vm, (void)request, (void)memcpy;
    // return BLOCK_UNSUPPORTED;
    // LAB 10: solution
    uint64_t bytes = (uint64_t)request->sectors * SECTOR_SIZE;
    uint8_t *sector = state.disk + (uint64_t)(request->sector % DISK_SECTORS) * SECTOR_SIZE;
    uint8_t *buffer;

    if (request->type != BLOCK_READ && request->type != BLOCK_WRITE)
        return BLOCK_UNSUPPORTED;
    if (request->sector >= DISK_SECTORS || request->sectors > DISK_SECTORS - request->sector)
        return BLOCK_ERROR;
    buffer = memory_for_write(vm, gpa(request->address), bytes);
    if (!buffer)
        return BLOCK_ERROR;
    if (request->type == BLOCK_READ)
        memcpy(buffer, sector, bytes);
    else
        memcpy(sector, buffer, bytes);
    return BLOCK_OK;
    // LAB 10: end
}

/* Returns whether an interrupt is due when handled goes from `before` to `after` (queue.h). */
static bool interrupt_is_due(uint32_t before, uint32_t after, uint32_t wanted)
{
    // LAB 10: starter
    // (void)before, (void)after, (void)wanted;
    // return false;
    // LAB 10: solution
    return wanted - before < after - before;
    // LAB 10: end
}

/*
 * notify(): handles all requests that the guest has made, and interrupts the guest if it wants
 * that. Returns their number; SBI_ERR_FAILED without a queue; SBI_ERR_INVALID_PARAM, and handles
 * none, if made and handled say that there are more requests than the queue holds.
 */
void handle_LAB10_notify(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    struct block_queue *queue = memory_for_write(vcpu->vm, state.queue, sizeof(*queue));

    (void)args;
    if (!queue)
        return;
    // LAB 10: starter
    // (void)ret, (void)move, (void)interrupt_is_due;
    // LAB 10: solution
    uint32_t before = queue->handled, count = queue->made - before;

    if (count > QUEUE_SIZE) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct block_request *slot = &queue->requests[(before + i) % QUEUE_SIZE], request = *slot;

        slot->status = move(vcpu->vm, &request);
    }
    queue->handled = before + count;
    if (interrupt_is_due(before, before + count, queue->wanted))
        vcpu->ipi = true;
    *ret = (struct sbiret){SBI_SUCCESS, (long)count};
    // LAB 10: end
}

/*
 * Performs an access to a register of the device (guest/queue.h), whose offset is access->address -
 * self->base. A store to the doorbell does what the call notify does. Returns false and does
 * nothing for any other access, which then ends the guest.
 */
static bool access_block(const struct device *self, struct vcpu *vcpu, struct access *access)
{
    // LAB 10: starter
    // (void)self, (void)vcpu, (void)access;
    // return false;
    // LAB 10: solution
    uint64_t offset = access->address - self->base;
    struct sbiret ret = {SBI_ERR_FAILED, 0};

    if (access->size != 4)
        return false;
    if (access->write && offset == BLOCK_DOORBELL) {
        handle_LAB10_notify(vcpu, NULL, &ret);
        return true;
    }
    if (access->write || offset != BLOCK_SECTORS)
        return false;
    access->value = DISK_SECTORS;
    return true;
    // LAB 10: end
}

/* The row of the table of devices. */
const struct device block_device = {
    .kind = EXIT_MMIO, .base = BLOCK_BASE, .size = BLOCK_SIZE, .access = access_block};
struct state_area block_area = {&state, sizeof(state), NULL};
