# SPDX-License-Identifier: MIT
"""The grader on a cluster: Slurm, on this machine alone, and GNU parallel. Results as without them."""

import os
import re
import shutil
import socket
import subprocess
import time

import pytest

from conftest import ROOT, why_no_riscv
from handed import GRADE, UNSAFE, hand_in, solution, sown  # noqa: F401

pytestmark = [
    pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv())),
    pytest.mark.xdist_group("clusters"),
]

COUNT = 50
LAB = 0


def missing(*programs):
    """Returns why programs cannot be run here, or None."""
    lacks = [name for name in programs if not shutil.which(name)]
    return f"not installed: {', '.join(lacks)}: tools/setup.sh cluster installs them" if lacks else None


NO_SLURM = missing("slurmctld", "slurmd", "sbatch", "munged") or (
    "Slurm's daemons are started by root here" if os.geteuid() else None
)
needs_slurm = pytest.mark.skipif(NO_SLURM is not None, reason=str(NO_SLURM))


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A list of submissions: right ones, some without an answer, and two that do not compile."""
    place = tmp_path_factory.mktemp("submissions")
    for number in range(COUNT):
        files = {name: text.replace("id=reference", f"id=s{number}") for name, text in solution(LAB).items()}
        for name in files:
            if number % 7 == 3 and name.endswith("answers.txt"):
                files[name] = re.sub(r"(?m)^((?!id)\w+)=.*", r"\1=", files[name], count=1)
            if number % 25 == 11 and name.endswith(".c"):
                files[name] += "int x = 1\n"
        hand_in(place / f"lab {number:02}", files)
    (place / "list").write_text("".join(f"{place}/lab {number:02}\n" for number in range(COUNT)))
    return place


@pytest.fixture(scope="module")
def local(handed_in):
    """The results, by one process, and the table."""
    place = handed_in / "local"
    result = grade_all(handed_in, place)
    assert result.returncode == 0, result.stderr
    assert len(list(place.iterdir())) == COUNT
    assert result.stdout.splitlines()[-1].startswith(f"{COUNT} graded, mean ")
    return texts_of(place), result.stdout


def grade_all(handed_in, results):
    command = [GRADE, *UNSAFE, "--lab", str(LAB), "--results", results, "--list", handed_in / "list"]
    return subprocess.run(command, capture_output=True, text=True)


def texts_of(results):
    """A file that has no name of a result is there, too: nobody should leave one."""
    return {path.name: path.read_bytes() for path in results.iterdir()}


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


CONFIGURATION = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={place}/munge
CredType=cred/munge
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2
PartitionName=all Nodes={host} Default=YES State=UP
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A cluster of one node. Returns the environment of its commands."""
    place = tmp_path_factory.mktemp("slurm")
    os.chmod(place, 0o755)  # munge wants it so
    for folder in ("state", "spool"):
        (place / folder).mkdir()
    (place / "key").write_bytes(os.urandom(128))
    (place / "key").chmod(0o400)
    (place / "slurm.conf").write_text(CONFIGURATION.format(place=place, host=socket.gethostname(), ports=free_ports(2)))
    environment = {**os.environ, "SLURM_CONF": str(place / "slurm.conf")}
    files = [f"--{name}-file={place / name}" for name in ("key", "pid", "log", "seed")]
    started = []

    def start(*command):
        with open(place / "said", "ab") as said:
            started.append(subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said))

    try:
        start("munged", "--foreground", "--force", f"--socket={place / 'munge'}", *files)
        wait_for(lambda: (place / "munge").exists())
        start("slurmctld", "-D", "-i")
        start("slurmd", "-D")
        wait_for(lambda: "idle" in subprocess.run(["sinfo", "-h"], env=environment, capture_output=True, text=True).stdout)
        yield environment
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def wait_for(happens, seconds=60):
    patience = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < patience
        time.sleep(0.1)


