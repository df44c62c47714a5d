#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Boots a Linux with KVM in QEMU, and runs labvisor there.

  boot.py MACHINE KERNEL INITRAMFS greeting
  boot.py MACHINE KERNEL INITRAMFS guest GUEST [OPTION]... [-- ARG...]
  boot.py MACHINE KERNEL INITRAMFS manifest

greeting: the initramfs is that of greeting-MACHINE.S. guest: ends with the guest's own status.
manifest: every row of tests/manifest.py for this machine's back end. A failure
outside the guest ends with status 125. V=1 shows the messages of firmware and kernel.
"""

import os
import pathlib
import re
import selectors
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import manifest

FAILED = 125
TIMEOUT = 600  # seconds, for a run of the whole manifest
SILENCE = 60  # seconds, for the first word of firmware or kernel
GUESTS = "/guests/"  # where they are in the initramfs
GDB_SOCKET = "/gdb"  # where labvisor waits for gdb there; the console is its other end
VERBOSE = os.environ.get("V") == "1"

MACHINES = {
    "x86_64": ("-machine", "q35,accel=tcg", "-cpu", "EPYC,+svm,+npt"),
    # Without Sstc: with it, Linux 7.2's KVM forgets a deadline if it is preempted between SBI's
    # set_timer and the next VM entry (its timer_save no longer reads vstimecmp).
    "riscv64": ("-machine", "virt,accel=tcg", "-cpu", "rv64,h=true,sstc=false"),
}
BACKENDS = {"x86_64": "kvm-x86", "riscv64": "kvm-riscv"}
# The options that the manifest is run with, once with each.
TRANSPORTS = {"x86_64": ["--transport=pio", "--transport=vmcall"], "riscv64": ["--transport=ecall"]}
QEMU_VERSION = (7, 1)  # the first whose hypervisor extension is neither experimental nor off
# These rows execute illegal instructions, which lead to the firmware first. It passes them on to KVM,
# and clears mstatus.MPV for that. QEMU ignores that write since "target/riscv/csr.c: do not allow mstatus
# MPV/GVA writes", so its mret goes to KVM's address inside the guest. 10.0.13 and 11.1.3 do so; 7.2, 8.2
# and 10.2.1 do not. No option of -cpu changes it. KVM since Linux 6.17 has the guest take the exception.
ILLEGAL = ("tests/traps", "tests/riscv64/illegal_forms", "tests/riscv64/machine-m-mode")
MPV_READ_ONLY = (10, 0, 11)  # QEMU; 11.0.2 of its next branch
DELEGATES_ILLEGAL = (6, 17)  # Linux


class Failed(Exception):
    """Why this failed, in words for the user."""


class Panicked(Failed):
    """The kernel did not reach its init."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def check_qemu(program):
    """Returns its version, three numbers."""
    try:
        text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    except OSError as error:
        raise Failed(f"{program}: {error.strerror}: it is not installed") from None
    found = re.search(r"version (\d+)\.(\d+)\.(\d+)", text)
    version = tuple(map(int, found.groups())) if found else QEMU_VERSION
    if version < QEMU_VERSION:
        wanted = ".".join(map(str, QEMU_VERSION))
        raise Failed(f"{program} is version {version[0]}.{version[1]}: at least {wanted} is needed")
    return version


def kernel_version(kernel):
    """Returns two numbers, or none if the file is compressed."""
    found = re.search(rb"Linux version (\d+)\.(\d+)", pathlib.Path(kernel).read_bytes())
    return tuple(map(int, found.groups())) if found else ()


def cpio(folder):
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    return subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"],
        cwd=folder, input="\n".join(names).encode(), stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip


