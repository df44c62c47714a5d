/* SPDX-License-Identifier: MIT */
/*
 * Included by ops.def, before its rows and after them. Who includes ops.def defines ROW, and those
 * kinds of rows that it treats in another way; this makes the others ROW, and forgets all at the
 * end.
 */
#ifndef KINDS_END
#ifndef VALUE
#define VALUE(...) ROW(__VA_ARGS__)
#endif
#ifndef BRANCH
#define BRANCH(...) ROW(__VA_ARGS__)
#endif
#ifndef JUMP
#define JUMP(...) ROW(__VA_ARGS__)
#endif
#ifndef JUMP_REGISTER
#define JUMP_REGISTER(...) ROW(__VA_ARGS__)
#endif
#ifndef LOAD
#define LOAD(...) ROW(__VA_ARGS__)
#endif
#ifndef STORE
#define STORE(...) ROW(__VA_ARGS__)
#endif
#ifndef LOAD_RESERVED
#define LOAD_RESERVED(...) ROW(__VA_ARGS__)
#endif
#ifndef STORE_CONDITIONAL
#define STORE_CONDITIONAL(...) ROW(__VA_ARGS__)
#endif
#ifndef AMO
#define AMO(...) ROW(__VA_ARGS__)
#endif
#ifndef CSR
#define CSR(...) ROW(__VA_ARGS__)
#endif
#ifndef CSR_BITS
#define CSR_BITS(...) ROW(__VA_ARGS__)
#endif
#ifndef FLOAT_LOAD
#define FLOAT_LOAD(...) ROW(__VA_ARGS__)
#endif
#ifndef FLOAT_STORE
#define FLOAT_STORE(...) ROW(__VA_ARGS__)
#endif
#ifndef FLOAT
#define FLOAT(...) ROW(__VA_ARGS__)
#endif
#ifndef SYSTEM
#define SYSTEM(...) ROW(__VA_ARGS__)
#endif
#ifndef C_VALUE
#define C_VALUE(...) ROW(__VA_ARGS__)
#endif
#ifndef C_BRANCH
#define C_BRANCH(...) ROW(__VA_ARGS__)
#endif
#ifndef C_JUMP
#define C_JUMP(...) ROW(__VA_ARGS__)
#endif
#ifndef C_JUMP_REGISTER
#define C_JUMP_REGISTER(...) ROW(__VA_ARGS__)
#endif
#ifndef C_LOAD
#define C_LOAD(...) ROW(__VA_ARGS__)
#endif
#ifndef C_STORE
#define C_STORE(...) ROW(__VA_ARGS__)
#endif
#ifndef C_FLOAT_LOAD
#define C_FLOAT_LOAD(...) ROW(__VA_ARGS__)
#endif
#ifndef C_FLOAT_STORE
#define C_FLOAT_STORE(...) ROW(__VA_ARGS__)
#endif
#ifndef C_SYSTEM
#define C_SYSTEM(...) ROW(__VA_ARGS__)
#endif
#ifndef RESERVED
#define RESERVED(...) ROW(__VA_ARGS__)
#endif
#ifndef SECTION
#define SECTION(...)
#endif
#else
#undef KINDS_END
#undef ROW
#undef VALUE
#undef BRANCH
#undef JUMP
#undef JUMP_REGISTER
#undef LOAD
#undef STORE
#undef LOAD_RESERVED
#undef STORE_CONDITIONAL
#undef AMO
#undef CSR
#undef CSR_BITS
#undef FLOAT_LOAD
#undef FLOAT_STORE
#undef FLOAT
#undef SYSTEM
#undef C_VALUE
#undef C_BRANCH
#undef C_JUMP
#undef C_JUMP_REGISTER
#undef C_LOAD
#undef C_STORE
#undef C_FLOAT_LOAD
#undef C_FLOAT_STORE
#undef C_SYSTEM
#undef RESERVED
#undef SECTION
#endif
