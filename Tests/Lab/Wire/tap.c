#define _GNU_SOURCE
#include "wire.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

// A TAP device belongs to the namespace in which it was made; its descriptor works everywhere.
int open_tap(const char *namespace_name, const char *interface) {
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", namespace_name);
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(path, O_RDONLY | O_CLOEXEC);
    int tap = -1;
    if (home >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0) {
        struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
        strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
        tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (tap >= 0 && ioctl(tap, TUNSETIFF, &request) != 0) {
            close(tap);
            tap = -1;
        }
        if (setns(home, CLONE_NEWNET) != 0) _exit(71);
    }
    if (there >= 0) close(there);
    if (home >= 0) close(home);
    return tap;
}

int set_carrier(int tap, bool is_up) {
    unsigned int carrier = is_up;
    return ioctl(tap, TUNSETCARRIER, &carrier);
}