def write_runs(folder, runs, guests):
    """Writes the files for init.c: /runs/N/args; /runs/N/input if the input is not None; /runs/N/gdb if
    labvisor waits for gdb there; and the guests of the runs."""
    for number, (args, stdin) in enumerate(runs):
        run = folder / "runs" / str(number)
        run.mkdir(parents=True)
        (run / "args").write_bytes(b"".join(arg.encode() + b"\0" for arg in args))
        if stdin is not None:
            (run / "input").write_bytes(stdin)
        if f"--gdb={GDB_SOCKET}" in args:
            (run / "gdb").touch()
        for name in (arg.removeprefix(GUESTS) for arg in args if arg.startswith(GUESTS)):
            copy = folder / GUESTS[1:] / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                copy.write_bytes((guests / name).read_bytes())
            except OSError as error:
                raise Failed(f"{guests / name}: {error.strerror}: no such guest") from None


class Console:
    """A booted machine's console. Silence gets a progress line until `quiet` is set."""

    def __init__(self, machine, kernel, initramfs, folder, keyboard=False, options=()):
        self.program = f"qemu-system-{machine}"
        check_qemu(self.program)
        append = "console=ttyS0 panic=-1" + ("" if VERBOSE else " quiet")
        if not sys.stdout.isatty():
            append += " NO_COLOR=1"  # what the kernel does not know goes to init's environment
        command = [self.program, *MACHINES[machine], "-m", "512M", "-nographic", "-no-reboot"]
        command += [*options, "-kernel", kernel, "-initrd", initramfs, "-append", append]
        self.start = time.monotonic()
        self.terminal = termios.tcgetattr(sys.stdin) if keyboard and sys.stdin.isatty() else None
        self.errors = open(folder / "errors", "w+")
        self.process = subprocess.Popen(
            command,
            stdin=None if keyboard else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.text = b""  # read and not yet taken
        self.all = b""
        self.quiet = False
        self.doing = f"{self.program}: Linux boots"

    def read(self):
        """Reads the next output. Returns False at the end."""
        while not self.selector.select(timeout=1):
            passed = time.monotonic() - self.start
            if self.quiet:
                continue
            if passed > TIMEOUT:
                raise Failed(f"no end after {TIMEOUT} seconds")
            if not self.all and passed > SILENCE:
                raise Failed(f"not a word after {SILENCE} seconds: is that a kernel of this machine's?")
            say(f"{self.doing}, {passed:.0f} s")
        data = os.read(self.process.stdout.fileno(), 65536)
        self.text += data
        self.all += data
        return bool(data)

    def until(self, pattern):
        """Takes the text up to the end of a pattern's match. Returns None if the output ends first."""
        while not (found := re.search(pattern, self.text)):
            if not self.read():
                return None
        before, self.text = self.text[: found.start()], self.text[found.end() :]
        return before.decode(errors="replace"), found

    def take(self, size):
        while len(self.text) < size and self.read():
            pass
        taken, self.text = self.text[:size], self.text[size:]
        return taken.decode(errors="replace")

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.terminal:  # QEMU has made it raw
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self.terminal)
        self.errors.close()

    def why_no(self, what):
        """Returns the reason why something did not come, from the output that came instead."""
        self.errors.seek(0)
        text = self.errors.read() + self.all.decode(errors="replace")
        tail = "\n".join("  " + line for line in text.splitlines()[-12:])
        if "Kernel panic" in text:
            return f"the kernel panicked:\n{tail}"
        return f"{what}; the last that was said:\n{tail}"


def reach_kvm(console, machine):
    """Waits for init, and checks that it found KVM."""
    if not console.until(rb"init: Linux is up\r?\n"):
        raise Panicked(console.why_no("Linux did not come to its init"))
    say(f"Linux is up after {time.monotonic() - console.start:.1f} s")
    found = console.until(rb"init: (run 0 begins|the end)\n")
    if not found:
        raise Failed(console.why_no("init did not come to a run"))
    log, end = found
    for line in log.splitlines():
        say(line)
    if machine == "riscv64" and "hypervisor extension not available" in log:
        raise Failed("the kernel says that this CPU has no hypervisor extension (h=true)")
    if end[1] == b"the end":
        raise Failed(
            "there is no /dev/kvm: what init and the kernel said of it is above; a kernel of "
            "yours (KERNEL=) needs its KVM modules, too (KVM_KO=)"
        )


