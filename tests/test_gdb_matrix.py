# SPDX-License-Identifier: MIT
"""A seeded part of gdb_matrix.py: each pair of gdb's features at least once on soft. `make gdb-matrix` runs all."""

import shutil

import pytest

import gdb_matrix
from conftest import LABVISOR, MISSING

CELLS, SEED = 150, 1


@pytest.fixture(scope="module")
def matrix():
    return gdb_matrix.Matrix(LABVISOR)


def why_not(cell):
    """Returns why a cell cannot run here, or None."""
    if MISSING[cell.backend]:
        return MISSING[cell.backend]
    if not shutil.which(gdb_matrix.GDBS[cell.backend]):
        return f"{gdb_matrix.GDBS[cell.backend]} is not installed"
    if cell.cc == "clang" and not shutil.which("clang"):
        return "clang is not installed"
    return None


@pytest.mark.parametrize("cell", gdb_matrix.chosen(CELLS, SEED), ids=str)
def test_the_guest_ends_as_without_gdb(cell, matrix, tmp_path):
    if why_not(cell):
        pytest.skip(why_not(cell))
    problem = gdb_matrix.build(cell.cc, gdb_matrix.ARCHS[cell.backend])
    assert problem is None, problem
    failure = matrix.failure(cell, tmp_path)
    assert failure is None, failure


def test_each_pair_of_features_is_there():
    pairs = {(cell.first, cell.second) for cell in gdb_matrix.chosen(CELLS, SEED) if cell.backend == "soft"}
    assert len(pairs) == len(gdb_matrix.FEATURES[0]) * (len(gdb_matrix.FEATURES[0]) + 1) // 2