def submit(slurm, handed_in, results, *options):
    words = ["labs/slurm.sh", "--lab", str(LAB), "--results", results, "--list", handed_in / "list", *UNSAFE]
    command = ["sbatch", "--parsable", *options, "-o", f"{results}.said-%a", *words]
    return subprocess.run(command, cwd=ROOT, env=slurm, capture_output=True, text=True)


@needs_slurm
def test_slurm(slurm, handed_in, local):
    """More submissions than tasks. The table is made afterwards, of what the tasks have left."""
    results = handed_in / "slurm"
    ran = submit(slurm, handed_in, results, "--wait", "--array=3-6")
    said = "".join(path.read_text() for path in handed_in.glob("slurm.said-*"))
    assert ran.returncode == 0, ran.stderr + said
    assert texts_of(results) == local[0]
    assert said.count(" graded, mean ") == 4
    times = {path: path.stat().st_mtime_ns for path in results.iterdir()}
    assert grade_all(handed_in, results).stdout == local[1]
    assert times == {path: path.stat().st_mtime_ns for path in results.iterdir()}


@needs_slurm
def test_a_killed_job_is_continued(slurm, handed_in, local):
    """A second job does what is left; a third one works beside it on the same submissions."""
    results = handed_in / "killed"
    job = submit(slurm, handed_in, results, "--array=0-1").stdout.strip()
    wait_for(lambda: results.exists() and len(list(results.glob("*.json"))) >= 3)
    subprocess.run(["scancel", "--signal=KILL", "--full", job], env=slurm, check=True)
    wait_for(lambda: not subprocess.run(["squeue", "-h", "-j", job], env=slurm, capture_output=True).stdout)
    done = texts_of(results)
    assert len(done) < COUNT and all(local[0].get(name) == text for name, text in done.items() if not name.startswith("."))
    jobs = [submit(slurm, handed_in, results, "--array=0-1") for _ in range(2)]
    for job in jobs:
        wait_for(lambda: not subprocess.run(["squeue", "-h", "-j", job.stdout.strip()], env=slurm, capture_output=True).stdout, 200)
    assert {name: text for name, text in texts_of(results).items() if not name.startswith(".")} == local[0]


def test_slurm_sh_alone():
    result = subprocess.run([ROOT / "labs/slurm.sh", "--lab", "0"], capture_output=True, text=True)
    assert result.returncode == 1 and "submit it with sbatch" in result.stderr


@pytest.mark.skipif(missing("parallel") is not None, reason=str(missing("parallel")))
def test_parallel(handed_in, local):
    results = handed_in / "parallel"
    words = [GRADE, *UNSAFE, "--lab", str(LAB), "--results", str(results), "-j", "1", "{}"]
    few = "".join((handed_in / "list").read_text().splitlines(keepends=True)[:6])
    ran = subprocess.run(["parallel", "-j", "2", *words], input=few, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    found = texts_of(results)
    assert len(found) == 6 and all(local[0][name] == text for name, text in found.items())


def test_parts_and_lists(handed_in, local, tmp_path):
    """Each submission is in one part; a list may have names with newlines."""
    def grade(*words, **options):
        command = [GRADE, *UNSAFE, "--lab", str(LAB), "--results", tmp_path / "results", *words]
        return subprocess.run(command, capture_output=True, text=True, **options)

    some = "\0".join((handed_in / "list").read_text().splitlines()[:3])
    for number in (1, 2, 3, 4):
        result = grade("--list", "-", "--part", f"{number}/4", input=some)
        assert result.returncode == 0, result.stderr
    found = texts_of(tmp_path / "results")
    assert len(found) == 3 and all(local[0][name] == text for name, text in found.items())
    for words, told in (
        (["--part", "0/4", "x"], "'0/4' is not I/N"),
        (["--part", "5/4", "x"], "'5/4' is not I/N"),
        (["--list", tmp_path / "none"], "none: No such file"),
        ([], "no submission is given"),
    ):
        result = grade(*words)
        assert result.returncode and told in result.stderr, result
