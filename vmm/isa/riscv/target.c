/* SPDX-License-Identifier: MIT */
/* The registers of a hart for gdb and core files. */
#include "target.h"

#include "csr.h"

#include "core/vm.h"

#include <string.h>

#define REGISTERS(table) table, sizeof(table) / sizeof((table)[0])
#define FLOAT(name)                                                                                \
    {                                                                                              \
        name, "ieee_double", 8                                                                     \
    }
#define INT(name)                                                                                  \
    {                                                                                              \
        name, "int", 8                                                                             \
    }
#define FIELD(name, first, last) "<field name=\"" name "\" start=\"" first "\" end=\"" last "\"/>"
#define BIT(name, number)        FIELD(name, number, number)

static const struct debug_register cpu[] = {
    INT("zero"),
    {"ra", "code_ptr", 8},
    {"sp", "data_ptr", 8},
    INT("gp"),
    INT("tp"),
    INT("t0"),
    INT("t1"),
    INT("t2"),
    {"fp", "data_ptr", 8},
    INT("s1"),
    INT("a0"),
    INT("a1"),
    INT("a2"),
    INT("a3"),
    INT("a4"),
    INT("a5"),
    INT("a6"),
    INT("a7"),
    INT("s2"),
    INT("s3"),
    INT("s4"),
    INT("s5"),
    INT("s6"),
    INT("s7"),
    INT("s8"),
    INT("s9"),
    INT("s10"),
    INT("s11"),
    INT("t3"),
    INT("t4"),
    INT("t5"),
    INT("t6"),
    {"pc", "code_ptr", 8},
};

static const struct debug_register fpu[] = {
    FLOAT("ft0"),  FLOAT("ft1"),  FLOAT("ft2"),         FLOAT("ft3"),      FLOAT("ft4"),
    FLOAT("ft5"),  FLOAT("ft6"),  FLOAT("ft7"),         FLOAT("fs0"),      FLOAT("fs1"),
    FLOAT("fa0"),  FLOAT("fa1"),  FLOAT("fa2"),         FLOAT("fa3"),      FLOAT("fa4"),
    FLOAT("fa5"),  FLOAT("fa6"),  FLOAT("fa7"),         FLOAT("fs2"),      FLOAT("fs3"),
    FLOAT("fs4"),  FLOAT("fs5"),  FLOAT("fs6"),         FLOAT("fs7"),      FLOAT("fs8"),
    FLOAT("fs9"),  FLOAT("fs10"), FLOAT("fs11"),        FLOAT("ft8"),      FLOAT("ft9"),
    FLOAT("ft10"), FLOAT("ft11"), {"fflags", "int", 4}, {"frm", "int", 4}, {"fcsr", "int", 4},
};

static const struct debug_register csr[] = {
    {"sstatus", "sstatus", 8},
    INT("sie"),
    INT("sip"),
    {"stvec", "code_ptr", 8},
    INT("sscratch"),
    {"sepc", "code_ptr", 8},
    INT("scause"),
    INT("stval"),
    {"satp", "satp", 8},
};

static const struct debug_register virtual[] = {{"priv", "privilege", 1}};

/* Privileged spec, 4.1.1 and 4.1.11. */
static const char csr_types[] =
    "<flags id=\"sstatus\" size=\"8\">" BIT("SIE", "1") BIT("SPIE", "5") BIT("SPP", "8")
        FIELD("FS", "13", "14") BIT("SUM", "18") BIT("MXR", "19") FIELD("UXL", "32", "33")
            BIT("SD", "63") "</flags>"
                            "<struct id=\"satp\" size=\"8\">" FIELD("PPN", "0", "43")
                                FIELD("ASID", "44", "59") FIELD("MODE", "60", "63") "</struct>";

static const char virtual_types[] =
    "<enum id=\"privilege\" size=\"1\">"
    "<evalue name=\"U\" value=\"0\"/><evalue name=\"S\" value=\"1\"/></enum>";

static const struct register_set cpu_set = {"org.gnu.gdb.riscv.cpu", "", REGISTERS(cpu)};
static const struct register_set fpu_set = {"org.gnu.gdb.riscv.fpu", "", REGISTERS(fpu)};
static const struct register_set csr_set = {"org.gnu.gdb.riscv.csr", csr_types, REGISTERS(csr)};
static const struct register_set virtual_set = {"org.gnu.gdb.riscv.virtual", virtual_types,
                                                REGISTERS(virtual)};
static const struct register_set *const sets[] = {&cpu_set, &fpu_set, &csr_set, &virtual_set, NULL};

/* RISC-V ELF psABI, "DWARF Register Numbers": x0 to x31, f0 to f31. pc has none there: LLDB unwinds
 * frame 0 only if pc has the number that LLDB itself uses. */
#define LLDB_PC 11451

static int dwarf(unsigned index)
{
    const unsigned pc = sizeof(cpu) / sizeof(cpu[0]) - 1;

    if (index < pc)
        return (int)index;
    if (index == pc)
        return LLDB_PC;
    return index <= pc + 32 ? (int)index - 1 : -1;
}

const struct target *riscv_target(const struct vm *vm)
{
    static const struct target target = {
        .architecture = "riscv:rv64",
        .triple = "riscv64-unknown-unknown-elf",
        .pc = "pc",
        .sp = "sp",
        .fp = "fp",
        .ra = "ra",
        .sets = sets,
        .dwarf = dwarf,
    };

    (void)vm;
    return &target;
}

void riscv_split_fcsr(struct riscv_debug_registers *r)
{
    r->fflags = r->fcsr & FCSR_FLAGS;
    r->frm = (r->fcsr & FCSR_FRM) >> FCSR_FRM_SHIFT;
}

void riscv_merge_fcsr(struct riscv_debug_registers *r, uint32_t before)
{
    if (r->fcsr == before)
        r->fcsr = r->frm << FCSR_FRM_SHIFT | (r->fflags & FCSR_FLAGS);
    r->fcsr &= FCSR_FRM | FCSR_FLAGS;
}

/* As struct user_regs_struct of a RISC-V Linux: pc, then x1 to x31. */
size_t riscv_core_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    struct riscv_debug_registers r = {0};
    uint64_t pc;

    vcpu->vm->backend->debug->get_registers(vcpu, (uint8_t *)&r);
    pc = r.pc;
    memcpy(bytes, &pc, sizeof(pc));
    memcpy(bytes + sizeof(pc), (uint8_t *)&r + sizeof(r.x[0]), sizeof(r.x) - sizeof(r.x[0]));
    return sizeof(r.x);
}
