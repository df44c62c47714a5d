/* SPDX-License-Identifier: MIT */
#include "virtio.h"

#include <string.h>

/* The registers: table 4.1. */
enum {
    MAGIC = 0x00,
    VERSION = 0x04,
    DEVICE_ID = 0x08,
    VENDOR_ID = 0x0c,
    DEVICE_FEATURES = 0x10,
    DEVICE_FEATURES_SEL = 0x14,
    DRIVER_FEATURES = 0x20,
    DRIVER_FEATURES_SEL = 0x24,
    QUEUE_SEL = 0x30,
    QUEUE_SIZE_MAX = 0x34,
    QUEUE_SIZE = 0x38,
    QUEUE_READY = 0x44,
    QUEUE_NOTIFY = 0x50,
    INTERRUPT_STATUS = 0x60,
    INTERRUPT_ACK = 0x64,
    STATUS = 0x70,
    QUEUE_DESC = 0x80, /* these three have 64 bits, in two registers each */
    QUEUE_DRIVER = 0x90,
    QUEUE_DEVICE = 0xa0,
    CONFIG_GENERATION = 0xfc,
    CONFIG = 0x100,
    SIZE = 0x1000,
};

#define STATUS_DRIVER_OK   4u
#define STATUS_NEEDS_RESET 64u
#define FEATURE_VERSION_1  (UINT64_C(1) << 32)
#define INTERRUPT_USED     1u
#define INTERRUPT_CONFIG   2u

/* The queue's parts in guest memory: 2.7.5 to 2.7.8. */
struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

#define DESCRIPTOR_NEXT  1u
#define DESCRIPTOR_WRITE 2u /* the device writes there */

#define AVAILABLE_FLAGS 0
#define AVAILABLE_INDEX 2
#define AVAILABLE_RING  4
#define USED_INDEX      2
#define USED_RING       4

#define AVAILABLE_NO_INTERRUPT 1u

static void update(const struct virtio *virtio)
{
    plic_set(virtio->plic, virtio->interrupt, virtio->interrupt_status != 0);
}

/* ---- Requests ---- */

/* Returns where the next bytes of a request lie, as many as lie together, and passes them. `size`
 * is not 0, and at most what is left of the request. */
static gpa_t next_bytes(struct virtio_request *request, uint64_t size, uint32_t *together)
{
    const struct virtio_piece *piece = &request->pieces[request->at];
    const uint32_t left = piece->length - request->done;
    const gpa_t start = gpa(piece->start.value + request->done);

    *together = size < left ? (uint32_t)size : left;
    request->done += *together;
    if (request->done == piece->length) {
        request->at++;
        request->done = 0;
    }
    return start;
}

void virtio_read(struct virtio_request *request, void *bytes, uint32_t size)
{
    uint8_t *to = bytes;
    uint32_t together;

    request->to_read -= size;
    for (; size > 0; size -= together, to += together) {
        const gpa_t start = next_bytes(request, size, &together);

        memcpy(to, memory_at(&request->vm->memory, start, together), together);
    }
}

/* The device writes: it does not want what is left to read. */
static void begin_to_write(struct virtio_request *request)
{
    if (request->at >= request->readable)
        return;
    request->at = request->readable;
    request->done = 0;
    request->to_read = 0;
}

void virtio_write(struct virtio_request *request, const void *bytes, uint32_t size)
{
    const uint8_t *from = bytes;
    uint32_t together;

    begin_to_write(request);
    request->to_write -= size;
    for (; size > 0; size -= together, from += together) {
        const gpa_t start = next_bytes(request, size, &together);

        memcpy(memory_for_write(request->vm, start, together), from, together);
    }
}

void virtio_skip(struct virtio_request *request, uint64_t size)
{
    uint32_t together;

    begin_to_write(request);
    request->to_write -= size;
    for (; size > 0; size -= together)
        next_bytes(request, size, &together);
}

static bool fetch(const struct vm *vm, uint64_t start, void *bytes, size_t size)
{
    const void *hva = memory_at(&vm->memory, gpa(start), size);

    if (hva)
        memcpy(bytes, hva, size);
    return hva != NULL;
}

static bool store(struct vm *vm, uint64_t start, const void *bytes, size_t size)
{
    void *hva = memory_for_write(vm, gpa(start), size);

    if (hva)
        memcpy(hva, bytes, size);
    return hva != NULL;
}