def greeting(console):
    found = console.until(rb"(Hello from [^\r\n]*)\r?\n")
    if not found:
        raise Panicked(console.why_no("there was no greeting"))
    print(found[1][1].decode(), flush=True)
    console.until(rb"$^")  # all the rest: the machine is switched off
    return 0


def before_mark(text, mark):
    """Splits a text into what is before a mark, and the rest: the mark with what follows, or what may be
    the mark's begin. Tells whether the mark is there."""
    before, found, _ = text.partition(mark)
    begin = 0 if found else next((n for n in range(len(mark) - 1, 0, -1) if text.endswith(mark[:n])), 0)
    size = len(before) - begin
    return text[:size], text[size:], bool(found)


def guest(console):
    """Shows the guest's output as it comes. Returns the guest's status."""
    mark = b"init: run 0 ends: status "
    console.quiet = True
    while True:
        text, console.text, found = before_mark(console.text, mark)
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        if found:
            return int(console.until(mark + rb"(\d+),")[1][1])
        if not console.read():
            if b"Kernel panic" not in console.all and console.process.wait() == 0:
                raise Failed("QEMU has been left before the guest's end")
            raise Failed(console.why_no("the guest did not come to its end"))


def filtered(console):
    """Takes input from a file, which has an end, unlike a terminal. Shows the guest's output after it
    has ended."""
    status, stdout, stderr = next(results(console, 1))
    print(stdout, end="", flush=True)
    print(stderr, end="", file=sys.stderr, flush=True)
    return status


def let_gdb_in(console, path):
    """Connects a machine's console, which is connected to labvisor's --gdb there, with the gdb that
    comes to a socket at path, until gdb closes the connection or the guest ends."""
    if not console.until(rb"init: gdb\r?\n"):
        raise Failed(console.why_no("init did not come to gdb"))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    client, _ = listener.accept()
    listener.close()
    client.sendall(console.text)
    console.text = b""
    console.selector.register(client, selectors.EVENT_READ)
    while True:
        ready = [key.fileobj for key, _ in console.selector.select()]
        if client in ready:
            data = client.recv(65536)
            if not data:
                break
            console.process.stdin.write(data)
            console.process.stdin.flush()
        if console.process.stdout in ready:
            if not console.read():
                break
            text, console.text, ended = before_mark(console.text, b"init: run ")
            try:
                client.sendall(text)
            except BrokenPipeError:  # gdb has gone without a word
                break
            if ended:
                break
    console.selector.unregister(client)
    client.close()


def result(console, number):
    """The result of a run: status, stdout, stderr."""
    found = console.until(
        rb"init: run %d ends: status (\d+), (\d+) bytes of output, (\d+) of errors\n" % number
    )
    if not found:
        raise Failed(console.why_no(f"run {number} did not come to its end"))
    status, stdout, stderr = map(int, found[1].groups())
    return status, console.take(stdout), console.take(stderr)


def results(console, count):
    """The result of each run."""
    for number in range(count):
        console.doing = f"run {number + 1} of {count}"
        yield result(console, number)


def boot(*args, **kwargs):
    """As boot_once; boots a second time if the kernel hangs early because of QEMU's emulation (1 boot
    of 25 with QEMU 7.2)."""
    try:
        return boot_once(*args, **kwargs)
    except Panicked as panic:
        say(f"boot: {panic}\nonce more")
        return boot_once(*args, **kwargs)


