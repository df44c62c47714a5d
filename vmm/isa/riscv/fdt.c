/* SPDX-License-Identifier: MIT */
/* Writes the format of Devicetree Specification 0.4, chapter 5: a header, tokens, property names.
 */
#include "fdt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAGIC         0xd00dfeed
#define VERSION       17
#define COMPATIBLE    16
#define HEADER_SIZE   40
#define RESERVED_SIZE 16 /* the list of reserved memory, which has only its end mark */
#define NAMES_SIZE    512

enum token { BEGIN_NODE = 1, END_NODE, PROP, END = 9 };

struct tree {
    uint8_t *at, *end;      /* where the next token goes, and the end of the room */
    char names[NAMES_SIZE]; /* of properties, each once, with its NUL */
    size_t names_size;
    bool full; /* the buffer or `names` was too small */
};

/* All numbers of the format are big-endian. */
static void store_big(void *bytes, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static void put_bytes(struct tree *tree, const void *bytes, size_t size)
{
    size_t padded = (size + 3) & ~(size_t)3;

    if ((size_t)(tree->end - tree->at) < padded) {
        tree->full = true;
        return;
    }
    memset(tree->at, 0, padded);
    memcpy(tree->at, bytes, size);
    tree->at += padded;
}

static void put_u32(struct tree *tree, uint32_t value)
{
    uint8_t big[4];

    store_big(big, value, sizeof(big));
    put_bytes(tree, big, sizeof(big));
}

static uint32_t name_offset(struct tree *tree, const char *name)
{
    size_t size = strlen(name) + 1, at = 0;

    for (; at < tree->names_size; at += strlen(tree->names + at) + 1)
        if (strcmp(tree->names + at, name) == 0)
            return (uint32_t)at;
    if (size > NAMES_SIZE - at) {
        tree->full = true;
        return 0;
    }
    memcpy(tree->names + at, name, size);
    tree->names_size += size;
    return (uint32_t)at;
}

static void begin(struct tree *tree, const char *name)
{
    put_u32(tree, BEGIN_NODE);
    put_bytes(tree, name, strlen(name) + 1);
}

static void end(struct tree *tree)
{
    put_u32(tree, END_NODE);
}

static void property(struct tree *tree, const char *name, const void *value, size_t size)
{
    put_u32(tree, PROP);
    put_u32(tree, (uint32_t)size);
    put_u32(tree, name_offset(tree, name));
    put_bytes(tree, value, size);
}

static void property_text(struct tree *tree, const char *name, const char *text)
{
    property(tree, name, text, strlen(text) + 1);
}

static void property_u32(struct tree *tree, const char *name, uint32_t value)
{
    uint8_t big[4];

    store_big(big, value, sizeof(big));
    property(tree, name, big, sizeof(big));
}

static void property_u64(struct tree *tree, const char *name, uint64_t value)
{
    uint8_t big[8];

    store_big(big, value, sizeof(big));
    property(tree, name, big, sizeof(big));
}

/* Each value has 64 bits: two cells. */
static void property_pair(struct tree *tree, const char *name, uint64_t first, uint64_t second)
{
    uint8_t big[16];

    store_big(big, first, 8);
    store_big(big + 8, second, 8);
    property(tree, name, big, sizeof(big));
}

static void put_memory(struct tree *tree, const struct machine *machine)
{
    char name[32];

    snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)machine->ram_base);
    begin(tree, name);
    property_text(tree, "device_type", "memory");
    property_pair(tree, "reg", machine->ram_base, machine->ram_size);
    end(tree);
}

/* Writes the two properties that have replaced riscv,isa: "rv64imac_zicsr" is the base rv64i with
 * the extensions i, m, a, c, zicsr. */
static void put_extensions(struct tree *tree, const char *isa)
{
    char list[128];
    size_t size = 0;

    isa += strlen("rv64");
    for (bool letters = true; *isa && size + 2 < sizeof(list); isa++) {
        if (*isa != '_')
            list[size++] = *isa;
        else
            letters = false;
        if (letters || isa[1] == '_' || !isa[1])
            list[size++] = '\0';
    }
    property_text(tree, "riscv,isa-base", "rv64i");
    property(tree, "riscv,isa-extensions", list, size);
}

static void put_cpu(struct tree *tree, const struct machine *machine, unsigned hart)
{
    char name[32];

    snprintf(name, sizeof(name), "cpu@%x", hart);
    begin(tree, name);
    property_text(tree, "device_type", "cpu");
    property_u32(tree, "reg", hart);
    property_text(tree, "status", "okay");
    property_text(tree, "compatible", "riscv");
    property_text(tree, "riscv,isa", machine->isa);
    put_extensions(tree, machine->isa);
    property_text(tree, "mmu-type", "riscv,sv48");
    begin(tree, "interrupt-controller");
    property_u32(tree, "#interrupt-cells", 1);
    property(tree, "interrupt-controller", "", 0);
    property_text(tree, "compatible", "riscv,cpu-intc");
    property_u32(tree, "phandle", hart + 1);
    end(tree);
    end(tree);
}

