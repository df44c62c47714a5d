# SPDX-License-Identifier: MIT
"""The soft back end against QEMU: a sample of differential.py's programs."""

import pytest

import differential
from conftest import LABVISOR

WHY_NOT = differential.why_not()


@pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
@pytest.mark.parametrize("seed", range(1, 4))
def test_as_qemu(seed, tmp_path):
    differences = differential.compare(seed, 1200, LABVISOR.path, tmp_path)
    assert not differences, "\n".join(differences)


@pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
def test_floats_as_qemu(tmp_path):
    kinds = {differential.floats.floats: 1}
    differences = differential.compare(1, 1500, LABVISOR.path, tmp_path, kinds)
    assert not differences, "\n".join(differences)
