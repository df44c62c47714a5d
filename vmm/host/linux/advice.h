/* Why /dev/kvm does not work here, and what mends it. */
#ifndef HOST_LINUX_ADVICE_H
#define HOST_LINUX_ADVICE_H

#include <stddef.h>

/*
 * error  the errno of opening /dev/kvm or of KVM_CREATE_VM
 * text   receives the reason (size bytes)
 *
 * Returns the command or step that mends it.
 */
const char *host_kvm_advice(int error, char *text, size_t size);

#endif
