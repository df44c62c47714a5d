# SPDX-License-Identifier: MIT
"""tools/distros.py and tools/nightly.sh: what they say; and Debian 13, with the tests that most depend on tools."""

import importlib.util
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, why_no_repository

spec = importlib.util.spec_from_file_location("distros", ROOT / "tools/distros.py")
distros = importlib.util.module_from_spec(spec)
spec.loader.exec_module(distros)


def why_not():
    """Returns the reason why no chroot can be made here, or None."""
    if os.geteuid() != 0:
        return "a chroot takes root"
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode:
        return "a chroot takes a mount namespace, which cannot be made here"
    return why_no_repository()


def test_debian_13():
    """The build, the unit tests, the manifest and gdb."""
    if why_not():
        pytest.skip(why_not())
    result = subprocess.run(["make", "-s", "distros", "DISTRO=debian-13", "QUICK=1"], cwd=ROOT, capture_output=True, text=True)
    row = re.search(r"^\| debian-13 \|.*", result.stdout, re.M)
    assert row, result.stdout + result.stderr
    if "skipped: " in row[0]:
        pytest.skip(row[0].split("skipped: ")[1].rstrip(" |"))
    assert result.returncode == 0, row[0] + (distros.HERE / "debian-13.log").read_text()[-4000:]
    passed, failed, _ = re.search(r"\| (\d+) \| (\d+) \| (\d+) \|", row[0]).groups()
    assert int(passed) > 100 and failed == "0"


def test_names():
    """Every cell has a distribution and a variant; another name is refused with the names that there are."""
    assert distros.split("debian-13-arm64") == ("debian-13-arm64", distros.VARIANTS[""])
    assert distros.split("debian-13-user") == ("debian-13", distros.VARIANTS["user"])
    assert all(distros.split(name) for name in distros.ALL)
    for name in ("debian-1", "debian-13-", "debian-13-none", "13"):
        result = subprocess.run([ROOT / "tools/distros.py", name], capture_output=True, text=True)
        assert result.returncode == 1 and f"{name}: no such distribution; take one of: debian-12 " in result.stderr


def test_a_cell_that_fails(monkeypatch, tmp_path, capsys):
    """The table has its reason, and the exit status is not 0; a cell that cannot run is not a failure."""
    monkeypatch.setattr(distros, "HERE", tmp_path)
    monkeypatch.setattr(distros.os, "geteuid", lambda: 0)
    monkeypatch.setattr(distros.shutil, "which", lambda name: name)

    def make_chroot(distro, log):
        raise {"debian-12": distros.Missing("no mirror"), "debian-13": distros.Failed("no tool")}[distro]

    monkeypatch.setattr(distros, "make_chroot", make_chroot)
    assert not distros.main(["debian-12"])
    assert distros.main(["debian-12", "debian-13-user"])
    *_, first, second = (tmp_path / "table.md").read_text().splitlines()
    assert first == "| debian-12 |  |  |  |  |  | 0 | skipped: no mirror |"
    assert second == "| debian-13-user | an ordinary user |  |  |  |  | 0 | failed: no tool |"
    assert capsys.readouterr().out.endswith(f"{second}\n\n")


def test_nightly(tmp_path):
    """A part that fails does not keep the others from running."""
    (tmp_path / "Makefile").write_text("good last:\n\t@echo $@ ran\nbad:\n\t@false\n")
    words = [ROOT / "tools/nightly.sh", "out", "good", "bad", "last"]
    result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    rows = re.sub(r" \d+ \|$", " N |", result.stdout, flags=re.M).splitlines()[-3:]
    assert rows == ["| good | passed | N |", "| bad | failed: out/bad.log | N |", "| last | passed | N |"]
    assert result.returncode == 1 and (tmp_path / "out/last.log").read_text() == "last ran\n"


def test_a_command_that_does_not_end(monkeypatch, tmp_path):
    """It is ended, with what it started, and the log says so."""
    monkeypatch.setattr(distros, "LIMITS", {False: 1, True: 1})
    with open(tmp_path / "log", "w+b", buffering=0) as log:
        status, text = distros.output(log, ["sh", "-c", "echo begun; sleep 60; true"])
    assert status == -9 and text == "begun\ndistros: ended after 1 s\n"


def test_arm64_is_a_layer(monkeypatch, tmp_path):
    """Its folder is on top of the one of the same Debian for this machine; on an arm64 machine it is a chroot of its own."""
    monkeypatch.setattr(distros, "HERE", tmp_path)
    monkeypatch.setattr(distros.os, "uname", lambda: os.uname_result(("Linux", "", "", "", "x86_64")))
    assert distros.chroot_of("debian-13-arm64") == f"{tmp_path}/debian-13-arm64/upper:{tmp_path}/debian-13"
    assert distros.chroot_of("debian-13") == tmp_path / "debian-13"
    assert distros.emulated("debian-13") == []
    assert distros.emulated("debian-13-arm64")[-1].endswith(f":{tmp_path}/debian-13-arm64/upper/usr/bin/qemu-aarch64:OCF")
    monkeypatch.setattr(distros.os, "uname", lambda: os.uname_result(("Linux", "", "", "", "aarch64")))
    assert distros.chroot_of("debian-13-arm64") == tmp_path / "debian-13-arm64"
    assert distros.emulated("debian-13-arm64") == []
