#include "target.h"

#include "core/vm.h"

#include <string.h>

#define REGISTERS(table) table, sizeof(table) / sizeof((table)[0])
#define X(name)                                                                                    \
    {                                                                                              \
        name, "int", 8                                                                             \
    }
#define FLOAT(name)                                                                                \
    {                                                                                              \
        name, "ieee_double", 8                                                                     \
    }
#define CSR(name)                                                                                  \
    {                                                                                              \
        name, "int", 8                                                                             \
    }
#define FIELD(name, first, last) "<field name=\"" name "\" start=\"" first "\" end=\"" last "\"/>"
#define BIT(name, number)        FIELD(name, number, number)

static const struct debug_register cpu[] = {
    X("zero"),
    {"ra", "code_ptr", 8},
    {"sp", "data_ptr", 8},
    X("gp"),
    X("tp"),
    X("t0"),
    X("t1"),
    X("t2"),
    {"fp", "data_ptr", 8},
    X("s1"),
    X("a0"),
    X("a1"),
    X("a2"),
    X("a3"),
    X("a4"),
    X("a5"),
    X("a6"),
    X("a7"),
    X("s2"),
    X("s3"),
    X("s4"),
    X("s5"),
    X("s6"),
    X("s7"),
    X("s8"),
    X("s9"),
    X("s10"),
    X("s11"),
    X("t3"),
    X("t4"),
    X("t5"),
    X("t6"),
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
    CSR("sie"),
    CSR("sip"),
    {"stvec", "code_ptr", 8},
    CSR("sscratch"),
    {"sepc", "code_ptr", 8},
    CSR("scause"),
    CSR("stval"),
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

const struct target riscv_target = {.architecture = "riscv:rv64", .sets = sets};

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