def boot_once(machine, kernel, initramfs, work, runs=(), keyboard=False, files=None, options=()):
    """Boots, calls work(console), and returns its result. runs: as for write_runs(); keyboard: whether
    the console reads ours; files: more files for the initramfs, {name: path here}; options: more
    options for QEMU."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # build/qemu/MACHINE/initramfs: the guests are in build/guests/MACHINE.
        write_runs(folder, runs, pathlib.Path(initramfs).resolve().parents[2] / "guests" / machine)
        for file, path in (files or {}).items():
            shutil.copy(path, folder / file)
        # An initramfs may consist of several archives, one after the other.
        whole = pathlib.Path(initramfs).read_bytes()
        whole += b"\0" * (-len(whole) % 4) + (cpio(folder) if runs else b"")
        (folder / "initramfs").write_bytes(whole)
        console = Console(machine, kernel, folder / "initramfs", folder, keyboard, options)
        try:
            if runs:
                reach_kvm(console, machine)
            return work(console)
        finally:
            if VERBOSE:
                say(console.all.decode(errors="replace"))
            console.close()


def run_guest(machine, kernel, initramfs, name, words):
    split = words.index("--") if "--" in words else len(words)
    options, args = words[:split], words[split + 1 :]
    image = GUESTS + manifest.file_name(name)
    command = ["/labvisor", f"--backend={BACKENDS[machine]}", *options, image, *args]
    if stat.S_ISREG(os.fstat(0).st_mode) or os.path.samestat(os.fstat(0), os.stat(os.devnull)):
        with open(0, "rb", closefd=False) as file:
            return boot(machine, kernel, initramfs, filtered, [(command, file.read())])
    return boot(machine, kernel, initramfs, guest, [(command, None)], keyboard=True)


def rows_for(backend, qemu, kernel):
    """Returns the rows of the manifest that can pass with these versions."""
    rows = [row for row in manifest.MANIFEST if backend in row.backends]
    if backend != "kvm-riscv" or qemu < MPV_READ_ONLY or kernel >= DELEGATES_ILLEGAL:
        return rows
    say(
        f"not run, because this QEMU ignores the firmware's writes to mstatus.MPV: {', '.join(ILLEGAL)}; "
        "with a kernel since 6.17 they are run (DEBIAN_SUITE=sid)"
    )
    return [row for row in rows if str(row) not in ILLEGAL]


def run_manifest(machine, kernel, initramfs):
    backend = BACKENDS[machine]
    rows = rows_for(backend, check_qemu(f"qemu-system-{machine}"), kernel_version(kernel))
    cases = [
        (transport, row)
        for transport in TRANSPORTS[machine]
        for row in rows
        if transport in row.options or not any("--transport" in o for o in row.options)
    ]
    runs = [
        (["/labvisor", transport, *manifest.command(row, backend, GUESTS + manifest.file_name(row.guest))], row.stdin)
        for transport, row in cases
    ]

    def judge(console):
        failed = 0
        for (transport, row), result in zip(cases, results(console, len(cases))):
            wrong = manifest.mismatch(row, *result)
            failed += wrong is not None
            print("FAILED" if wrong else "ok    ", row, transport, flush=True)
            if wrong:
                print(wrong)
        print(
            f"{backend} on Linux in QEMU: {len(cases) - failed} rows passed, {failed} failed, "
            f"{time.monotonic() - console.start:.0f} s"
        )
        return 1 if failed else 0

    return boot(machine, kernel, initramfs, judge, runs)


def run_linux(machine, kernel, initramfs, first):
    """Boots the same kernel once more, as labvisor's guest, to its first program, which switches off."""
    append = "--append=earlycon=sbi keep_bootcon"
    command = ["/labvisor", "--timeout=500", "-m160", "-c2", append, "--initrd=/first", "/kernel"]

    def judge(console):
        begin = time.monotonic()
        status, out, err = next(results(console, 1))
        if status or "Run /init as init process" not in out:
            raise Failed(f"Linux on Linux: status {status}\n{out[-2000:]}{err}")
        print(f"Linux on Linux in QEMU came to its init and ended: {time.monotonic() - begin:.0f} s")
        return 0

    files = {"kernel": kernel, "first": first}
    return boot(machine, kernel, initramfs, judge, [(command, b"")], files=files, options=("-m", "1G"))


def main():
    machine, kernel, initramfs, what, *words = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # QEMU ends, too
    try:
        if what == "greeting":
            return boot(machine, kernel, initramfs, greeting)
        if what == "guest":
            return run_guest(machine, kernel, initramfs, words[0], words[1:])
        if what == "linux":
            return run_linux(machine, kernel, initramfs, *words)
        return run_manifest(machine, kernel, initramfs)
    except Failed as failure:
        say(f"boot: {failure}")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
