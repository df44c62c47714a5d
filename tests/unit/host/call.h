/* SPDX-License-Identifier: MIT */
/* In place of abi/call.h, for files of the runtime that make no calls: its functions need the
 * guest's CPU. */
#include "../../../abi/sbi.h"
