#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds, runs and tests this checkout on other Linuxes, each in a chroot below build/distros.

    tools/distros.py [--quick] [NAME...]

A NAME is a distribution of DISTROS, or one with a variant of VARIANTS: debian-13-user. Without
names, all of ALL. Prints a table, and leaves it in build/distros/table.md; what was printed is in
build/distros/NAME.log. --quick: only the build and the tests of QUICK. The mirror is apt's own, or
DEBIAN_MIRROR, and UBUNTU_MIRROR, which is beside it.
"""

import dataclasses
import datetime
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "build/distros"
CACHE = HERE / "cache"
ENTER = ROOT / "tools/distros-enter.sh"
ON_ARM64 = ROOT / "tools/distros-arm64.sh"
SCRIPTS = pathlib.Path("/usr/share/debootstrap/scripts")
KEYS = pathlib.Path("/usr/share/keyrings")

# A suite, and the machine.
DISTROS = {
    "debian-12": ("bookworm", "amd64"),
    "debian-13": ("trixie", "amd64"),
    "debian-sid": ("sid", "amd64"),
    "ubuntu-22.04": ("jammy", "amd64"),
    "ubuntu-24.04": ("noble", "amd64"),
    "ubuntu-26.04": ("resolute", "amd64"),
    "debian-13-arm64": ("trixie", "arm64"),
}
# What a machine has before its user types the first command.
PACKAGES = "make,git,ca-certificates"

TEST = "make test"
RUN = "make run"
# Without sanitizers and fuzzers.
SOME = "make -s -j2 all unit-tests && /usr/bin/python3 -B -m pytest -q -p no:cacheprovider -n2 -k 'not san'"
QUICK = f"{SOME} tests/test_build.py::test_unit tests/test_manifest.py tests/test_gdb.py tests/test_gdb_clients.py tests/test_gdb_labos.py tests/test_lldb.py"
LIMITS = {False: 3600, True: 600}  # seconds for a command; with --quick
PATIENCE = 4  # times as long by qemu-user


@dataclasses.dataclass
class Variant:
    """How a cell differs from its distribution."""

    sandbox: str = "root"  # a word of distros-enter.sh
    without: str = ""  # programs: the packages that have them are removed
    packages: str = ""  # more of them
    folder: str = "labvisor"
    run: str = RUN
    test: str = TEST
    what: str = ""


CLANG_ONLY = Variant(
    without="/usr/bin/*gcc*", packages="lld llvm", run="NO_INSTALL=1 make run", test="NO_INSTALL=1 make test",
    what="clang, no gcc",
)  # fmt: skip
VARIANTS = {
    "": Variant(),
    "user": Variant(sandbox="user", what="an ordinary user"),
    "clang": CLANG_ONLY,
    "gcc": Variant(
        without="/usr/bin/clang* /usr/bin/ld.lld*", run="NO_INSTALL=1 make run", test="NO_INSTALL=1 make test",
        what="gcc, no clang",
    ),
    "no-riscv": Variant(
        without="/usr/bin/riscv64*gcc*", run="NO_INSTALL=1 make run", test="NO_INSTALL=1 make test",
        what="no RISC-V compiler",
    ),
    "no-kvm": Variant(sandbox="nokvm", what="no /dev/kvm"),
    "container": Variant(sandbox="container", what="root without user namespaces or mounts"),
    "space": Variant(
        folder="lab visor", test="true", what="a path with a space: works, or is refused in words",
        run="make run 2>&1 | tee run.out; grep -E 'Hello from|space' run.out",
    ),
    "musl": Variant(
        packages="musl-tools", what="the VMM with musl, soft",
        run="make -s CC=musl-gcc build/labvisor && make -s guests && build/labvisor build/guests/riscv64/hello.elf",
        test="true",
    ),
}  # fmt: skip
ALL = [
    *DISTROS,
    *(f"debian-13-{variant}" for variant in VARIANTS if variant),
    *(f"{name}-clang" for name in DISTROS if name not in ("debian-13", "debian-13-arm64")),
]


class Missing(Exception):
    """Why a cell cannot run here."""


class Failed(Exception):
    """Why a cell failed before its tests."""


@dataclasses.dataclass
class Result:
    name: str
    what: str
    run: str = ""
    counts: tuple = ("", "", "")
    seconds: float = 0.0
    failed: bool = False
    note: str = ""


def split(name):
    """Returns the distribution and the variant of a cell."""
    for distro in DISTROS:
        for variant, value in VARIANTS.items():
            if name == "-".join(filter(None, (distro, variant))):
                return distro, value
    raise SystemExit(f"distros: {name}: no such distribution; take one of: {' '.join(ALL)}")


def mirror(distro):
    """Returns the mirror of a distribution."""
    known = os.environ.get("DEBIAN_MIRROR")
    if not known and shutil.which("apt-get"):
        asked = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)"], capture_output=True, encoding="utf-8"
        )
        known = next((line for line in asked.stdout.split() if "security" not in line), None)
    if not known:
        raise Missing("apt knows no mirror: set DEBIAN_MIRROR")
    if distro.startswith("debian"):
        return known
    return os.environ.get("UBUNTU_MIRROR") or re.sub(r"/debian/?$", "/ubuntu/", known)


def keyring(distro, log):
    """Returns the keys of a distribution. Ubuntu's are a package of Debian 13."""
    if distro.startswith("debian"):
        found = KEYS / "debian-archive-keyring.gpg"
    else:
        found = KEYS / "ubuntu-archive-keyring.gpg"
        if not found.exists():
            found = HERE / "debian-13" / found.relative_to("/")
            if not found.exists():
                make_chroot("debian-13", log)
                enter("debian-13", "-", "root", "apt-get install -y -qq ubuntu-keyring", log)
    if not found.exists():
        raise Missing(f"{found.name} is missing")
    return found


