#!/bin/sh
# SPDX-License-Identifier: MIT
# Grades submissions, however many, as a Slurm array. In the labvisor tree, on a file system that all
# nodes have:
#
#   sbatch --array=0-31 labs/slurm.sh --lab 2 --results results --list list
#
# Each task of the array grades its part of the list, as many at once as it has CPUs. A result that is
# up to date is kept: after a failure, submit the same again. The table for all of the list:
#
#   labs/labvisor-grade --lab 2 --results results --list list
#
#SBATCH --job-name=labvisor-grade
#SBATCH --open-mode=append
set -eu

if [ -z "${SLURM_ARRAY_TASK_COUNT:-}" ]; then
    echo "slurm.sh: this is no task of an array: submit it with sbatch --array=0-31" >&2
    exit 1
fi
part=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1)) # an array need not begin with 0
cd "$SLURM_SUBMIT_DIR" # Slurm runs a copy of this file
exec labs/labvisor-grade --part "$part/$SLURM_ARRAY_TASK_COUNT" -j "${SLURM_CPUS_PER_TASK:-1}" "$@"
