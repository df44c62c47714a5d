/* SPDX-License-Identifier: MIT */
/*
 * Lab 4: a machine with two UARTs, and with I/O ports in memory. RISC-V has no instructions for
 * ports. So an access to the window of the ports comes as EXIT_MMIO, and is made an EXIT_PIO before
 * anything else sees it.
 */
#include "core/devices.h"
#include "core/hooks.h"
#include "main/setup.h"
#include "uart.h"

#include "../guest/devices.h"

/* Makes an access to the window an access to the port. Returns true: the exit is to be handled. */
static bool find_port(struct hooks *self, struct vcpu *vcpu)
{
    struct vm_exit *exit = &vcpu->exit;

    (void)self;
    if (exit->kind == EXIT_MMIO && exit->access.address - IO_WINDOW < IO_PORTS) {
        exit->kind = EXIT_PIO;
        exit->access.address -= IO_WINDOW;
        exit->access.data = (const uint8_t *)&exit->access.value;
    }
    return true;
}

int lab_setup(struct vm *vm)
{
    static struct hooks window = {.events = HOOK_EXIT, .exited = find_port};
    int status;

    hooks_add(vm, &window);
    status = devices_add(vm, &uart_at_ports);
    return status ? status : devices_add(vm, &uart_in_memory);
}