def output(log, command, patience=1, **kwargs):
    """Runs a command, whose output goes to the log. Returns its status, and what it printed."""
    start = log.tell()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **kwargs
    )
    try:
        status = process.wait(limit := patience * LIMITS["--quick" in sys.argv])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
        log.write(f"distros: ended after {limit} s\n".encode())
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    log.seek(start)
    return status, log.read().decode(errors="replace")


def enter(distro, layer, sandbox, command, log, chroot=None):
    """Runs a command in a distribution, or in another chroot for its machine."""
    environment = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    environment |= {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/student",
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "DEBIAN_MIRROR": mirror("debian"),
        "PYTEST_ADDOPTS": "-vv",  # the log of a cell that is ended says what passed
    }
    prefix = emulated(distro)
    if prefix:
        environment["TEST_PATIENCE"] = str(PATIENCE)
        environment["ASAN_OPTIONS"] = "detect_leaks=0"  # LeakSanitizer needs ptrace, which qemu-user lacks
    log.write(f"\n--- {command}\n".encode())
    words = [*prefix, ENTER, chroot or chroot_of(distro), archives_of(distro), layer, sandbox, command]
    return output(log, words, PATIENCE if prefix else 1, env=environment)


def chroot_of(distro):
    """Returns the folder of a distribution, or several with colons between, of which the first is on top."""
    return f"{HERE / distro / 'upper'}:{HERE / base_of(distro)}" if is_emulated(distro) else HERE / distro


def archives_of(distro):
    """Returns the folder of apt's packages, which releases for the same machine share."""
    folder = CACHE / f"{distro.partition('-')[0]}-{DISTROS[distro][1]}"
    (folder / "partial").mkdir(parents=True, exist_ok=True)
    return folder


def is_emulated(distro):
    return DISTROS[distro][1] == "arm64" and os.uname().machine != "aarch64"


def emulated(distro):
    """Returns words before a command, with which this kernel runs a distribution's programs."""
    if not is_emulated(distro):
        return []
    interpreter = HERE / distro / "upper/usr/bin/qemu-aarch64"
    # From Debian's qemu-user. The name is this checkout's: another qemu-aarch64 may be of an older version, and the
    # kernel takes the one that came last. An interpreter of a command that was killed is replaced.
    header = r"\x7fELF\x02\x01\x01\x00" + r"\x00" * 8 + r"\x02\x00\xb7\x00"
    mask = r"\xff" * 7 + r"\x00" + r"\xff" * 8 + r"\xfe\xff\xff\xff"
    name = f"labvisor-{hashlib.sha256(bytes(HERE)).hexdigest()[:8]}"
    text = """mount -t binfmt_misc none /proc/sys/fs/binfmt_misc; cd /proc/sys/fs/binfmt_misc
    name=$1 line=$2; shift 2
    end() { [ ! -e $name ] || echo -1 >$name; }
    end; printf %s "$line" >register
    status=0; (cd /; exec "$@") || status=$?
    end; exit $status"""
    return ["unshare", "--mount", "sh", "-ec", text, "sh", name, f":{name}:M::{header}:{mask}:{interpreter}:OCF"]


