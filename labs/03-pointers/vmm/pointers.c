/* SPDX-License-Identifier: MIT */
/*
 * Lab 3: translates a guest virtual address by the guest's page tables (Sv39, privileged
 * specification, 4.4) to memory of the VMM. The guest writes the tables, so each entry is checked.
 */
#include "core/hypercall.h"

#include <string.h>

#define PAGE_SIZE 4096u
#define LEVELS    3

#define MODE_BARE 0 /* of satp, bits 63 to 60: no translation */
#define MODE_SV39 8

#define PTE_VALID    0x1u /* bits of a page table entry; bits 10 to 53 are the page number */
#define PTE_READ     0x2u
#define PTE_WRITE    0x4u
#define PTE_EXEC     0x8u
#define PTE_RESERVED (UINT64_C(0x3ff) << 54) /* for extensions that this hart lacks */

/*
 * Translates a guest virtual address.
 *
 * memory  the guest's RAM
 * satp    selects the tables: the mode in bits 63 to 60, the root's page number in bits 43 to 0
 * gva     the address
 * rights  PTE_READ or PTE_WRITE: the right that the access needs
 * result  receives the guest physical address
 *
 * Returns false if the address is not mapped, or if the right is missing.
 */
static bool walk(const struct memory *memory, uint64_t satp, uint64_t gva, uint64_t rights,
                 gpa_t *result)
{
    // LAB 3: starter
    // (void)memory, (void)satp, (void)gva, (void)rights, (void)result;
    // return false;
    // LAB 3: solution
    uint64_t table = satp << 20 >> 8; /* the root's number, times the page size */

    if (satp >> 60 == MODE_BARE) {
        *result = gpa(gva);
        return true;
    }
    if (satp >> 60 != MODE_SV39 || (uint64_t)((int64_t)(gva << 25) >> 25) != gva)
        return false;
    for (unsigned level = LEVELS; level-- > 0;) {
        unsigned shift = 12 + 9 * level;
        const uint64_t *entry = memory_at(memory, gpa(table + (gva >> shift & 511) * 8), 8);
        uint64_t pte, page;

        if (!entry)
            return false;
        pte = *entry;
        page = pte << 10 >> 20 << 12;
        if (!(pte & PTE_VALID) || (pte & (PTE_READ | PTE_WRITE)) == PTE_WRITE)
            return false;
        if (pte & PTE_RESERVED)
            return false;
        if (!(pte & (PTE_READ | PTE_EXEC))) {
            table = page;
            continue;
        }
        if (page & ((UINT64_C(1) << shift) - 1) || (pte & rights) != rights)
            return false;
        *result = gpa(page | (gva & ((UINT64_C(1) << shift) - 1)));
        return true;
    }
    return false;
    // LAB 3: end
}

/* Copies length bytes from gva to buffer. Returns false if any of them may not be read. */
static bool copy_in(const struct memory *memory, uint64_t satp, uint64_t gva, uint8_t *buffer,
                    uint64_t length)
{
    // LAB 3: starter
    // (void)memory, (void)satp, (void)gva, (void)buffer, (void)length;
    // return false;
    // LAB 3: solution
    while (length > 0) {
        uint64_t left = PAGE_SIZE - gva % PAGE_SIZE, piece = length < left ? length : left;
        const void *from;
        gpa_t where;

        if (!walk(memory, satp, gva, PTE_READ, &where))
            return false;
        from = memory_at(memory, where, piece);
        if (!from)
            return false;
        memcpy(buffer, from, piece);
        buffer += piece;
        gva += piece;
        length -= piece;
    }
    return true;
    // LAB 3: end
}

/* Copies length bytes of buffer to gva. Writes none of them and returns false if any may not be
 * written. */
static bool copy_out(struct vm *vm, uint64_t satp, uint64_t gva, const uint8_t *buffer,
                     uint64_t length)
{
    // LAB 3: starter
    // (void)vm, (void)satp, (void)gva, (void)buffer, (void)length;
    // return false;
    // LAB 3: solution
    for (unsigned writing = 0; writing < 2; writing++) {
        uint64_t done = 0;

        while (done < length) {
            uint64_t at = gva + done, left = PAGE_SIZE - at % PAGE_SIZE;
            uint64_t piece = length - done < left ? length - done : left;
            gpa_t where;
            void *to;

            if (!walk(&vm->memory, satp, at, PTE_WRITE, &where))
                return false;
            to = memory_for_write(vm, where, piece);
            if (!to)
                return false;
            if (writing)
                memcpy(to, buffer + done, piece);
            done += piece;
        }
    }
    return true;
    // LAB 3: end
}

/* translate(satp, address): returns the guest physical address, if it is in RAM and may be read. */
void handle_LAB3_translate(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    // LAB 3: starter
    // (void)vcpu, (void)args, (void)ret, (void)walk;
    // LAB 3: solution
    const struct memory *memory = &vcpu->vm->memory;
    gpa_t where;

    if (walk(memory, args[0], args[1], PTE_READ, &where) && memory_at(memory, where, 1))
        *ret = (struct sbiret){SBI_SUCCESS, (long)where.value};
    else
        ret->error = SBI_ERR_INVALID_ADDRESS;
    // LAB 3: end
}

/* For sum_bytes and fill_bytes, whose lengths it limits. */
static uint8_t buffer[4 * PAGE_SIZE];

/* sum_bytes(satp, address, num_bytes): returns the sum of num_bytes bytes. */
void handle_LAB3_sum_bytes(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    long sum = 0;

    if (args[2] > sizeof(buffer)) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    if (!copy_in(&vcpu->vm->memory, args[0], args[1], buffer, args[2])) {
        ret->error = SBI_ERR_INVALID_ADDRESS;
        return;
    }
    for (uint64_t i = 0; i < args[2]; i++)
        sum += buffer[i];
    *ret = (struct sbiret){SBI_SUCCESS, sum};
}

/* fill_bytes(satp, address, num_bytes, byte): fills num_bytes bytes with byte. */
void handle_LAB3_fill_bytes(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    if (args[2] > sizeof(buffer)) {
        ret->error = SBI_ERR_INVALID_PARAM;
        return;
    }
    memset(buffer, (int)(args[3] & 0xff), sizeof(buffer));
    if (copy_out(vcpu->vm, args[0], args[1], buffer, args[2]))
        *ret = (struct sbiret){SBI_SUCCESS, (long)args[2]};
    else
        ret->error = SBI_ERR_INVALID_ADDRESS;
}
