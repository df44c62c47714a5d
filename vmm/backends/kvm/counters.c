/* SPDX-License-Identifier: MIT */
/*
 * The kernel's counters of a vCPU. KVM_GET_STATS_FD (api.rst 4.133) returns a file with a header,
 * which holds the offsets of three blocks: an identifier, a descriptor for each counter, and the
 * values.
 */
#include "kvm.h"

#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool read_at(int file, void *buffer, size_t size, uint64_t offset)
{
    return pread(file, buffer, size, (off_t)offset) == (ssize_t)size;
}

/* Returns whether the counter is a single number that only grows. */
static bool is_count(const struct kvm_stats_desc *desc)
{
    return (desc->flags & KVM_STATS_TYPE_MASK) == KVM_STATS_TYPE_CUMULATIVE && desc->size == 1;
}

/* Reads descriptor `index`. If it describes a count, also reads its name and value; otherwise
 * leaves the name empty. Returns false on errors. */
static bool read_counter(int file, const struct kvm_stats_header *header, unsigned index,
                         struct counter *counter)
{
    struct kvm_stats_desc desc;
    uint64_t stride = sizeof(desc) + header->name_size;
    uint64_t offset = header->desc_offset + index * stride;

    if (header->name_size > sizeof(counter->name) || !read_at(file, &desc, sizeof(desc), offset))
        return false;
    if (!is_count(&desc))
        return true;
    return read_at(file, counter->name, header->name_size, offset + sizeof(desc)) &&
           read_at(file, &counter->value, sizeof(counter->value),
                   (uint64_t)header->data_offset + desc.offset);
}

static struct counter *read_counters(int file)
{
    struct kvm_stats_header header;
    struct counter *counters;
    size_t count = 0;

    if (!read_at(file, &header, sizeof(header), 0))
        return NULL;
    counters = calloc((size_t)header.num_desc + 1, sizeof(*counters));
    for (unsigned i = 0; counters && i < header.num_desc; i++) {
        if (!read_counter(file, &header, i, &counters[count])) {
            free(counters);
            return NULL;
        }
        count += counters[count].name[0] != '\0';
    }
    return counters;
}

struct counter *kvm_counters(const struct vcpu *vcpu)
{
    struct counter *counters;
    int file = ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_STATS_FD, 0);

    if (file < 0)
        return NULL;
    counters = read_counters(file);
    close(file);
    return counters;
}
