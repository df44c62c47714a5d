/* SPDX-License-Identifier: MIT */
/* The VMM's own version, for --version and BASE.get_impl_version. */
#ifndef CORE_VERSION_H
#define CORE_VERSION_H

#define VERSION        "0.2.0"
#define VERSION_NUMBER 0x000200 /* major << 16 | minor << 8 | patch */

#endif
