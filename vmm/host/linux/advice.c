/* From an errno to what a person can do about it. */
#include "advice.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool in_container(void)
{
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
}

static bool in_wsl(void)
{
    struct utsname host;

    return uname(&host) == 0 && strcasestr(host.release, "microsoft");
}

/* Whether /proc/cpuinfo lists a CPU flag. */
static bool cpu_has(const char *flag)
{
    char line[8192], word[16];
    FILE *file = fopen("/proc/cpuinfo", "re");
    bool found = false;

    if (!file)
        return false;
    snprintf(word, sizeof(word), " %s ", flag);
    while (!found && fgets(line, sizeof(line), file))
        found = strncmp(line, "flags", 5) == 0 && strstr(line, word);
    fclose(file);
    return found;
}

static const char *missing_device(char *text, size_t size)
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
    snprintf(text, size, "there is no /dev/kvm: the kvm module is not loaded");
    if (cpu_has("vmx"))
        return "sudo modprobe kvm_intel";
    if (cpu_has("svm"))
        return "sudo modprobe kvm_amd";
    snprintf(text, size, "there is no /dev/kvm, and this CPU offers no virtualization");
    return "switch VT-x or AMD-V on in the firmware; inside a VM, nested virtualization in its "
           "host";
}

const char *host_kvm_advice(int error, char *text, size_t size)
{
    switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return missing_device(text, size);
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
        return "see what the kernel says: sudo dmesg | grep -i kvm";
    }
}
