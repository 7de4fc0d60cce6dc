#include "CLinux.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

// A mapping of the calling thread whose file may be cut short by somebody else; SIGBUS comes in the thread that reads.
static __thread struct {
    char *start;
    size_t length;
    volatile int is_cut;
} guarded;
static size_t page_size;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void end_by_default(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGBUS, &action, NULL);
}

// The instruction that could not read is run again: over memory of our own, or to its end as without this handler.
static void supply(int number, siginfo_t *information, void *context) {
    (void)number, (void)context;
    int saved = errno;
    char *place = information->si_addr;
    if (information->si_code != BUS_ADRERR || place < guarded.start || place >= guarded.start + guarded.length) {
        end_by_default();
        return;
    }
    char *page = guarded.start + (place - guarded.start) / page_size * page_size;
    size_t rest = guarded.length - (page - guarded.start);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mmap(page, rest, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) {
        end_by_default();
        return;
    }
    memset(page, 0xFF, rest);
    guarded.is_cut = 1;
    errno = saved;
}

static void install(void) {
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = supply, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

void netprobe_guard(void *start, size_t length) {
    pthread_once(&once, install);
    guarded.start = start;
    guarded.length = length;
    guarded.is_cut = 0;
}

int netprobe_guard_release(void) {
    int is_cut = guarded.is_cut;
    guarded.start = NULL;
    guarded.length = 0;
    guarded.is_cut = 0;
    return is_cut;
}

// glibc calls constructors with what `main` is called with; the system shows the arguments from this very memory.
static int argument_count;
static char **arguments;

__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    arguments = values;
}

int netprobe_argument_count(void) { return argument_count; }

const char *netprobe_argument(int index) { return index < argument_count ? arguments[index] : NULL; }

void netprobe_hide_argument(const char *text) {
    size_t length = strlen(text);
    for (int index = 1; index < argument_count; index++)
        for (char *place = arguments[index]; length && (place = strstr(place, text)); place += length) memset(place, 'x', length);
}