def base_of(distro):
    """Returns the distribution whose compilers, debuggers, QEMU and Python one for arm64 uses here."""
    return distro.removesuffix("-arm64")


def make_emulated(distro, log):
    """Makes a distribution for arm64, as a layer over the same one for this machine, unless it is there."""
    base, layer, stamp = base_of(distro), HERE / distro, HERE / f"{distro}.made"
    make_chroot(base, log)
    stands_for = hashlib.sha256(ON_ARM64.read_bytes() + (HERE / f"{base}.made").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == stands_for:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(layer, ignore_errors=True)
    (layer / "upper").mkdir(parents=True)
    shutil.copy(ON_ARM64, layer / "upper")
    # Debian 12's qemu-user takes half a minute and 8 GB to start a program with AddressSanitizer.
    status, text = enter(base, layer, "root", "apt-get install -y -qq --no-install-recommends qemu-user", log)
    if not status:
        status, text = enter(distro, layer, "root", f"./{ON_ARM64.name}", log, HERE / base)
    if status:
        raise Failed(f"tools/{ON_ARM64.name} failed: {text.strip().splitlines()[-1]}")
    stamp.write_text(stands_for, encoding="utf-8")


def setup(distro):
    """Returns the command that makes a chroot complete, and a word that stands for it."""
    steps = ["run x86_64", "run riscv64", "test", "debug x86_64", "debug riscv64", "qemu x86_64", "qemu riscv64"]
    if DISTROS[distro][1] != "arm64":
        steps.append("clients")
    script = (ROOT / "tools/setup.sh").read_bytes()
    command = " && ".join(["cd /labvisor", *(f"tools/setup.sh {step}" for step in steps)])
    return command, hashlib.sha256(script + command.encode()).hexdigest()


def make_chroot(distro, log):
    """Makes a distribution's chroot, unless it is there, and installs by setup.sh what it names."""
    suite, machine = DISTROS[distro]
    chroot, stamp = HERE / distro, HERE / f"{distro}.made"
    command, stands_for = setup(distro)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == stands_for:
        return
    if not stamp.exists():
        ubuntu = distro.startswith("ubuntu")
        keys, archives = keyring(distro, log), archives_of(distro)
        shutil.rmtree(chroot, ignore_errors=True)
        words = ["debootstrap", "--variant=minbase", f"--arch={machine}", f"--include={PACKAGES}"]
        words += [f"--keyring={keys}", f"--cache-dir={archives}", "--components=" + ("main,universe" if ubuntu else "main")]
        words += [suite, chroot, mirror(distro), SCRIPTS / ("gutsy" if ubuntu else "sid")]
        status, text = output(log, emulated(distro) + words)
        if status:
            shutil.rmtree(chroot, ignore_errors=True)
            raise Missing(f"debootstrap failed: {text.strip().splitlines()[-1]}")
        if ubuntu:
            with open(chroot / "etc/apt/sources.list", "a", encoding="utf-8") as sources:
                sources.write(f"deb {mirror(distro)} {suite}-updates main universe\n")
        (chroot / "etc/passwd").open("a", encoding="utf-8").write("student:x:1000:1000::/home/student:/bin/sh\n")
        (chroot / "home/student").mkdir()
        os.chown(chroot / "home/student", 1000, 1000)
        stamp.write_text("without packages", encoding="utf-8")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", chroot / "etc")
    options = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, encoding="utf-8").stdout
    kept = re.findall(r"^Acquire::(?:Check|https?::|Retries).*\n", options, re.M)
    (chroot / "etc/apt/apt.conf.d/99host").write_text("".join(kept), encoding="utf-8")
    copy_checkout(chroot / "labvisor")
    status, text = enter(distro, "-", "root", command, log)
    if status:
        raise Failed(f"tools/setup.sh failed: {text.strip().splitlines()[-1]}")
    shutil.rmtree(chroot / "labvisor")
    stamp.write_text(stands_for, encoding="utf-8")


