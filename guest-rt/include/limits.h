/* SPDX-License-Identifier: MIT */
/* Empty: the compiler's own <limits.h>, which comes first, has everything. gcc's includes this one.
 */
