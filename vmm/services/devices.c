/* The machine has no devices in memory; a lab's build may put some in this place. */
#include "devices.h"

bool devices_serve(struct vcpu *vcpu)
{
    (void)vcpu;
    return false;
}
