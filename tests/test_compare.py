# SPDX-License-Identifier: MIT
"""make compare: its figures agree with what is known of the back ends, and its page is valid HTML."""

import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from conftest import LABVISOR, NO_KVM, ROOT, guest, needs_kvm, why_no_qemu, why_no_riscv

sys.path.insert(0, str(ROOT / "bench"))
import compare
import compare_page
import compare_plots
from ioctl_names import Names

FOLDER = ROOT / "build/compare"
IOCTLS = ROOT / "build/bench/ioctls"

# The reasons why a back end is missing, by its title.
WHY_NOT = {
    "kvm-x86": lambda: NO_KVM,
    "kvm-x86, vmcall": lambda: NO_KVM,
    "kvm-x86, QEMU": lambda: why_no_qemu("stock"),
    "kvm-x86, QEMU, vmcall": lambda: why_no_qemu("stock"),
    "kvm-riscv, QEMU": lambda: why_no_qemu("riscv"),
    "soft": why_no_riscv,
}


def run_once():
    """Runs make compare once, for all processes of pytest that share these tests."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with open(ROOT / "build/compare.lock", "a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if lock.read() == session:
            return
        result = subprocess.run(["make", "compare"], cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.endswith("build/compare/index.html\n")
        lock.truncate(0)
        lock.write(session)


@pytest.fixture(scope="module")
def columns():
    """The columns that it writes, by title."""
    run_once()
    found = [compare.Column(**column) for column in json.loads((FOLDER / "results.json").read_text())]
    assert [column.title for column in found] == list(WHY_NOT)
    return {column.title: column for column in found}


def need(columns, *titles):
    """Returns these columns. If one is missing for a known reason, skips the test."""
    for title in titles:
        if WHY_NOT[title]():
            pytest.skip(WHY_NOT[title]())
        assert columns[title].missing == ""
    return [columns[title] for title in titles]


def calls(column, name):
    return compare_page.counts(column.guests[name], "call")


def test_who_serves_what(columns):
    """Timers, IPIs and harts: handled by the VMM on x86 and soft, by the kernel on kvm-riscv."""
    x86, riscv, soft = need(columns, "kvm-x86, QEMU", "kvm-riscv, QEMU", "soft")
    for column in (x86, soft):
        assert calls(column, "clock")["TIME.set_timer"] == 10
        assert calls(column, "sum")["HSM.hart_start"] == 3
        assert calls(column, "sum").get("IPI.send_ipi", 0) <= 3  # from harts that end while main waits for them
    for name in ("clock", "sum"):
        assert {call.split(".")[0] for call in calls(riscv, name)} == {"DBCN", "LAB"}
    assert riscv.guests["clock"]["kernel"]["wfi_exit_stat"] >= 1
    assert calls(x86, "hello") == {"DBCN.console_write": 1, "LAB.get_args": 1, "LAB.exit": 1}
    assert soft.guests["hello"]["instructions"] > 1000


def test_transports(columns):
    """The kernel counts port I/O for one, and hypercalls for the other; the last one is not completed."""
    pio, vmcall = need(columns, "kvm-x86, QEMU", "kvm-x86, QEMU, vmcall")
    assert pio.guests["hello"]["kernel"]["io_exits"] == 3
    assert "hypercalls" not in pio.guests["hello"]["kernel"]
    assert vmcall.guests["hello"]["kernel"]["hypercalls"] == 2
    assert "io_exits" not in vmcall.guests["hello"]["kernel"]
    assert compare_page.handled_by_kernel(pio.guests["hello"]) >= pio.guests["hello"]["kernel"]["pf_taken"]
    assert ("KVM_ENABLE_CAP", "KVM_CAP_EXIT_HYPERCALL") in map(tuple, vmcall.start)


def test_times_in_qemu_are_instructions(columns):
    """A round of the empty loop has two. Calls that the kernel answers are the shortest."""
    pio, vmcall, riscv = need(columns, "kvm-x86, QEMU", "kvm-x86, QEMU, vmcall", "kvm-riscv, QEMU")
    for column in (pio, vmcall, riscv):
        assert column.times["loop"] == pytest.approx(2, rel=0.02)
        assert column.times["wake-up"] > column.times["LAB.get_abi_version"]
    assert pio.times["cpuid"] < pio.times["LAB.get_abi_version"] < vmcall.times["LAB.get_abi_version"]
    assert riscv.times["BASE.get_spec_version"] < riscv.times["LAB.get_abi_version"] / 2
    assert pio.times["BASE.get_spec_version"] == pytest.approx(pio.times["LAB.get_abi_version"], rel=0.1)


def test_start(columns):
    x86, riscv, soft = need(columns, "kvm-x86", "kvm-riscv, QEMU", "soft")
    names = [name for name, _ in x86.start]
    assert names[0] == "KVM_GET_API_VERSION" and names[-2:] == ["KVM_SET_SREGS", "KVM_RUN"]
    assert ["KVM_CHECK_EXTENSION", "KVM_CAP_SYNC_REGS"] in x86.start
    assert [detail for _, detail in riscv.start if detail] == [
        *("SBI DBCN", "timer frequency", "pc", *(f"a{i}" for i in range(6)))
    ]
    assert riscv.start[-1] == ["KVM_RUN", ""]
    assert soft.start == []


def tidy(page):
    if shutil.which("tidy") is None:
        pytest.skip("tidy is not installed")
    result = subprocess.run(["tidy", "-q", "-e"], input=page, capture_output=True, text=True)
    return result.stdout + result.stderr


def test_page(columns):
    page = (FOLDER / "index.html").read_text()
    assert tidy(page) == ""
    assert not re.search(r"""(src|href)=["'](?!#)|url\((?!#)|@import""", page)  # nothing is fetched
    for column in columns.values():
        assert f"<td>{column.title}</td><td>{column.where}</td>" in page
    if not compare_plots.available():
        assert page.count(compare_plots.WHY_NOT) == 3
        pytest.skip(compare_plots.WHY_NOT)
    plots = re.findall("<svg.*?</svg>", page, re.S)
    assert len(plots) == 3
    for plot in plots:
        words = "".join(xml.etree.ElementTree.fromstring(plot).itertext())
        assert all(column.title in words for column in columns.values() if not column.missing)


