# SPDX-License-Identifier: MIT
"""The page's VMM, which is built for WebAssembly, beside the program: under Node, without a browser."""

import base64
import json
import os
import random
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, guest, run
from manifest import MANIFEST
from statuses import MAX_INSNS

WASM = ROOT / "build/page/vmm.wasm"
# For each guest. CI takes a sample; make nightly sets more.
JUMPS = int(os.environ.get("PAGE_JUMPS", "4"))
ORDERS = 50 * JUMPS // 4
ROWS = int(os.environ.get("PAGE_ROWS", "20"))


def why_not():
    if shutil.which("node") is None:
        return "node is not installed"
    missing = subprocess.run([ROOT / "tools/have-wasm.sh", "clang"], capture_output=True, text=True).stdout.strip()
    if missing:
        return missing
    made = subprocess.run(["make", "-s", "build/page/vmm.wasm"], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return None


@pytest.fixture(scope="module", autouse=True)
def wasm():
    reason = why_not()
    if reason:
        pytest.skip(f"the page: {reason}")


def in_page(jobs):
    result = subprocess.run(["node", ROOT / "tests/page/runs.mjs", WASM], input=json.dumps(jobs), capture_output=True, text=True, timeout=500)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def job(name, args=(), harts=1, seed=1, stdin=b"", **fields):
    return {"elf": str(guest(name, "riscv64")), "args": list(args), "harts": harts, "seed": seed,
            "input": base64.b64encode(stdin).decode(), **fields}  # fmt: skip


def words(job):
    return [f"-c{job['harts']}", f"--seed={job['seed']}", "--backend=soft"], [job["elf"], *job["args"]]


def natively(job, tmp_path, *more):
    """Runs a job with the program. Returns its result, and the lines of --trace."""
    options, command = words(job)
    log, stdin = tmp_path / "trace", tmp_path / "stdin"
    stdin.write_bytes(base64.b64decode(job["input"]))
    with stdin.open("rb") as file:
        result = run(*options, "--trace", f"--log={log}", *more, *command, stdin=file)
    return result, log.read_text(errors="replace").splitlines()


def by_hart(lines):
    """Sorts a trace by harts: the program writes an exit when it was handled, the page lists it when it was made."""
    return sorted(lines, key=lambda line: line.split()[3])


def registers(stderr):
    """Returns the registers of --dump-regs, by vCPU."""
    parts = re.split(r"^vCPU \d+(?:, stopped)?\n", stderr, flags=re.M)[1:]
    return [{name: int(value, 16) for name, value in re.findall(r"\b([a-z]+\d*) +([0-9a-f]{1,16})\b", part.split("at pc")[0])} for part in parts]


def shaped(row):
    """Returns a row's harts and seed; None: its options are not a page's."""
    shape = {"harts": 1, "seed": 1}
    for option in row.options:
        match = re.fullmatch(r"(-c|--seed=)(\d+)", option)
        if not match:
            return None
        shape["harts" if match[1] == "-c" else "seed"] = int(match[2])
    return shape


def sample(rows):
    chosen = random.Random(7).sample(rows, min(ROWS, len(rows)))
    return [row for row in rows if row in chosen]


CASES = sample([row for row in MANIFEST if "soft" in row.backends and shaped(row)])


@pytest.mark.parametrize("row", CASES, ids=str)
def test_as_the_program(row, tmp_path):
    """A guest of the manifest writes the same, ends the same, and makes the same exits; and at any instruction
    the page goes to, back or on, the harts have the registers that they have in the program."""
    if row.skip():
        pytest.skip(row.skip())
    work = job(row.guest, row.args, stdin=row.stdin, **shaped(row))
    recording = tmp_path / "whole"
    program, trace = natively(work, tmp_path, f"--record={recording}")
    found = moments(work, JUMPS, int(recording.read_text().split()[-1]), tmp_path)
    result = in_page([work | {"jumps": [2 * n for n, _, _ in found], "memories": 1}])[0]
    assert base64.b64decode(result["output"]) == program.stdout
    assert result["status"] == program.returncode
    assert result["messages"] == program.stderr.decode(errors="replace")
    assert by_hart(result["exits"]) == by_hart(re.sub(r" #\d+ ", " ", line, count=1) for line in trace)
    assert result["recording"] == recording.read_text()
    assert result["again"]["status"] == program.returncode
    for moment, jump in zip(found, result["jumps"]):
        same_moment(*moment, jump)


def moments(work, count, insns, tmp_path):
    """Returns moments of a run: the program's, ended there by --max-insns, and how many instructions it had executed.
    A block of instructions is not divided, so these may be more than --max-insns."""
    draw = random.Random(str(work))
    found = []
    for _ in range(count):
        recording, memory = tmp_path / "recording", tmp_path / f"memory{len(found)}"
        limit = draw.randrange(1, max(2, insns))
        options = [f"--memory-file={memory}"] if not found else []
        program, _ = natively(work, tmp_path, f"--max-insns={limit}", f"--record={recording}", "--dump-regs", *options)
        if program.returncode == MAX_INSNS:
            found.append((int(recording.read_text().split()[-1]), program, memory))
        recording.unlink(missing_ok=True)
    return found


def same_moment(n, program, memory, jump):
    assert jump["position"] == 2 * n
    assert jump["output"] == len(program.stdout)
    for hart, (expected, got) in enumerate(zip(registers(program.stderr.decode(errors="replace")), jump["registers"])):
        names = {"s0": "fp"}
        for name, value in expected.items():
            assert int(got[names.get(name, name)], 16) == value, (n, hart, name)
    if jump["memory"]:
        same_memory(jump["memory"], memory)


def same_memory(got, file):
    with file.open("rb") as ram:
        for address, text in got.items():
            ram.seek(int(address) - 0x80000000)
            expected = ram.read(65536).hex()
            if "-" in text:
                expected = "".join(e if g != "--" else "--" for e, g in zip(re.findall("..", expected), re.findall("..", text)))
            assert text == expected, hex(int(address))


def test_recordings_go_both_ways(tmp_path):
    """The program repeats what the page has recorded, and the page what the program has."""
    for name, harts, seed, stdin in (("echo", 1, 1, b"one\ntwo\n"), ("lost", 4, 3, b""), ("labos", 1, 1, b"help\nexit\n")):
        work = job(name, harts=harts, seed=seed, stdin=stdin)
        page = in_page([work])[0]
        recording = tmp_path / "recording"
        recording.write_text(page["recording"])
        program = run(f"--replay={recording}", "--backend=soft", work["elf"])
        assert (program.returncode, program.stdout) == (page["status"], base64.b64decode(page["output"]))
        assert program.stderr.decode() == page["messages"]
        recording.unlink()
        (tmp_path / "stdin").write_bytes(stdin)
        with (tmp_path / "stdin").open("rb") as file:
            program = run(f"-c{harts}", f"--seed={seed}", "--backend=soft", f"--record={recording}", work["elf"], stdin=file)
        again = in_page([{"elf": work["elf"], "recording": base64.b64encode(recording.read_bytes()).decode()}])[0]
        assert (again["status"], base64.b64decode(again["output"])) == (program.returncode, program.stdout)


@pytest.mark.parametrize("name, harts", [("echo", 1), ("echo", 4), ("labos", 1), ("tests/tick_and_read", 1), ("tests/tick_and_read", 3), ("tests/read_and_race", 4)])
def test_input_that_comes_late(name, harts, tmp_path):
    """Where a guest sleeps, the page's run returns, and begins again with new input or when a timer is due. The run is
    the one that has waited: the program repeats it, and so does the page, also after jumps."""
    parts = [base64.b64encode(part).decode() for part in (b"help\n", b"fact 5\n", b"a", b"b\n", b"primes 50\n")]
    work = job(name, harts=harts, seed=9, late=[*parts, None], jumps=[9000, 4000, 12000])
    page = in_page([work])[0]
    assert page["ended"], page
    recording = tmp_path / "recording"
    recording.write_text(page["recording"])
    program = run(f"--replay={recording}", "--backend=soft", work["elf"])
    assert (program.returncode, program.stdout) == (page["status"], base64.b64decode(page["output"]))
    assert program.stderr.decode() == page["messages"]
    again = in_page([{"elf": work["elf"], "recording": base64.b64encode(recording.read_bytes()).decode()}])[0]
    assert (again["status"], again["output"], again["position"]) == (page["status"], page["output"], page["position"])
    assert again["exits"] == page["exits"]


def test_refused(tmp_path):
    """What the command line refuses, the page refuses with the same words."""
    broken = tmp_path / "broken.elf"
    broken.write_bytes(guest("hello", "riscv64").read_bytes()[:3000])
    for words, work in ((["-c65"], {"harts": 65}), (["-m1"], {"memory": 1 << 20}), ([], {"elf": str(broken)}), (["--replay=FILE"], {"recording": "bm8="})):
        result = in_page([{**job("hello"), **work}])[0]
        assert result["status"] in range(112, 120), words
        assert result["messages"].startswith("labvisor: "), words
        assert result["messages"].count("\n") == 1, words


def test_random_orders():
    """The page's C code as a program with sanitizers, which takes orders in any order."""
    drive = ROOT / "build/san/page-drive"
    made = subprocess.run(["make", "-s", "SAN=1", str(drive.relative_to(ROOT))], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    for name, harts in (("hello", 1), ("lost", 4), ("fault", 1), ("labos", 1)):
        for seed in range(ORDERS // 50):
            result = subprocess.run([drive, guest(name, "riscv64"), str(harts), str(seed), "50"], capture_output=True, text=True, timeout=300)
            assert result.returncode == 0, result.stderr


def test_size():
    """DESIGN.md's limit: the VMM takes 96 KB of a page."""
    import gzip

    assert len(gzip.compress(WASM.read_bytes(), 9)) <= 96 * 1000