def copy_checkout(folder):
    """Copies the checkout, with what is changed in it, and no file that git does not know."""
    stash = subprocess.run(["git", "stash", "create"], cwd=ROOT, capture_output=True, encoding="utf-8").stdout
    archive = subprocess.run(
        ["git", "archive", stash.strip() or "HEAD"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-x", "--no-same-owner", "-C", folder], input=archive, check=True)
    # What asks git for its files works there, too.
    user = ["-c", "user.name=distros", "-c", "user.email=distros@localhost"]
    for words in (["init", "-q"], ["add", "-A"], [*user, "commit", "-q", "-m", "The checkout"]):
        subprocess.run(["git", *words], cwd=folder, check=True)


def test(name, quick):
    """Runs a cell."""
    distro, variant = split(name)
    result = Result(name, variant.what)
    began = time.monotonic()
    layer = HERE / f"{name}.layer"
    with open(HERE / f"{name}.log", "w+b", buffering=0) as log:
        try:
            (make_emulated if is_emulated(distro) else make_chroot)(distro, log)
            began = time.monotonic()
            shutil.rmtree(layer, ignore_errors=True)
            run_cell(result, distro, variant, layer, log, quick)
        except (Missing, Failed) as error:
            result.note, result.failed = str(error), isinstance(error, Failed)
    shutil.rmtree(layer, ignore_errors=True)
    result.seconds = time.monotonic() - began
    return result


def run_cell(result, distro, variant, layer, log, quick):
    folder = f"/home/student/{variant.folder}"
    copy_checkout(layer / f"upper{folder}")
    fetched = CACHE / "qemu"
    if fetched.exists():
        shutil.copytree(fetched, layer / f"upper{folder}/build/qemu")
    owner = "1000:1000" if variant.sandbox == "user" else "0:0"
    subprocess.run(["chown", "-R", owner, layer / "upper/home/student"], check=True)
    if variant.without or variant.packages:
        lines = [
            f"apt-get install -y -qq --no-install-recommends {variant.packages}" if variant.packages else "true",
            f"apt-get remove -y -qq $(dpkg -S {variant.without} | cut -d: -f1 | sort -u)" if variant.without else "true",
        ]
        status, text = enter(distro, layer, "root", " && ".join(lines), log)
        if status:
            raise Failed(f"apt-get failed: {text.strip().splitlines()[-1]}")
    # Python runs without qemu-user, and would find the KVM of x86.
    sandbox = "nokvm" if is_emulated(distro) and variant.sandbox == "root" else variant.sandbox
    status, _ = enter(distro, layer, sandbox, f"cd '{folder}' && {variant.run}", log)
    result.run = "failed" if status else "passed"
    test = variant.test
    if TEST in test:
        test = QUICK if quick else test
    failed, text = enter(distro, layer, sandbox, f"cd '{folder}' && {test}", log)
    if found := re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text, re.M):
        result.counts = found[-1]
    result.failed = bool(status or failed)
    keep_kernels(layer / f"upper{folder}/build/qemu", fetched)


def keep_kernels(built, fetched):
    """Keeps the kernels that a cell has fetched."""
    for kernel in built.glob("*/kernel"):
        if not (fetched / kernel.parent.name).exists():
            for path in (kernel, kernel.parent / "modules"):
                target = fetched / kernel.parent.name / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if path.is_dir() else shutil.copy2)(path, target)


def table(results):
    rows = [("cell", "what differs", "make run", "passed", "failed", "skipped", "seconds", "result")]
    for r in results:
        verdict = "failed" if r.failed else "skipped" if r.note else "passed"
        rows.append((r.name, r.what, r.run, *r.counts, f"{r.seconds:.0f}", f"{verdict}{r.note and ': '}{r.note}"))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---|---|---|--:|--:|--:|--:|---|")
    return "\n".join(lines) + "\n"


def main(names):
    quick = "--quick" in names
    names = [name for name in names if name != "--quick"] or ALL
    for name in names:
        split(name)
    if os.geteuid() != 0:
        raise SystemExit("distros: a chroot takes root: type sudo make distros")
    if not shutil.which("debootstrap"):
        raise SystemExit("distros: debootstrap is not installed: apt-get install debootstrap")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started ends, too
    for ignored in (signal.SIGINT, signal.SIGQUIT):  # by a shell's background; tests need them
        signal.signal(ignored, signal.default_int_handler if ignored == signal.SIGINT else signal.SIG_DFL)
    HERE.mkdir(parents=True, exist_ok=True)
    with open(HERE / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        results = []
        for name in names:
            results.append(test(name, quick))
            print(table(results).splitlines()[-1], flush=True)
            text = f"{datetime.date.today()}\n\n{table(results)}"
            (HERE / "table.md").write_text(text, encoding="utf-8")
    print(text)
    return any(result.failed for result in results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
