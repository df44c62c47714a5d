#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs labvisor in the background, and gdb on this terminal. Ends the guest when gdb has ended.

  session.py SOCKET INPUT LABVISOR... -- GDB...

The guest reads the file INPUT. The output of the guest and of labvisor goes to this terminal, too.
"""

import os
import signal
import subprocess
import sys
import time


def terminal():
    """Opens the input for gdb: the terminal, because stdin may be a file."""
    try:
        return open("/dev/tty")
    except OSError:
        return sys.stdin


def start(socket, command, guest_input):
    """Starts labvisor, and waits until gdb can connect. Exits with labvisor's status if it ends."""
    if os.path.exists(socket):
        os.unlink(socket)
    # In a session of its own, labvisor does not get ^C. gdb does, and interrupts the guest.
    labvisor = subprocess.Popen(command, stdin=guest_input, start_new_session=True)
    while not os.path.exists(socket):
        if labvisor.poll() is not None:
            sys.exit(labvisor.returncode)
        time.sleep(0.01)
    return labvisor


def main():
    socket, name, *words = sys.argv[1:]
    split = words.index("--")
    try:
        guest_input = open(name)
    except OSError as error:
        sys.exit(f"debug: INPUT={name}: {error.strerror}")
    labvisor = start(socket, words[:split], guest_input)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    try:
        restore = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        return subprocess.run(words[split + 1 :], stdin=terminal(), preexec_fn=restore).returncode
    except OSError as error:
        sys.exit(f"debug: {error.filename}: {error.strerror}")
    finally:
        labvisor.terminate()
        labvisor.wait()


if __name__ == "__main__":
    sys.exit(main())
