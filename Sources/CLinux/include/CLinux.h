// What Swift cannot reach of Linux: headers outside the Glibc module, macros, variadic calls. Nothing else.
#pragma once
// Without _GNU_SOURCE, as Swift's Glibc module is built: two views of one structure cannot meet in one program.
// What glibc shows only with it is declared below.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/neighbour.h>
#include <sys/syscall.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <linux/openat2.h>
#include <linux/sock_diag.h>

// Gives free memory of the allocator back to the system, of all threads; what glibc keeps of itself it keeps for ever.
static inline void netprobe_trim_memory(void) { (void)malloc_trim(0); }

// Variadic and bare system calls.
static inline int netprobe_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

static inline int netprobe_capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data) {
    return (int)syscall(SYS_capget, header, data);
}

static inline int netprobe_capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct *data) {
    return (int)syscall(SYS_capset, header, data);
}

// Seen only with _GNU_SOURCE.
enum { netprobe_path_only = __O_PATH };

static inline int netprobe_openat2(int folder, const char *path, const struct open_how *how) {
    return (int)syscall(SYS_openat2, folder, path, how, sizeof *how);
}

// TCP_INFO as the kernel has it: glibc's structure ends where this goes on (linux/tcp.h, which cannot stand beside netinet/tcp.h).
struct netprobe_tcp_info {
    struct tcp_info base;
    uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
    uint32_t segments_out, segments_in;
};

static inline int netprobe_ioctl(int descriptor, unsigned long request, void *argument) {
    return ioctl(descriptor, request, argument);
}

// The arguments as the kernel handed them over; the program's name is the first.
int netprobe_argument_count(void);
const char *netprobe_argument(int index);
// Overwrites a text wherever it stands in them.
void netprobe_hide_argument(const char *text);

// While the calling thread reads a mapped file that somebody may cut short: what no longer is there reads as bytes 0xFF, and
// no signal ends the program. One mapping a thread, from page to page.
void netprobe_guard(void *start, size_t length);
// Ends that; says whether something was missing.
int netprobe_guard_release(void);

// One message of a batch, as struct mmsghdr.
struct netprobe_message {
    struct msghdr header;
    unsigned int length;
};

static inline int netprobe_sendmmsg(int descriptor, struct netprobe_message *messages, unsigned count, int flags) {
    return (int)syscall(SYS_sendmmsg, descriptor, messages, count, flags);
}

static inline int netprobe_recvmmsg(int descriptor, struct netprobe_message *messages, unsigned count, int flags) {
    return (int)syscall(SYS_recvmmsg, descriptor, messages, count, flags, 0);
}

static inline int netprobe_accept4(int descriptor, int flags) {
    return (int)syscall(SYS_accept4, descriptor, 0, 0, flags);
}

static inline int netprobe_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

static inline int netprobe_gettid(void) { return (int)syscall(SYS_gettid); }
