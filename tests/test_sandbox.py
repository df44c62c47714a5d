# SPDX-License-Identifier: MIT
"""The VMM confines itself (docs/security.md)."""

import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from conftest import HOST, LABVISOR, MISSING, ROOT, TIMEOUT, guest, run
from manifest import ARCH, MANIFEST, command
from rsp import Stub
from test_console import Terminal

sys.path.insert(0, str(ROOT / "labs/tools"))
import confine

pytestmark = pytest.mark.skipif(
    not (confine.takes_filters() and confine.has_landlock()), reason="this kernel has no seccomp, or no Landlock"
)

HERE = [pytest.param(b, marks=pytest.mark.skipif(bool(MISSING[b]), reason=str(MISSING[b]))) for b in MISSING]
STRACE = shutil.which("strace")
needs_strace = pytest.mark.skipif(STRACE is None, reason="strace is not installed")


def readelf(*options):
    if shutil.which("readelf") is None:
        pytest.skip("readelf is not installed")
    return subprocess.run(["readelf", *options, LABVISOR], capture_output=True, text=True, check=True).stdout


def test_program_is_hardened():
    """Its addresses are random, what points to functions is read-only, and an overrun of the stack is detected."""
    relocates = subprocess.run(["cc", "-print-file-name=rcrt1.o"], capture_output=True, text=True).stdout
    assert re.search(r"Type:\s+DYN", readelf("-h")) or not relocates.startswith("/")
    headers = readelf("-lW")
    assert "GNU_RELRO" in headers and re.search(r"GNU_STACK.* RW ", headers)
    assert "BIND_NOW" in readelf("-dW")
    assert "__stack_chk_fail" in readelf("-sW")


# ---- What the kernel says of a run ----


def confinement(backend, *options, **kwargs):
    """Returns what /proc says of a guest that runs: three numbers, and the descriptors' files."""
    image = guest("tests/spin", ARCH[backend])
    process = subprocess.Popen(
        [LABVISOR, f"--backend={backend}", "--timeout=20", *options, image],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **kwargs
    )
    try:
        end = time.monotonic() + 10
        # Its timer is the first thing that a run makes.
        while not pathlib.Path(f"/proc/{process.pid}/timers").read_text() and time.monotonic() < end:
            time.sleep(0.01)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        files = {os.readlink(fd) for fd in pathlib.Path(f"/proc/{process.pid}/fd").iterdir()}
    finally:
        process.kill()
        process.wait()
    return [int(re.search(rf"^{key}:\s+(\w+)", status, re.M)[1], 16) for key in ("Seccomp", "NoNewPrivs", "CapEff")], files


@pytest.mark.parametrize("backend", HERE)
def test_a_run_is_confined(backend):
    assert confinement(backend)[0] == [2, 1, 0]
    free = confinement(backend, "--no-sandbox")[0]
    assert free[0] == int(re.search(r"Seccomp:\s+(\d)", pathlib.Path("/proc/self/status").read_text())[1])


