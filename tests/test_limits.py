# SPDX-License-Identifier: MIT
"""What limits a submission's programs together: their files, their memory, and that they end."""

import dataclasses
import os
import pathlib

import pytest

from conftest import why_no_riscv
from handed import failed, hand_in, result_of, solution
from test_marks import CONSTRUCTOR, confined, processes  # noqa: F401

import cgroup
import grade
import handout
import sandbox

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))

MANY = r"""    char name[32];

    if (access("build/copy.elf", F_OK) || chdir("files"))
        return;
    for (int i = 0;; i++) {
        int fd = open((sprintf(name, "%d", i), name), O_CREAT | O_WRONLY, 0600);

        WRITE;
        close(fd);
    }
"""
ENDLESS = {"files": "(void)0", "bytes": "if (write(fd, data, sizeof(data)) < 0) i = -1"}


@pytest.mark.parametrize("mounts", [True, False])
@pytest.mark.parametrize("what", ENDLESS)
def test_files_without_end(what, mounts, tmp_path, confined, monkeypatch):
    """They are counted while it runs, and the file system that they are in is small where the grader can mount one."""
    if mounts and os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    made, limit = [], sandbox.limit if mounts else pathlib.Path.mkdir
    monkeypatch.setattr(sandbox, "limit", lambda folder: made.append(folder) or limit(folder))
    files = solution(6)
    files["labs/06-files/vmm/files.c"] += "static char data[1 << 20];\n" + CONSTRUCTOR % MANY.replace("WRITE", ENDLESS[what])
    (wrong,) = failed(result_of(6, hand_in(tmp_path, files))).items()
    assert wrong == ("copy", "it wrote too many files, or too large ones")
    left = pathlib.Path("/proc/self/mounts").read_text()
    assert made and not any(folder.exists() or str(folder) in left for folder in made)


def test_what_a_run_leaves_ends_with_it(tmp_path, confined):
    """Also a process of its own session, and the first one of a namespace, which a container may not reap."""
    base, _ = grade.prepare(handout.load(2), os.cpu_count())
    with grade.tree_of(base, {}) as (tree, output):
        for _ in range(3):
            assert sandbox.build(["sh", "-c", "setsid sleep 1000 & exit 0"], tree, output, sandbox.Deadline()).status == 0
            assert not processes()


@pytest.mark.skipif(cgroup.place() is None, reason="no cgroup (version 2) can be made here")
def test_a_cgroup_limits_all_together(tmp_path, confined, monkeypatch):
    """Four processes of 60 MiB are too many for 128 MiB."""
    monkeypatch.setattr(sandbox, "BUILD", dataclasses.replace(sandbox.BUILD, together=128 << 20))
    base, _ = grade.prepare(handout.load(2), os.cpu_count())
    with grade.tree_of(base, {}) as (tree, output):
        one = "head -c 60M /dev/zero | tail -n1 | wc -c & "
        outcome = sandbox.build(["sh", "-c", one * 4 + "wait"], tree, output, sandbox.Deadline())
        assert outcome.stdout.count(b"62914560") < 4
        outcome = sandbox.build(["sh", "-c", one + "wait"], tree, output, sandbox.Deadline())
        assert outcome.stdout == b"62914560\n"
    assert not list(cgroup.place().glob("labvisor-grade-*"))
