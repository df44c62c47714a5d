/*
 * Lab 4: makes `soft` a machine with devices. Without them an access to where no RAM is ends the
 * guest; here it may be served, and then the guest has to go on behind it. And those in the window
 * of the I/O ports become EXIT_PIO.
 */
#include "machine.h"

#include "backends/soft/hart.h"
#include "services/devices.h"
#include "services/ports.h"

#include "../guest/devices.h"

extern const struct backend __real_soft_backend;
extern struct backend __wrap_soft_backend;
void __real_soft_complete(struct vcpu *vcpu);
void __wrap_soft_complete(struct vcpu *vcpu);
bool __wrap_ports_serve(struct vcpu *vcpu);
bool __wrap_devices_serve(struct vcpu *vcpu);

/* The `soft` that the VMM finds. */
struct backend __wrap_soft_backend;

/* What a load leaves in its register: the value of the access, with its sign or without. */
static uint64_t loaded(enum op op, uint64_t value)
{
    switch (op) {
    case OP_lb:
        return (uint64_t)(int8_t)value;
    case OP_lh:
        return (uint64_t)(int16_t)value;
    case OP_lw:
        return (uint64_t)(int32_t)value;
    case OP_lbu:
        return (uint8_t)value;
    case OP_lhu:
        return (uint16_t)value;
    case OP_lwu:
        return (uint32_t)value;
    default:
        return value;
    }
}

/*
 * Finishes the instruction whose access has been served. The exit does not tell which one it was,
 * only what it did to memory: so it is fetched again, and decoded, for its length and for the
 * register that a load is to fill.
 */
static void finish(struct vcpu *vcpu)
{
    const struct access *access = &vcpu->exit.access;
    struct hart *hart = vcpu->state;
    struct decoded decoded;
    uint32_t bits;

    if (vcpu->exit.kind != EXIT_MMIO && vcpu->exit.kind != EXIT_PIO)
        return;
    if (mmu_fetch_insn(hart, hart->pc, &bits) != DONE)
        return; /* it has just been executed */
    decoded = decode(bits);
    if (!access->write)
        hart->x[decoded.insn.rd] = loaded(decoded.op, access->value);
    hart->pc += is_compressed(bits) ? 2 : 4;
    vcpu->exit.kind = EXIT_KICK;
}

/* A port, if that is what an address is. */
static void find_port(struct vm_exit *exit)
{
    if (exit->access.address - IO_WINDOW >= IO_PORTS)
        return;
    exit->kind = EXIT_PIO;
    exit->access.address -= IO_WINDOW;
}

static bool run(struct vcpu *vcpu)
{
    struct hart *hart = vcpu->state;
    bool exited;

    finish(vcpu);
    exited = __real_soft_backend.run(vcpu);
    if (exited && vcpu->exit.kind == EXIT_MMIO) {
        hart->steps++; /* the instruction is begun, as an ecall is at its exit */
        vcpu->insns++;
        vcpu->slice -= vcpu->slice > 0;
        find_port(&vcpu->exit);
    }
    return exited;
}

/* The debugger's: the guest is to be seen behind its exit. */
void __wrap_soft_complete(struct vcpu *vcpu)
{
    finish(vcpu);
    __real_soft_complete(vcpu);
}

__attribute__((constructor)) static void make_machine(void)
{
    __wrap_soft_backend = __real_soft_backend;
    __wrap_soft_backend.run = run;
}

bool __wrap_ports_serve(struct vcpu *vcpu)
{
    return serve_port(vcpu);
}

bool __wrap_devices_serve(struct vcpu *vcpu)
{
    return serve_mmio(vcpu);
}
