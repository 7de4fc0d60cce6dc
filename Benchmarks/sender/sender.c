// Sends the packets of a capture file (pcap of this byte order, Ethernet) out of an interface, over and over, as fast as one core
// can: sender INTERFACE FILE SECONDS. Says how many there were. One call of the system takes 256 packets, past the queueing
// discipline; what costs is then the way through the kernel to the interface at the other end.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

enum { batch = 256, file_header = 24, record_header = 16, longest = 1514 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_interface(const char *name) {
    int descriptor = socket(AF_PACKET, SOCK_RAW, 0);
    if (descriptor < 0) fail("socket");
    int one = 1;
    if (setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) < 0) fail("PACKET_QDISC_BYPASS");
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) fail(name);
    return descriptor;
}

// The next packets that fit into a frame, from `place` on and round again.
static void fill(const uint8_t *file, size_t size, size_t *place, struct iovec *vectors) {
    for (int count = 0; count < batch;) {
        uint32_t captured = 0;
        if (*place + record_header <= size) memcpy(&captured, file + *place + 8, sizeof captured);
        if (*place + record_header + captured > size || *place + record_header > size) {
            *place = file_header;
            continue;
        }
        vectors[count].iov_base = (void *)(file + *place + record_header);
        vectors[count].iov_len = captured;
        *place += record_header + captured;
        if (captured >= ETH_HLEN && captured <= longest) count++;
    }
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: sender INTERFACE FILE SECONDS\n");
        return 64;
    }
    int capture = open(arguments[2], O_RDONLY);
    struct stat status;
    if (capture < 0 || fstat(capture, &status) < 0) fail(arguments[2]);
    size_t size = (size_t)status.st_size;
    const uint8_t *file = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, capture, 0);
    if (file == MAP_FAILED) fail(arguments[2]);
    int interface = open_interface(arguments[1]);
    static struct mmsghdr messages[batch];
    static struct iovec vectors[batch];
    for (int index = 0; index < batch; index++)
        messages[index].msg_hdr = (struct msghdr){.msg_iov = &vectors[index], .msg_iovlen = 1};
    size_t place = file_header;
    unsigned long sent = 0;
    double start = now(), end = start + atof(arguments[3]);
    while (now() < end) {
        fill(file, size, &place, vectors);
        for (int done = 0; done < batch;) {
            int number = sendmmsg(interface, messages + done, (unsigned)(batch - done), 0);
            if (number > 0) {
                done += number;
                sent += (unsigned long)number;
            } else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
                fail("sendmmsg");
            }
        }
    }
    printf("%lu %.6f\n", sent, now() - start);
    return 0;
}
