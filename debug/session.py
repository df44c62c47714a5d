#!/usr/bin/python3
"""Runs labvisor in the background and gdb on this terminal; when gdb has ended, so does the guest.

  session.py SOCKET INPUT LABVISOR... -- GDB...

INPUT is the file that the guest reads. The guest's output comes to this terminal, too.
"""

import os
import signal
import subprocess
import sys
import time


def terminal():
    """Where gdb reads: this script's own input may be a file."""
    try:
        return open("/dev/tty")
    except OSError:
        return sys.stdin


def main():
    socket, guest_input, *words = sys.argv[1:]
    split = words.index("--")
    if os.path.exists(socket):
        os.unlink(socket)
    try:
        stdin = open(guest_input)
    except OSError as error:
        sys.exit(f"debug: INPUT={guest_input}: {error.strerror}")
    # A session of its own: ^C is gdb's, which interrupts the guest.
    labvisor = subprocess.Popen(words[:split], stdin=stdin, start_new_session=True)
    while not os.path.exists(socket) and labvisor.poll() is None:
        time.sleep(0.01)
    if labvisor.poll() is not None:
        return labvisor.returncode
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        restore = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        result = subprocess.run(words[split + 1 :], stdin=terminal(), preexec_fn=restore)
    except OSError as error:
        sys.exit(f"debug: {error.filename}: {error.strerror}")
    finally:
        labvisor.terminate()
        labvisor.wait()
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
