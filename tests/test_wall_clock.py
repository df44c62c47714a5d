# SPDX-License-Identifier: MIT
"""LAB.get_wall_clock and LAB.get_random: the host's, or in virtual time the same in each run."""

import time

import pytest

from conftest import MISSING, guest, run, why_no_riscv
from manifest import ARCH

YEAR_2000 = 946684800


def output(*options):
    result = run(*options, guest("tests/system", ARCH[options[0].split("=")[1]]), "time")
    assert result.returncode == 0, result
    random, seconds, right = result.stdout.decode().splitlines()
    assert right == "right"
    return random, int(seconds)


@pytest.mark.parametrize("how", [("kvm-x86",), ("soft", "--real-time")])
def test_of_the_host(how):
    if MISSING[how[0]]:
        pytest.skip(MISSING[how[0]])
    before = int(time.time())
    first, seconds = output(f"--backend={how[0]}", *how[1:])
    assert before <= seconds <= time.time() + 1
    assert output(f"--backend={how[0]}", *how[1:])[0] != first


@pytest.mark.skipif(bool(why_no_riscv()), reason=str(why_no_riscv()))
def test_in_virtual_time():
    first, seconds = output("--backend=soft")
    assert seconds == YEAR_2000
    assert output("--backend=soft") == (first, seconds) == output("--backend=soft", "--seed=1")
    assert output("--backend=soft", "--seed=2")[0] != first


@pytest.mark.skipif(bool(why_no_riscv()), reason=str(why_no_riscv()))
def test_recorded(tmp_path):
    image = guest("tests/system", "riscv64")
    recorded = run("--backend=soft", "--seed=7", f"--record={tmp_path}/r", image, "time")
    repeated = run("--backend=soft", f"--replay={tmp_path}/r", image)
    assert repeated.returncode == 0 and repeated.stdout == recorded.stdout, repeated
