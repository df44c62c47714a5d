/* SPDX-License-Identifier: MIT */
/* Finds out whether KVM works on this machine, and what helps if it does not. */
#include "kvm.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SEE_KERNEL_LOG "see what the kernel says: sudo dmesg | grep -i kvm"

static bool in_container(void)
{
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
}

static bool in_wsl(void)
{
    struct utsname host;

    return uname(&host) == 0 && strcasestr(host.release, "microsoft");
}

static const char *explain_missing_device(const struct kvm_probe *probe, char *text, size_t size)
{
    if (in_container()) {
        snprintf(text, size, "there is no /dev/kvm in this container");
        return "start the container with --device /dev/kvm";
    }
    if (in_wsl()) {
        snprintf(text, size, "there is no /dev/kvm in this WSL");
        return "in Windows put nestedVirtualization=true under [wsl2] in "
               "%UserProfile%\\.wslconfig, then run: wsl --shutdown";
    }
    return probe->explain_no_module(text, size);
}

/* error: the errno of opening /dev/kvm or of KVM_CREATE_VM. Otherwise as kvm_run_probe. */
static const char *explain_error(const struct kvm_probe *probe, int error, char *text, size_t size)
{
    switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return explain_missing_device(probe, text, size);
    case EACCES:
        snprintf(text, size, "this user may not open /dev/kvm");
        return "sudo usermod -aG kvm \"$USER\", then log in again";
    case EPERM:
        snprintf(text, size, "/dev/kvm is there, but opening it is not permitted");
        return in_container() ? "start the container with --device /dev/kvm"
                              : "check what confines this process (seccomp, a device cgroup)";
    case EBUSY:
        snprintf(text, size, "the CPU's virtualization is in use by another hypervisor");
        return "stop the other hypervisor (VirtualBox, VMware)";
    default:
        snprintf(text, size, "/dev/kvm: %s", strerror(error));
        return SEE_KERNEL_LOG;
    }
}

const char *kvm_run_probe(const struct kvm_probe *probe, char *text, size_t size)
{
    int reason = kvm_try_all(&probe->trial);

    if (reason < 0)
        return explain_error(probe, errno, text, size);
    if (reason == probe->exit_reason) {
        snprintf(text, size, "%s guests on /dev/kvm: a test guest ran", probe->guests);
        return NULL;
    }
    snprintf(text, size, "a test guest ended with KVM exit reason %d instead of its `%s`", reason,
             probe->instruction);
    return SEE_KERNEL_LOG;
}
