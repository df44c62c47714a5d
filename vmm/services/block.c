/* SPDX-License-Identifier: MIT */
/*
 * VIRTIO 1.2, section 5.2. A request begins with a header that says what to do and at which sector;
 * then come the sectors; a byte of the guest's memory takes the result.
 */
#include "block.h"

#include "core/status.h"

#define DEVICE_BLOCK 2
#define INTERRUPT    1 /* at the interrupt controller, as on QEMU's board */

#define FEATURE_SIZE_MAX (1u << 1)
#define FEATURE_SEG_MAX  (1u << 2)
#define FEATURE_FLUSH    (1u << 9)

enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4, TYPE_GET_ID = 8 };
enum { RESULT_OK = 0, RESULT_ERROR = 1, RESULT_UNSUPPORTED = 2 };

#define ID_SIZE 20

struct header {
    uint32_t type, reserved;
    uint64_t sector;
};

/* Returns whether so many bytes are whole sectors that the disk has from one sector on. */
static bool is_on_disk(const struct disk *disk, uint64_t sector, uint64_t bytes)
{
    return bytes % DISK_SECTOR == 0 && sector <= disk->sectors &&
           bytes / DISK_SECTOR <= disk->sectors - sector;
}

/* Ends the guest: the host has failed, and a run that is repeated would go on otherwise. */
static uint8_t host_failed(struct block *block)
{
    vm_stop(block->vm, fail(STATUS_HOST, "--disk: %s: cannot be read, or memory is out",
                            block->disk.file->name));
    return RESULT_ERROR;
}

/* Reads sectors for the guest. One byte of its memory stays for the result. */
static uint8_t read_sectors(struct block *block, struct virtio_request *request, uint64_t sector)
{
    uint8_t bytes[DISK_SECTOR];

    if (!is_on_disk(&block->disk, sector, request->to_write - 1))
        return RESULT_ERROR;
    for (; request->to_write > 1; sector++) {
        if (!disk_read(&block->disk, sector, bytes))
            return host_failed(block);
        virtio_write(request, bytes, DISK_SECTOR);
    }
    return RESULT_OK;
}

static uint8_t write_sectors(struct block *block, struct virtio_request *request, uint64_t sector)
{
    uint8_t bytes[DISK_SECTOR];

    if (!is_on_disk(&block->disk, sector, request->to_read))
        return RESULT_ERROR;
    for (; request->to_read > 0; sector++) {
        virtio_read(request, bytes, DISK_SECTOR);
        if (!disk_write(&block->disk, sector, bytes))
            return host_failed(block);
    }
    return RESULT_OK;
}

static uint8_t tell_id(struct virtio_request *request)
{
    static const char id[ID_SIZE] = "labvisor";

    if (request->to_write != ID_SIZE + 1)
        return RESULT_ERROR;
    virtio_write(request, id, ID_SIZE);
    return RESULT_OK;
}

static uint8_t perform_type(struct block *block, struct virtio_request *request,
                            const struct header *header)
{
    switch (header->type) {
    case TYPE_IN:
        return read_sectors(block, request, header->sector);
    case TYPE_OUT:
        return write_sectors(block, request, header->sector);
    case TYPE_FLUSH:
        return RESULT_OK; /* what is written is lost at the end of the run anyway */
    case TYPE_GET_ID:
        return tell_id(request);
    default:
        return RESULT_UNSUPPORTED;
    }
}

static uint32_t perform(struct virtio *virtio, struct virtio_request *request)
{
    struct block *block = (struct block *)virtio; /* its first member */
    const uint64_t room = request->to_write;
    struct header header;
    uint8_t result;

    if (room == 0) /* there is no byte for the result */
        return 0;
    if (request->to_read < sizeof(header)) {
        result = RESULT_ERROR;
    } else {
        virtio_read(request, &header, sizeof(header));
        result = perform_type(block, request, &header);
    }
    virtio_skip(request, request->to_write - 1); /* after an error: the result is the last byte */
    virtio_write(request, &result, 1);
    return result == RESULT_OK ? (uint32_t)room : 0;
}

int block_add(struct block *block, struct vm *vm, struct plic *plic, gpa_t base,
              const struct source *file, bool keeps_versions)
{
    static const struct device_node node = {"virtio_mmio", "virtio,mmio", INTERRUPT};
    int status;

    *block = (struct block){
        .virtio = {.device = {.node = &node},
                   .interrupt = INTERRUPT,
                   .id = DEVICE_BLOCK,
                   .features = FEATURE_SIZE_MAX | FEATURE_SEG_MAX | FEATURE_FLUSH,
                   .config = &block->config,
                   .config_size = sizeof(block->config),
                   .perform = perform},
        .vm = vm,
        /* So a request with its header and its result stays below VIRTIO_BYTES_MAX. */
        .config = {.size_max = VIRTIO_BYTES_MAX / VIRTIO_QUEUE_MAX,
                   .seg_max = VIRTIO_QUEUE_MAX - 2},
    };
    status = disk_open(&block->disk, vm, file, keeps_versions);
    block->config.capacity = block->disk.sectors;
    return status ? status : virtio_add(&block->virtio, vm, plic, base);
}

void block_free(struct block *block)
{
    disk_free(&block->disk);
}
