// libpcap needs D-Bus, systemd and what they need; capture files of the usual kinds are read without it.
#include "CPcap.h"

#define CLOADER_LIBRARY "libpcap.so.0.8"
#include "CLoader.h"

FORWARD(pcap_t *, pcap_open_dead, (int link, int length), link, length)
// The fuzzers read by it.
FORWARD(pcap_t *, pcap_open_offline, (const char *path, char *error), path, error)
FORWARD(pcap_t *, pcap_fopen_offline_with_tstamp_precision, (FILE * file, u_int precision, char *error), file, precision, error)
FORWARD(pcap_t *, pcap_create, (const char *interface, char *error), interface, error)
FORWARD(int, pcap_set_snaplen, (pcap_t * handle, int length), handle, length)
FORWARD(int, pcap_set_promisc, (pcap_t * handle, int isOn), handle, isOn)
FORWARD(int, pcap_set_timeout, (pcap_t * handle, int milliseconds), handle, milliseconds)
FORWARD(int, pcap_set_buffer_size, (pcap_t * handle, int bytes), handle, bytes)
FORWARD(int, pcap_set_tstamp_precision, (pcap_t * handle, int precision), handle, precision)
FORWARD(int, pcap_set_tstamp_type, (pcap_t * handle, int type), handle, type)
FORWARD(int, pcap_list_tstamp_types, (pcap_t * handle, int **types), handle, types)
FORWARD(void, pcap_free_tstamp_types, (int *types), types)
FORWARD(int, pcap_activate, (pcap_t * handle), handle)
FORWARD(int, pcap_setnonblock, (pcap_t * handle, int isOn, char *error), handle, isOn, error)
FORWARD(int, pcap_get_selectable_fd, (pcap_t * handle), handle)
FORWARD(int, pcap_datalink, (pcap_t * handle), handle)
FORWARD(FILE *, pcap_file, (pcap_t * handle), handle)
FORWARD(int, pcap_next_ex, (pcap_t * handle, struct pcap_pkthdr **header, const u_char **bytes), handle, header, bytes)
FORWARD(int, pcap_stats, (pcap_t * handle, struct pcap_stat *statistics), handle, statistics)
FORWARD(int, pcap_compile, (pcap_t * handle, struct bpf_program *program, const char *text, int optimizes, bpf_u_int32 mask), handle,
        program, text, optimizes, mask)
FORWARD(int, pcap_setfilter, (pcap_t * handle, struct bpf_program *program), handle, program)
FORWARD(void, pcap_freecode, (struct bpf_program * program), program)
FORWARD(u_int, bpf_filter, (const struct bpf_insn *program, const u_char *bytes, u_int length, u_int captured), program, bytes,
        length, captured)
FORWARD(char *, pcap_geterr, (pcap_t * handle), handle)
FORWARD(const char *, pcap_statustostr, (int status), status)
FORWARD(void, pcap_close, (pcap_t * handle), handle)
