"""Child processes, what they cost, and threads that live in a network namespace."""

import ctypes
import glob
import subprocess
import threading
import time

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def run(*command, **options):
    """Runs a command that must succeed; gives its output."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: {done.stderr}")
    return done.stdout


def start(command, namespace=None, log=None, **options):
    """Starts a command, inside `namespace` where one is given; its outputs go to the file `log` or nowhere."""
    if namespace:
        command = ["ip", "netns", "exec", namespace, *command]
    output = open(log, "wb") if log else subprocess.DEVNULL
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid):
    """User and system time of all threads so far, as the scheduler counts it (nanoseconds, no ticks)."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path) as file:
                total += int(file.read().split()[0])
        except OSError:
            pass  # the thread has just ended
    return total / 1e9


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmRSS for {pid}")


def inside(namespace, action):
    """Runs `action` on a thread in `namespace`; a socket it makes stays there."""
    result, failures = [], []

    def body():
        try:
            with open(f"/run/netns/{namespace}") as file:
                if _libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {namespace}")
            result.append(action())
        except Exception as error:  # handed to whoever waits
            failures.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return result[0]


def eventually(what, probe, within=10.0, every=0.005):
    """Asks `probe` until it gives something."""
    deadline = time.monotonic() + within
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within} s: {what}")
        time.sleep(every)