def test_page_without_gnuplot(columns, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nonexistent")
    page = compare_page.page(list(columns.values()))
    monkeypatch.undo()
    assert "<svg" not in page and page.count(compare_plots.WHY_NOT) == 3
    assert "compare: no plots: gnuplot is not installed" in capsys.readouterr().err
    assert tidy(page) == ""


def test_what_is_left_out(monkeypatch, capsys):
    """The page and stderr have the reason, for one column or for all of a place."""

    def column(title):
        return compare.Column(title, "kvm-x86", "x86_64", "nowhere")

    refused, gone = column("refused"), column("gone")
    results = [(0, "", ""), (112, "", "labvisor: <one>\nlabvisor: & two\n")]
    compare.measure(lambda columns: [results], [refused], Names())

    def cannot(columns):
        raise compare.Missing("not available here: QEMU")

    compare.measure(cannot, [gone], Names())
    page = compare_page.page([refused, gone])
    assert "<td>labvisor: &amp; two (status 112)</td>" in page
    assert "<td>not available here: QEMU</td>" in page and "Nothing ran" in page
    assert tidy(page) == ""
    assert capsys.readouterr().err.splitlines() == [
        "compare: left out: refused: labvisor: & two (status 112)",
        "compare: left out: gone: not available here: QEMU",
    ]


def test_exits_that_the_kernel_served():
    """The kernel's count without the exits that labvisor handled; kicks are labvisor's own."""
    rows = [{"group": "total", "name": "all", "count": 5}]
    rows += [{"group": "exit", "name": name, "count": n} for name, n in (("hypercall", 3), ("kick", 2))]
    assert compare_page.handled_by_kernel({"rows": rows, "kernel": {"exits": 20}}) == 17
    assert compare_page.handled_by_kernel({"rows": rows}) is None


def test_guests_that_were_not_built(monkeypatch, tmp_path):
    monkeypatch.setattr(compare, "BUILD", tmp_path)
    with pytest.raises(compare.Missing, match="no riscv64 guests were built"):
        compare.run_here([compare.Column("soft", "soft", "riscv64", "here")])


def test_start_without_trials():
    """The start ends with the first KVM_RUN of the last VM."""
    create, run = "0xae41 0", "0xae80 0"
    other = "0xaeff 0"
    steps = Names().start([create, run, other, create, other, run, run])
    names = [name for name, _ in steps]
    assert names == [
        *("KVM_CREATE_VCPU", "KVM_RUN", "0xaeff", "KVM_CREATE_VCPU", "0xaeff", "KVM_RUN")
    ]
    assert Names().start([]) == []


@needs_kvm
def test_ioctls(columns):
    """It lists all of them, and the program runs as without it."""

    def trace(*words):
        result = subprocess.run([IOCTLS, *map(str, words)], capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines(), result.stderr

    stats = subprocess.run([LABVISOR, "--stats=json", guest("args"), "a"], capture_output=True)
    entries = sum(compare_page.counts(json.loads(stats.stderr), "exit").values())
    status, lines, _ = trace(LABVISOR, guest("args"), "a")
    assert (status, lines.count("0xae80 0")) == (1, entries)
    status, lines, err = trace(LABVISOR, "--timeout=0.2", guest("tests/spin"))
    assert status == 124 and lines[-1] == "0xae80 0" and "0.2 s have passed" in err
    assert trace(pathlib.Path("/nonexistent"))[0] == 125
    assert trace()[0] == 125