/* Adds a descriptor's memory to a request. Returns false if the guest has made a mistake. */
static bool add_piece(struct virtio_request *request, const struct descriptor *descriptor)
{
    const bool write = descriptor->flags & DESCRIPTOR_WRITE;
    uint64_t *bytes = write ? &request->to_write : &request->to_read;

    if (!memory_at(&request->vm->memory, gpa(descriptor->address), descriptor->length) ||
        request->count == VIRTIO_QUEUE_MAX || (!write && request->to_write > 0))
        return false;
    *bytes += descriptor->length;
    if (*bytes > VIRTIO_BYTES_MAX)
        return false;
    if (descriptor->length == 0)
        return true;
    request->readable += !write;
    request->pieces[request->count++] =
        (struct virtio_piece){gpa(descriptor->address), descriptor->length};
    return true;
}

/* Collects the chain of descriptors that begins with one of them. Returns false if the guest has
 * made a mistake: an address outside RAM, a number that is too large, a circle. */
static bool collect(const struct virtio_queue *queue, struct virtio_request *request, uint32_t head)
{
    struct descriptor descriptor = {.flags = DESCRIPTOR_NEXT, .next = (uint16_t)head};

    for (uint32_t length = 0; descriptor.flags & DESCRIPTOR_NEXT; length++) {
        if (descriptor.next >= queue->size || length == queue->size ||
            !fetch(request->vm, queue->descriptors + descriptor.next * sizeof(descriptor),
                   &descriptor, sizeof(descriptor)) ||
            !add_piece(request, &descriptor))
            return false;
    }
    return true;
}

/* Tells the guest that a request is done. */
static bool give_back(struct virtio_queue *queue, struct vm *vm, uint32_t head, uint32_t written)
{
    const uint32_t element[] = {head, written}; /* 2.7.8: id and length */
    const uint32_t slot = queue->next_used & (queue->size - 1);

    queue->next_used++;
    return store(vm, queue->used + USED_RING + slot * sizeof(element), &element, sizeof(element)) &&
           store(vm, queue->used + USED_INDEX, &queue->next_used, sizeof(queue->next_used));
}

static bool perform_next(struct virtio *virtio, struct vm *vm)
{
    struct virtio_queue *queue = &virtio->queue;
    const uint32_t slot = queue->next_available & (queue->size - 1);
    struct virtio_request request = {.vm = vm};
    uint16_t head;

    if (!fetch(vm, queue->available + AVAILABLE_RING + slot * sizeof(head), &head, sizeof(head)) ||
        !collect(queue, &request, head))
        return false;
    queue->next_available++;
    return give_back(queue, vm, head, virtio->perform(virtio, &request));
}

/* Performs all requests that the guest has made available. A guest that makes a mistake has to
 * reset the device (2.1.2). */
static void perform_all(struct virtio *virtio, struct vm *vm)
{
    struct virtio_queue *queue = &virtio->queue;
    uint16_t index, flags = 0;
    bool good;

    if (!queue->ready || !(virtio->status & STATUS_DRIVER_OK) ||
        virtio->status & STATUS_NEEDS_RESET)
        return;
    good = fetch(vm, queue->available + AVAILABLE_INDEX, &index, sizeof(index)) &&
           (uint16_t)(index - queue->next_available) <= queue->size;
    while (good && queue->next_available != index && !vm->stopped)
        good = perform_next(virtio, vm);
    good = good && fetch(vm, queue->available + AVAILABLE_FLAGS, &flags, sizeof(flags));
    if (!good) {
        virtio->status |= STATUS_NEEDS_RESET;
        virtio->interrupt_status |= INTERRUPT_CONFIG;
    } else if (!(flags & AVAILABLE_NO_INTERRUPT)) {
        virtio->interrupt_status |= INTERRUPT_USED;
    }
}

/* ---- Registers ---- */

static uint32_t half(uint64_t value, uint32_t page)
{
    return page > 1 ? 0 : (uint32_t)(value >> 32 * page);
}

