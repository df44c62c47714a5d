/* Lab 10: the device. The guest can change queue and buffers at any time. */
#include "core/hypercall.h"

#include <string.h>

#include "../guest/queue.h"

static uint8_t disk[DISK_SECTORS * SECTOR_SIZE];
static gpa_t queue_base; /* as set_queue has checked it; 0: there is none */

/* set_queue(base_addr): where the queue lies, which has to be in RAM and at a multiple of 8. */
void handle_LAB10_set_queue(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    if (args[0] % 8 || !memory_at(&vcpu->vm->memory, gpa(args[0]), sizeof(struct block_queue))) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    queue_base = gpa(args[0]);
    for (unsigned i = 0; i < sizeof(disk); i++)
        disk[i] = (uint8_t)(i / SECTOR_SIZE + i);
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

/*
 * Moves the sectors of a request, which is the VMM's copy.
 * Returns its status: BLOCK_UNSUPPORTED for an unknown type; BLOCK_ERROR, with nothing moved, if a
 * sector is not on the disk or the buffer not in RAM.
 */
static uint32_t move(const struct memory *memory, const struct block_request *request)
{
    // LAB 10: starter
    // (void)memory, (void)request, (void)disk, (void)memcpy;
    // return BLOCK_UNSUPPORTED;
    // LAB 10: solution
    uint64_t bytes = (uint64_t)request->sectors * SECTOR_SIZE;
    uint8_t *place = disk + (uint64_t)(request->sector % DISK_SECTORS) * SECTOR_SIZE, *buffer;

    if (request->type != BLOCK_READ && request->type != BLOCK_WRITE)
        return BLOCK_UNSUPPORTED;
    if (request->sector >= DISK_SECTORS || request->sectors > DISK_SECTORS - request->sector)
        return BLOCK_ERROR;
    buffer = memory_at(memory, gpa(request->address), bytes);
    if (!buffer)
        return BLOCK_ERROR;
    if (request->type == BLOCK_READ)
        memcpy(buffer, place, bytes);
    else
        memcpy(place, buffer, bytes);
    return BLOCK_OK;
    // LAB 10: end
}

/* Whether an interrupt is due when served goes from `before` to `after`, as queue.h says it. */
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
 * notify(): serves all requests that have been made, and interrupts the guest if it wants that.
 * Returns how many; SBI_ERR_FAILED without a queue; SBI_ERR_INVALID_PARAM, and serves none, if more
 * are said to be made than the queue holds.
 */
void handle_LAB10_notify(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    const struct memory *memory = &vcpu->vm->memory;
    struct block_queue *queue = memory_at(memory, queue_base, sizeof(*queue));

    (void)args;
    if (!queue)
        return;
    // LAB 10: starter
    // (void)ret, (void)move, (void)interrupt_is_due;
    // LAB 10: solution
    uint32_t before = queue->served, count = queue->made - before;

    if (count > QUEUE_SIZE) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct block_request *slot = &queue->requests[(before + i) % QUEUE_SIZE], request = *slot;

        slot->status = move(memory, &request);
    }
    queue->served = before + count;
    if (interrupt_is_due(before, before + count, queue->wanted))
        vcpu->ipi = true;
    *ret = (struct sbiret){SBI_SUCCESS, (long)count};
    // LAB 10: end
}
