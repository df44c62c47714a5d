/* SPDX-License-Identifier: MIT */
/*
 * Lab 10: the machine with the block device, and with a guest that changes a request while the
 * device handles it. On a machine with several CPUs another hart would do that at any time. Here it
 * happens when the device asks for the buffer, which is in the middle. So it happens every time.
 */
#include "block.h"

#include "core/hypercall.h"
#include "main/setup.h"

#include "../guest/queue.h"

static const struct backend *soft;
static gpa_t changing; /* the request that changes next; 0: none */

/* change_request(base_addr): the request there changes when its buffer is asked for: it becomes the
 * other type, for another sector. */
void handle_LAB10_change_request(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    if (!memory_at(&vcpu->vm->memory, gpa(args[0]), sizeof(struct block_request))) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    changing = gpa(args[0]);
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

/* The back end learns which memory the VMM is going to write: a request's buffer is one. */
static void will_write(struct vm *vm, gpa_t start, uint64_t length)
{
    struct block_request *request = memory_at(&vm->memory, changing, sizeof(*request));

    if (request && request->address == start.value) {
        request->type = !request->type;
        request->sector ^= 1;
        changing = gpa(0);
    }
    if (soft->will_write)
        soft->will_write(vm, start, length);
}

int lab_setup(struct vm *vm)
{
    static struct state_area area = {&changing, sizeof(changing), NULL};
    static struct backend between;

    soft = vm->backend;
    between = *soft;
    between.will_write = will_write;
    vm->backend = &between;
    vm_add_state(vm, &area);
    vm_add_state(vm, &block_area);
    return devices_add(vm, &block_device);
}
