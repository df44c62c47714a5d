/* The back ends that this program was linked with, best first. */
#include "backend.h"

const struct backend *const backends[] = {&kvm_x86_backend, &soft_backend, NULL};
