# SPDX-License-Identifier: MIT
"""The VMM's own exit statuses (docs/reference.md)."""

USAGE, IMAGE, BACKEND, HOST, DIED, MAX_EXITS, MAX_INSNS, REBOOT, TIMEOUT = 112, 113, 114, 115, 116, 117, 118, 120, 124