static uint32_t read_register(const struct virtio *virtio, uint64_t offset)
{
    const bool selected = virtio->queue_selected == 0;

    switch (offset) {
    case MAGIC:
        return 0x74726976; /* "virt" */
    case VERSION:
        return 2;
    case DEVICE_ID:
        return virtio->id;
    case VENDOR_ID:
        return 0x42414c; /* "LAB" */
    case DEVICE_FEATURES:
        return half(virtio->features | FEATURE_VERSION_1, virtio->features_page);
    case QUEUE_SIZE_MAX:
        return selected ? VIRTIO_QUEUE_MAX : 0;
    case QUEUE_READY:
        return selected ? virtio->queue.ready : 0;
    case INTERRUPT_STATUS:
        return virtio->interrupt_status;
    case STATUS:
        return virtio->status;
    default: /* CONFIG_GENERATION: nothing changes */
        return 0;
    }
}

/* Sets the low or the high half of a number, as bit 2 of the register's offset says. */
static void set_half(uint64_t *number, uint64_t offset, uint32_t value)
{
    const unsigned shift = offset & 4 ? 32 : 0;

    *number = (*number & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift;
}

/* The queue's registers can change only while it is not ready (4.2.2.2). */
static void write_queue(struct virtio_queue *queue, uint64_t offset, uint32_t value)
{
    if (offset == QUEUE_READY) {
        queue->ready = value & 1 && queue->size > 0;
        return;
    }
    if (queue->ready)
        return;
    if (offset == QUEUE_SIZE)
        queue->size = value <= VIRTIO_QUEUE_MAX && (value & (value - 1)) == 0 ? value : 0;
    else if ((offset & ~UINT64_C(4)) == QUEUE_DESC)
        set_half(&queue->descriptors, offset, value);
    else if ((offset & ~UINT64_C(4)) == QUEUE_DRIVER)
        set_half(&queue->available, offset, value);
    else if ((offset & ~UINT64_C(4)) == QUEUE_DEVICE)
        set_half(&queue->used, offset, value);
}

static void reset(struct virtio *virtio)
{
    memset(&virtio->status, 0, sizeof(*virtio) - offsetof(struct virtio, status));
}

static void write_register(struct virtio *virtio, struct vm *vm, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case DEVICE_FEATURES_SEL:
        virtio->features_page = value;
        return;
    case DRIVER_FEATURES:
        if (virtio->driver_page < 2)
            set_half(&virtio->driver_features, virtio->driver_page ? 4 : 0, value);
        return;
    case DRIVER_FEATURES_SEL:
        virtio->driver_page = value;
        return;
    case QUEUE_SEL:
        virtio->queue_selected = value;
        return;
    case QUEUE_NOTIFY:
        if (value == 0)
            perform_all(virtio, vm);
        return;
    case INTERRUPT_ACK:
        virtio->interrupt_status &= ~value;
        return;
    case STATUS:
        if (value == 0)
            reset(virtio);
        else
            virtio->status = (virtio->status & STATUS_NEEDS_RESET) | (value & 0xff);
        return;
    default:
        if (virtio->queue_selected == 0)
            write_queue(&virtio->queue, offset, value);
    }
}

/* Reads the configuration, by accesses of any size. It cannot be written. */
static void access_config(const struct virtio *virtio, uint64_t offset, struct access *access)
{
    if (access->write)
        return;
    access->value = 0;
    if (offset < virtio->config_size && access->size <= virtio->config_size - offset)
        memcpy(&access->value, (const uint8_t *)virtio->config + offset, access->size);
}

static bool access_virtio(const struct device *self, struct vcpu *vcpu, struct access *access)
{
    struct virtio *virtio = self->context;
    const uint64_t offset = access->address - self->base;

    if (offset >= CONFIG) {
        access_config(virtio, offset - CONFIG, access);
        return true;
    }
    if (access->size != 4 || offset % 4)
        return false;
    if (access->write)
        write_register(virtio, vcpu->vm, offset, (uint32_t)access->value);
    else
        access->value = read_register(virtio, offset);
    update(virtio);
    return true;
}

int virtio_add(struct virtio *virtio, struct vm *vm, struct plic *plic, gpa_t base)
{
    virtio->device = (struct device){.kind = EXIT_MMIO,
                                     .base = base.value,
                                     .size = SIZE,
                                     .access = access_virtio,
                                     .context = virtio,
                                     .node = virtio->device.node};
    virtio->plic = plic;
    virtio->area = (struct state_area){&virtio->status,
                                       sizeof(*virtio) - offsetof(struct virtio, status), NULL};
    vm_add_state(vm, &virtio->area);
    return devices_add(vm, &virtio->device);
}