@pytest.mark.parametrize("backend", HERE)
def test_no_inherited_file_stays_open(backend, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("")
    with open(secret, encoding="ascii") as file:
        kept = confinement(backend, "--no-sandbox", pass_fds=[file.fileno()])[1]
        closed = confinement(backend, pass_fds=[file.fileno()])[1]
    assert str(secret) in kept and str(secret) not in closed
    assert {f for f in closed if f.startswith("/") and "kvm" not in f} == {"/dev/null", str(guest("tests/spin", ARCH[backend]))}


def test_a_file_of_the_shell(tmp_path):
    """/dev/fd/N names a file that the parent has opened: it is read, and then it is closed."""
    if MISSING["soft"]:
        pytest.skip(MISSING["soft"])
    record = tmp_path / "record"
    assert run(f"--record={record}", guest("hello", "riscv64")).returncode == 0
    with open(record, encoding="ascii") as file:
        replayed = run(f"--replay=/dev/fd/{file.fileno()}", guest("hello", "riscv64"), pass_fds=[file.fileno()])
    assert replayed.returncode == 0 and replayed.stderr == b""


# ---- A VMM that a guest has taken over ----

ATTACK = ROOT / "build/attack/labvisor"
needs_attack = pytest.mark.skipif(
    os.uname().machine != "x86_64" or not ATTACK.exists(), reason="the attacks are for x86-64, and make attack-vmm"
)
PAGE = "0x1000"
# docs/security.md has these as a table: the call's name, its number on x86-64 and its arguments.
ATTACKS = [
    ("open", 2, "/etc/passwd", 0),
    ("openat", 257, -100, "/etc/passwd", 0),
    ("execve", 59, "/bin/sh", 0, 0),
    ("socket", 41, 2, 1, 0),
    ("connect", 42, 0, "hex:02000016" + "7f000001" + "00" * 8, 16),
    ("ptrace", 101, 16, 1, 0, 0),
    ("process_vm_writev", 311, 1, 0, 0, 0),
    ("mprotect", 10, "page", PAGE, 5),
    ("mmap", 9, 0, PAGE, 5, 0x22),
    ("kill", 62, "parent", 9),
    ("tgkill", 234, 1, 1, 9),
    ("fcntl", 72, 0, 8, 1),
    ("ioctl", 16, 0, 0x5412, "x"),
    ("fork", 57),
    ("clone", 56, 17, 0, 0, 0),
    ("unlink", 87, "/etc/passwd"),
    ("prctl", 157, 38, 0, 0, 0),
]


def words(arguments):
    return [str(os.getpid()) if a == "parent" else str(a % 2**64) if isinstance(a, int) else a for a in arguments]


def attack(backend, number, *arguments, options=(), program=ATTACK, wrapper=()):
    image = guest("tests/attack", ARCH[backend])
    line = [*wrapper, program, f"--backend={backend}", "--timeout=20", *options, image, str(number), *words(arguments)]
    return subprocess.run([*map(str, line)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def test_the_product_has_no_hole():
    """The planted hypercall's object is in the attacked program alone."""
    assert not re.search(r"\b(attack|make_call)\b", readelf("-sW"))
    for backend in MISSING:
        if not MISSING[backend]:
            assert attack(backend, 39, program=LABVISOR).stdout == "this VMM has no hole\n"


@needs_attack
@pytest.mark.parametrize("backend", HERE)
@pytest.mark.parametrize("options", [(), ("-c2",)], ids=("alone", "harts"))
@pytest.mark.parametrize("name, number, arguments", [(n, i, a) for n, i, *a in ATTACKS], ids=[a[0] for a in ATTACKS])
def test_attack(name, number, arguments, options, backend):
    """The VMM ends with the call's name. Without the sandbox, the call is made."""
    result = attack(backend, number, *arguments, options=options)
    assert (result.returncode, result.stdout) == (HOST, "")
    assert re.fullmatch(f"labvisor: sandbox: {name} was refused: [^\n]+\n", result.stderr)


@needs_attack
@pytest.mark.parametrize("backend", HERE)
def test_attacks_reach_the_kernel(backend):
    """Without the sandbox the hole is one, so the refusals above are the sandbox's."""
    for number, *arguments in ((2, "/etc/passwd", 0), (41, 2, 1, 0), (9, 0, PAGE, 5, 0x22), (62, "parent", 0)):
        result = attack(backend, number, *arguments, options=["--no-sandbox"])
        assert result.returncode == 0 and int(result.stdout) >= 0, (number, result)


@needs_attack
@pytest.mark.parametrize("backend", HERE)
def test_every_other_call_is_refused(backend):
    """All numbers that Linux knows, and those of its other tables, but the calls of calls.def."""
    uprobes = {335, 336}  # which the kernel answers before filters, with SIGILL
    allowed = uprobes | {number for name, number in numbers().items() if name in {row[1] for row in rows()}}
    for number in [*range(0, 470), 0x40000000 + 2, 0x40000000 + 59]:
        if number not in allowed:
            assert attack(backend, number).returncode == HOST, number


@needs_attack
@needs_strace
@pytest.mark.parametrize("backend", HERE)
def test_files_without_the_filter(backend):
    """Landlock alone, where a container refuses filters, lets no file be opened and no process be reached."""
    without = [STRACE, "-qq", "-o/dev/null", "--inject=seccomp:error=EPERM"]
    for name, number, *arguments in [a for a in ATTACKS if a[0] in ("open", "execve", "unlink", "kill")]:
        result = attack(backend, number, *arguments, wrapper=without)
        assert (result.returncode, result.stdout) in ((0, "-13\n"), (0, "-1\n")), (name, result)


# ---- Options, and kernels that offer less ----


@needs_attack
@pytest.mark.parametrize("backend", HERE)
def test_sandbox_log(backend):
    """The call that would be refused is named, and made."""
    result = attack(backend, 2, "/etc/passwd", 0, options=["--sandbox=log"])
    assert result.returncode == 0 and int(result.stdout) > 2
    assert result.stderr == "labvisor: sandbox: open would be refused\n"


def test_wrong_value():
    result = run("--sandbox=yes", guest("hello"))
    assert (result.returncode, result.stderr) == (112, b"labvisor: --sandbox: 'yes' given, log expected\n")


def on_terminal(command):
    """Returns what a command writes to stderr, if that is a terminal."""
    master, slave = pty.openpty()
    try:
        assert subprocess.run(command, stdout=subprocess.DEVNULL, stderr=slave).returncode == 0
        os.write(slave, b"end\n")
        return os.read(master, 4096)
    finally:
        os.close(master)
        os.close(slave)


@needs_strace
@pytest.mark.parametrize("backend", HERE)
@pytest.mark.parametrize("calls", ["seccomp", "landlock_create_ruleset", "prctl,capset", "seccomp,landlock_create_ruleset,prctl,capset"])
def test_a_kernel_without(backend, calls):
    """The guest runs. In a terminal a line says that no system calls are limited; the doctor speaks of all layers. What
    --sandbox=log needs is asked for."""
    without = [STRACE, "-qq", "-f", "-o/dev/null", f"--inject={calls}:error=EINVAL", LABVISOR]
    ran = subprocess.run([*without, guest("hello", ARCH[backend])], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    for options, said in ([], "seccomp" in calls), (["--no-sandbox"], False):
        assert (b"labvisor: not confined: " in on_terminal([*without, *options, guest("hello", ARCH[backend])])) == said
    doctor = subprocess.run([*without, "doctor"], capture_output=True, text=True)
    missing = {"seccomp": "system calls (seccomp)", "landlock_create_ruleset": "files (Landlock)", "prctl": "privileges (no_new_privs)"}
    line = "not limited here:" + "".join(f" {words}" for call, words in missing.items() if call in calls.split(","))
    assert f"sandbox    no   {line}\n" in doctor.stdout and "to fix it: Linux 5.13" in doctor.stdout
    log = subprocess.run([*without, "--sandbox=log", guest("hello", ARCH[backend])], capture_output=True, text=True)
    assert log.returncode == (HOST if "seccomp" in calls else 0)


def test_doctor():
    assert "sandbox    yes  system calls, files and privileges are limited\n" in run("doctor").stdout.decode()


# ---- The list ----


def rows():
    """Returns the rows of calls.def: macro, name, run, tests."""
    text = (ROOT / "vmm/host/linux/calls.def").read_text()
    return re.findall(r"^(CALL|ELSE)\((\w+), (\w+), (.*)\)$", text, re.M)


def numbers():
    """Returns the numbers of system calls on this machine, by the kernel's headers."""
    source = "#include <sys/syscall.h>\n"
    text = subprocess.run(["cc", "-E", "-dM", "-x", "c", "-"], input=source, capture_output=True, text=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", text)}


class Traced:
    """Stands for labvisor: the same, under strace, which leaves the process its number."""

    def __init__(self, folder):
        self.folder, self.count, self.program = folder, 0, LABVISOR.path

    def __enter__(self):
        script = self.folder / "labvisor"
        script.write_text(f'#!/bin/sh\nexec {STRACE} -D -f -qq -o {self.folder}/log.$$ {self.program} "$@"\n')
        script.chmod(0o755)
        LABVISOR.path = script
        return self

    def __exit__(self, *_):
        LABVISOR.path = self.program

    def lines(self):
        """Returns the calls after the filter was installed."""
        found = set()
        for log in self.folder.glob("log.*"):
            _, installed, after = log.read_text(errors="replace").partition("seccomp(SECCOMP_SET_MODE_FILTER")
            assert not installed or "SIGSYS {" not in after, after[-2000:]
            found.update(re.findall(r"^\d+ +(\w+\(.*)", after, re.M))
        return found


def run_manifest(backend):
    for row in MANIFEST:
        if backend in row.backends and not row.skip():
            result = run(*command(row, backend, guest(row.guest, ARCH[backend])), stdin=row.stdin)
            assert result.returncode == row.status, (row, result)


def run_options(backend, folder):
    """Recordings, cores, traces, limits, signals."""
    options, image = [f"--backend={backend}", "--timeout=20"], guest("fault", ARCH[backend])
    watch = ["--stats", f"--trace={folder / 'trace'}", "--dump-regs", "--label"]
    assert run(*options, *watch, f"--core={folder / 'core'}", image).returncode == 116
    assert run(*options, f"--core={folder / 'core'}", guest("hello", ARCH[backend])).returncode == 0
    assert run(f"--backend={backend}", "--timeout=0.1", guest("tests/spin", ARCH[backend])).returncode == TIMEOUT
    if backend == "soft":
        assert run(*options, "-c3", f"--record={folder / 'r'}", guest("primes", "riscv64")).returncode == 0
        assert run(*options, f"--replay={folder / 'r'}", guest("primes", "riscv64")).returncode == 0
        assert run(*options, "--real-time", guest("tests/timer", "riscv64")).returncode == 0


def run_terminal(backend):
    terminal = Terminal(f"--backend={backend}", guest("echo", ARCH[backend]))
    terminal.wait_raw()
    terminal.process.send_signal(signal.SIGTSTP)
    time.sleep(0.3)
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_raw()
    terminal.type(b"hello\r")
    terminal.screen(b"1: hello\r\n")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.end() == -signal.SIGTERM


def run_gdb(backend, folder, *options):
    """gdb connects, steps, changes, starts again, and leaves."""
    stub = Stub(folder, guest("primes", ARCH[backend]), f"--backend={backend}", *options)
    client = stub.client()
    assert client.ask("?").startswith("T05")
    assert client.ask("vCont;s:1").startswith("T05")
    client.ask("G" + client.ask("g"))
    assert client.ask("vRun;").startswith("T05")
    client.monitor("help")
    assert client.ask("D") == "OK"
    client.close()
    assert stub.end()[0] == 0


def is_seen(row, lines):
    """Whether a run has made the row's call, with each value that it allows."""
    _, name, _, tests = row
    of_call = [line for line in lines if line.startswith(f"{name}(")]
    values = [v.strip() for one in re.findall(r"\bONE_OF\(\d, ([^)]*)\)", tests) for v in one.split(",")]
    aliases = {"IPPROTO_TCP": "SOL_TCP"}
    return bool(of_call) and all(any(aliases.get(v, v) in line for line in of_call) for v in values)


@needs_strace
@pytest.mark.parametrize("backend", HERE)
def test_the_list(backend, tmp_path):
    """What runs do is allowed; and on Debian 12, for which the list was made, what is allowed is done. A call with
    ELSE is one of other machines and libraries."""
    with Traced(tmp_path) as traced:
        run_manifest(backend)
        run_options(backend, tmp_path)
        run_terminal(backend)
        run_gdb(backend, tmp_path)
        if backend == "soft":
            run_gdb(backend, tmp_path, "--real-time", "-c2")
    lines = traced.lines()
    names = {line.split("(")[0] for line in lines}
    assert names <= {row[1] for row in rows()}
    debian = pathlib.Path("/etc/debian_version")
    if os.uname().machine != "x86_64" or not debian.exists() or not debian.read_text().startswith("12"):
        return
    parallel = backend != "soft"
    superfluous = [row[1:] for row in rows() if row[0] == "CALL" and (parallel or row[2] != "THREADS") and not is_seen(row, lines)]
    assert not superfluous


@pytest.mark.parametrize("folder, table", [("kvm-x86", "x86.c"), ("kvm-riscv", "rv.c")])
def test_the_list_of_requests(folder, table):
    """A back end's requests to KVM are those of its sources."""
    sources = "".join(p.read_text() for f in (folder, "kvm") for p in sorted((ROOT / "vmm/backends" / f).glob("*.[ch]")))
    made = set(re.findall(r"ioctl\([^;]*?, (KVM_\w+)", sources))
    lists = "".join(re.findall(r"ioctls\[\] = \{(.*?)\}", (ROOT / "vmm/backends" / folder / table).read_text(), re.S))
    lists += re.search(r"define KVM_CREATION_IOCTLS(.*?)\n\n", sources, re.S)[1]
    assert made == set(re.findall(r"KVM_\w+", lists)) - {"KVM_CREATION_IOCTLS"}


def test_the_document():
    """docs/security.md has each call of the list, each attack, and the sizes of the filters."""
    text = (ROOT / "docs/security.md").read_text()
    calls, attacks = (text.split(f"## {title}\n")[1].split("\n## ")[0] for title in ("The calls", "A guest that has taken over the VMM"))
    assert set(re.findall(r"`(\w+)`", calls)) - {"strace", "FD_CLOEXEC", "soft"} == {row[1] for row in rows()}
    assert {name for name, *_ in ATTACKS} <= set(re.findall(r"`(\w+)`", attacks))
    if STRACE and os.uname().machine == "x86_64" and not any(MISSING.values()):
        sizes = []
        for arch in ("riscv64", "x86_64"):
            log = subprocess.run([STRACE, "--trace=seccomp", LABVISOR, guest("hello", arch)], capture_output=True, text=True).stderr
            sizes += re.findall(r"len=(\d+)", log)
        assert "The filter has {} instructions on `soft`, {} on `kvm-x86`.".format(*sizes) in text