#define IRQ_M_EXTERNAL 11
#define IRQ_S_EXTERNAL 9

/* Writes what the interrupt controller has more than another device. It is connected to two inputs
 * of each hart, as on QEMU's board: first to M-mode's, which no guest sees. */
static void put_controller(struct tree *tree, const struct machine *machine)
{
    uint8_t inputs[4 * 4 * 32];
    size_t size = 0;

    for (uint32_t hart = 0; hart < machine->harts && size < sizeof(inputs); hart++) {
        const uint32_t cells[] = {hart + 1, IRQ_M_EXTERNAL, hart + 1, IRQ_S_EXTERNAL};

        for (unsigned i = 0; i < 4; i++, size += 4)
            store_big(inputs + size, cells[i], 4);
    }
    property(tree, "interrupts-extended", inputs, size);
    property(tree, "interrupt-controller", "", 0);
    property_u32(tree, "#interrupt-cells", 1);
    property_u32(tree, "#address-cells", 0);
    property_u32(tree, "riscv,ndev", 31);
    property_u32(tree, "phandle", machine->harts + 1);
}

static void put_device(struct tree *tree, const struct machine *machine,
                       const struct machine_device *device)
{
    char name[48];

    snprintf(name, sizeof(name), "%s@%llx", device->name, (unsigned long long)device->base);
    begin(tree, name);
    property_text(tree, "compatible", device->compatible);
    property_pair(tree, "reg", device->base, device->size);
    if (strcmp(device->name, "plic") == 0) {
        put_controller(tree, machine);
    } else {
        property_u32(tree, "interrupt-parent", machine->harts + 1);
        property_u32(tree, "interrupts", device->interrupt);
    }
    if (strcmp(device->name, "serial") == 0)
        property_u32(tree, "clock-frequency", 3686400); /* of its baud rates, which mean nothing */
    end(tree);
}

static void put_bus(struct tree *tree, const struct machine *machine)
{
    if (machine->device_count == 0)
        return;
    begin(tree, "soc");
    property_u32(tree, "#address-cells", 2);
    property_u32(tree, "#size-cells", 2);
    property_text(tree, "compatible", "simple-bus");
    property(tree, "ranges", "", 0);
    for (unsigned i = 0; i < machine->device_count; i++)
        put_device(tree, machine, &machine->devices[i]);
    end(tree);
}

static void put_chosen(struct tree *tree, const struct machine *machine)
{
    char path[64];

    begin(tree, "chosen");
    property_text(tree, "bootargs", machine->bootargs);
    if (machine->initrd_end > machine->initrd_start) {
        property_u64(tree, "linux,initrd-start", machine->initrd_start);
        property_u64(tree, "linux,initrd-end", machine->initrd_end);
    }
    for (unsigned i = 0; i < machine->device_count; i++)
        if (strcmp(machine->devices[i].name, "serial") == 0) {
            snprintf(path, sizeof(path), "/soc/serial@%llx",
                     (unsigned long long)machine->devices[i].base);
            property_text(tree, "stdout-path", path);
        }
    end(tree);
}

static void put_root(struct tree *tree, const struct machine *machine)
{
    begin(tree, "");
    property_u32(tree, "#address-cells", 2);
    property_u32(tree, "#size-cells", 2);
    property_text(tree, "compatible", "labvisor,virt");
    property_text(tree, "model", "labvisor,virt");
    put_chosen(tree, machine);
    put_memory(tree, machine);
    begin(tree, "cpus");
    property_u32(tree, "#address-cells", 1);
    property_u32(tree, "#size-cells", 0);
    property_u32(tree, "timebase-frequency", machine->timebase);
    for (unsigned hart = 0; hart < machine->harts; hart++)
        put_cpu(tree, machine, hart);
    end(tree);
    put_bus(tree, machine);
    end(tree);
    put_u32(tree, END);
}

size_t fdt_write(void *buffer, const struct machine *machine)
{
    uint8_t *const start = buffer, *const tokens = start + HEADER_SIZE + RESERVED_SIZE;
    struct tree tree = {.at = tokens, .end = start + FDT_MAX_SIZE};
    uint32_t names, header[HEADER_SIZE / 4];

    put_root(&tree, machine);
    names = (uint32_t)(tree.at - start);
    put_bytes(&tree, tree.names, tree.names_size);
    if (tree.full)
        return 0;
    header[0] = MAGIC;
    header[1] = (uint32_t)(tree.at - start); /* total size */
    header[2] = HEADER_SIZE + RESERVED_SIZE; /* offset of the tokens */
    header[3] = names;                       /* offset of the property names */
    header[4] = HEADER_SIZE;                 /* offset of the list of reserved memory */
    header[5] = VERSION;
    header[6] = COMPATIBLE;
    header[7] = 0; /* the hart that boots */
    header[8] = (uint32_t)tree.names_size;
    header[9] = names - header[2];
    for (unsigned i = 0; i < HEADER_SIZE / 4; i++)
        store_big(start + (size_t)i * 4, header[i], 4);
    memset(start + HEADER_SIZE, 0, RESERVED_SIZE);
    return (size_t)(tree.at - start);
}
