# SPDX-License-Identifier: MIT
"""tools/setup.sh, with a fake apt-get; and what `make test` does with what it has not installed."""

import re
import shutil
import subprocess

import pytest

from conftest import ROOT

TOOLS = "sh cat date dirname env grep ld mktemp rm sed seq touch true uname xz python3 qemu-system-x86_64".split()
BUSY = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"
EXPIRED = "E: Release file for http://mirror/InRelease is expired (invalid since 3d). Updates are not applied."


@pytest.fixture
def machine(tmp_path):
    """Sets up a machine on which cpio is missing: a PATH, whose apt-get writes down its words."""
    log = tmp_path / "log"

    def program(name, text):
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)

    for name in TOOLS:
        if shutil.which(name):
            (tmp_path / name).symlink_to(shutil.which(name))
        else:
            program(name, "true")
    program("gcc", "true")
    program("x86_64-linux-gnu-gcc", "true")
    program("cc", "true")
    program("id", "echo 0")
    program("sleep", "true")
    program("apt-cache", "true")
    program("apt-get", f"echo $* >>{log}")

    def setup(*words, **environment):
        result = subprocess.run(
            ["sh", ROOT / "tools/setup.sh", *(words or ("qemu", "x86_64"))], capture_output=True, text=True,
            env={"PATH": str(tmp_path), **environment},
        )  # fmt: skip
        return result.returncode, result.stdout, result.stderr, log.read_text().splitlines() if log.exists() else []

    setup.program, setup.log = program, log
    return setup


def test_what_is_missing_is_installed(machine):
    status, stdout, stderr, calls = machine()
    assert (status, stdout, stderr) == (0, "setup: installing with apt-get: cpio \n", "")
    assert calls == ["-qq update", "-y -qq --no-install-recommends install cpio"]


def test_nothing_is_installed_against_the_users_will(machine):
    status, _, stderr, calls = machine(NO_INSTALL="1")
    assert (status, stderr, calls) == (0, "setup: not installed (NO_INSTALL=1): cpio \n", [])


@pytest.mark.parametrize("locked", ["update", "install"])
def test_a_busy_lock_is_waited_for(machine, locked):
    """One line says so, however often it asks."""
    fails = f'case "$*" in *{locked}*) [ $(grep -c {locked} {machine.log}) = 4 ] || {{ echo "{BUSY}" >&2; exit 100; }} ;; esac'
    machine.program("apt-get", f"echo $* >>{machine.log}\n{fails}")
    status, _, stderr, calls = machine()
    assert (status, len(calls)) == (0, 5)
    assert stderr == "setup: another program is using apt: waiting for it, up to 5 minutes\n"


def test_a_lock_that_stays_busy(machine):
    machine.program("apt-get", f'echo "{BUSY}" >&2; exit 100')
    status, _, stderr, _ = machine()
    assert status == 1 and stderr.count(BUSY) == 2
    assert stderr.endswith("could not install these packages; type: sudo apt-get install cpio \n")


def test_expired_lists(machine):
    """Words say what to do. The lists that are here may do."""
    machine.program("apt-get", f'echo $* >>{machine.log}; case "$*" in *update) echo "{EXPIRED}" >&2; exit 100 ;; esac')
    status, _, stderr, calls = machine()
    assert status == 0 and calls[-1].endswith("install cpio")
    assert EXPIRED in stderr and re.search(r"because of their date: is this machine's right, \d{4}-", stderr)


@pytest.mark.parametrize("newer", [True, False])
def test_a_package_that_was_divided(machine, newer):
    """In newer releases, QEMU's RISC-V has a package of its own."""
    machine.program("apt-cache", str(newer).lower())
    status, _, _, calls = machine("qemu", "riscv64")
    words = calls[-1].split()
    assert status == 0 and ("qemu-system-riscv" in words) == newer and ("qemu-system-misc" in words) != newer


def test_other_systems(machine):
    """It promises nothing there, and installs nothing."""
    machine.program("uname", "echo Darwin")
    status, _, stderr, calls = machine("run", "x86_64")
    assert (status, calls) == (0, [])
    assert stderr.startswith("setup: this is Darwin, where labvisor was never tried: use a container, or")
    assert machine("test")[0] == 1


@pytest.mark.parametrize("pytest_is_there", [False, True])
def test_make_test_asks_for_pytest_first(tmp_path, pytest_is_there):
    """Without pytest nothing is built. xdist is asked for after setup.sh, which may install it."""
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho "$*" >>{tmp_path}/log\n'
        f'case "$*" in *"import pytest"*) {"true" if pytest_is_there else "false"} ;;\n'
        f'*"import xdist"*) [ -e {tmp_path}/installed ] ;; esac\n'
    )
    python.chmod(0o755)
    words = [f"PYTHON={python}", f"SETUP=touch {tmp_path}/installed; true", f"MAKE=echo built >>{tmp_path}/log; true"]
    result = subprocess.run(["make", "-s", "test", *words], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    asked, *others = (tmp_path / "log").read_text().splitlines()
    assert asked == "-c import pytest"
    if pytest_is_there:
        assert others[0] == "built"
        assert others[-1] == "-m pytest -q -p no:cacheprovider -n2 --dist loadgroup tests"
    else:
        assert others == [] and result.stdout.endswith("0 passed, 0 failed, 1 skipped\n")
