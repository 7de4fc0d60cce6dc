#include <signal.h>
#include <string.h>

// `netprobe path` writes a document also when it is ended while it starts: its signals wait from the first instruction on that is
// ours, before the constructors of libraries and long before `main`. What comes while the system's loader works ends the program.
static void hold_signals(int count, char **values, char **environment) {
    (void)environment;
    if (count < 2 || strcmp(values[1], "path") != 0) return;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
}
__attribute__((section(".preinit_array"), used)) static void (*const hold_signals_first)(int, char **, char **) = hold_signals;
