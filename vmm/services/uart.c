/* SPDX-License-Identifier: MIT */
/*
 * The registers of a 16550A, each of one byte (PC16550D data sheet, table II). A byte that is
 * written is sent at once: to the console. The sender of the other direction, the console, waits
 * until the guest is ready: it has set RTS, or enabled the interrupt for received bytes. So nothing
 * that was typed before a kernel has opened the port is lost.
 */
#include "uart.h"

#include "core/console.h"

#include <string.h>

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCRATCH, REGISTERS };

#define INTERRUPT 10 /* at the interrupt controller, as on QEMU's board */

#define IER_RECEIVED 0x1u
#define IER_SENT     0x2u
#define IER_ALL      0xfu
#define IIR_NONE     0x1u
#define IIR_SENT     0x2u
#define IIR_RECEIVED 0x4u
#define IIR_FIFO     0xc0u
#define FCR_ENABLE   0x1u
#define FCR_CLEAR    0x2u
#define LCR_DLAB     0x80u /* registers 0 and 1 are the divisor of the baud rate */
#define MCR_DTR      0x1u
#define MCR_RTS      0x2u
#define MCR_OUT1     0x4u
#define MCR_OUT2     0x8u
#define MCR_LOOP     0x10u
#define LSR_RECEIVED 0x1u
#define LSR_EMPTY    0x60u /* the sender's buffer, and the sender */
#define MSR_CTS      0x10u
#define MSR_DSR      0x20u
#define MSR_RI       0x40u
#define MSR_DCD      0x80u

/* Returns the reason for an interrupt, as IIR shows it. */
static uint8_t reason(const struct uart *uart)
{
    if (uart->ier & IER_RECEIVED && uart->count > 0)
        return IIR_RECEIVED;
    return uart->ier & IER_SENT && uart->sent ? IIR_SENT : IIR_NONE;
}

static void update(struct uart *uart)
{
    plic_set(uart->plic, INTERRUPT, reason(uart) != IIR_NONE);
}

static bool is_ready(const struct uart *uart)
{
    return !(uart->mcr & MCR_LOOP) && (uart->mcr & MCR_RTS || uart->ier & IER_RECEIVED);
}

/* Receives what the console has, if the guest is ready and has read all before. Returns whether the
 * guest waits for more. */
static bool receive(struct uart *uart, struct vcpu *vcpu)
{
    struct console *console = vcpu->vm->console;
    unsigned state;

    if (!is_ready(uart) || uart->count > 0 || uart->ended)
        return false;
    state = endpoint_poll(console, vcpu);
    if (!(state & (LAB_EVENT_INPUT | LAB_EVENT_EOF)))
        return uart->ier & IER_RECEIVED;
    endpoint_told(console, vcpu, state);
    uart->ended = !(state & LAB_EVENT_INPUT);
    if (!uart->ended) {
        uart->first = 0;
        uart->count = (uint8_t)console_read(vcpu, uart->received, sizeof(uart->received));
    }
    update(uart);
    return false;
}

static bool poll(const struct device *self, struct vcpu *vcpu)
{
    return receive(self->context, vcpu);
}

static uint8_t take_received(struct uart *uart)
{
    if (uart->count == 0)
        return 0;
    uart->count--;
    return uart->received[uart->first++];
}

/* Returns the modem's lines: it is there and ready. In a loop they are the guest's own. */
static uint8_t modem_status(const struct uart *uart)
{
    if (!(uart->mcr & MCR_LOOP))
        return MSR_CTS | MSR_DSR | MSR_DCD;
    return (uint8_t)((uart->mcr & MCR_RTS ? MSR_CTS : 0u) | (uart->mcr & MCR_DTR ? MSR_DSR : 0u) |
                     (uart->mcr & MCR_OUT1 ? MSR_RI : 0u) | (uart->mcr & MCR_OUT2 ? MSR_DCD : 0u));
}

static uint8_t read_register(struct uart *uart, unsigned number)
{
    uint8_t why;

    switch (number) {
    case RBR_THR:
        return uart->lcr & LCR_DLAB ? uart->divisor[0] : take_received(uart);
    case IER:
        return uart->lcr & LCR_DLAB ? uart->divisor[1] : uart->ier;
    case IIR_FCR:
        why = reason(uart);
        if (why == IIR_SENT)
            uart->sent = false; /* now the guest was told */
        return (uint8_t)(why | (uart->fifo ? IIR_FIFO : 0u));
    case LCR:
        return uart->lcr;
    case MCR:
        return uart->mcr;
    case LSR:
        return (uint8_t)(LSR_EMPTY | (uart->count > 0 ? LSR_RECEIVED : 0u));
    case MSR:
        return modem_status(uart);
    default:
        return uart->scratch;
    }
}

/* Sends a byte. In a loop it comes back. */
static void send(struct uart *uart, struct vcpu *vcpu, uint8_t byte)
{
    uart->sent = true;
    if (!(uart->mcr & MCR_LOOP)) {
        console_write(vcpu, &byte, 1);
        return;
    }
    uart->first = 0;
    uart->count = 1;
    uart->received[0] = byte;
}

static void write_register(struct uart *uart, struct vcpu *vcpu, unsigned number, uint8_t value)
{
    const bool dlab = uart->lcr & LCR_DLAB;

    switch (number) {
    case RBR_THR:
        if (dlab)
            uart->divisor[0] = value;
        else
            send(uart, vcpu, value);
        return;
    case IER:
        if (dlab) {
            uart->divisor[1] = value;
            return;
        }
        if (value & ~uart->ier & IER_SENT)
            uart->sent = true; /* the buffer is empty when the guest begins to ask */
        uart->ier = value & IER_ALL;
        return;
    case IIR_FCR:
        uart->fifo = value & FCR_ENABLE;
        if (value & FCR_CLEAR)
            uart->count = 0;
        return;
    case LCR:
        uart->lcr = value;
        return;
    case MCR:
        uart->mcr = value & 0x1f;
        return;
    case SCRATCH:
        uart->scratch = value;
        return;
    default: /* LSR and MSR are read-only */
        return;
    }
}

static bool access_uart(const struct device *self, struct vcpu *vcpu, struct access *access)
{
    struct uart *uart = self->context;
    const unsigned number = (unsigned)(access->address - self->base);

    if (access->size != 1)
        return false;
    if (number == LSR && !access->write)
        receive(uart, vcpu);
    if (number >= REGISTERS)
        access->value = 0;
    else if (access->write)
        write_register(uart, vcpu, number, (uint8_t)access->value);
    else
        access->value = read_register(uart, number);
    update(uart);
    return true;
}

int uart_add(struct uart *uart, struct vm *vm, struct plic *plic, gpa_t base)
{
    static const struct device_node node = {"serial", "ns16550a", INTERRUPT};

    *uart = (struct uart){
        .device = {EXIT_MMIO, base.value, 0x100, access_uart, uart, poll, &node},
        .plic = plic,
    };
    uart->area = (struct state_area){&uart->ier, sizeof(*uart) - offsetof(struct uart, ier), NULL};
    vm_add_state(vm, &uart->area);
    return devices_add(vm, &uart->device);
}
