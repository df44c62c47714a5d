/* SPDX-License-Identifier: MIT */
#ifndef INTTYPES_H
#define INTTYPES_H

#include <stdint.h>
#include <sys/cdefs.h>

__BEGIN_DECLS

typedef struct {
    intmax_t quot, rem;
} imaxdiv_t;

intmax_t imaxabs(intmax_t n);
imaxdiv_t imaxdiv(intmax_t n, intmax_t by);
intmax_t strtoimax(const char *__restrict s, char **__restrict end, int base);
uintmax_t strtoumax(const char *__restrict s, char **__restrict end, int base);

/* gcc and clang differ in how wide the fast types are. */
#if __INT_FAST16_MAX__ > __INT_MAX__
#define __PRI_FAST16 "l"
#elif __INT_FAST16_MAX__ > __SHRT_MAX__
#define __PRI_FAST16 ""
#else
#define __PRI_FAST16 "h"
#endif
#if __INT_FAST32_MAX__ > __INT_MAX__
#define __PRI_FAST32 "l"
#else
#define __PRI_FAST32 ""
#endif

#define PRId8       "hhd"
#define PRId16      "hd"
#define PRId32      "d"
#define PRId64      "ld"
#define PRIdLEAST8  "hhd"
#define PRIdLEAST16 "hd"
#define PRIdLEAST32 "d"
#define PRIdLEAST64 "ld"
#define PRIdFAST8   "hhd"
#define PRIdFAST16  __PRI_FAST16 "d"
#define PRIdFAST32  __PRI_FAST32 "d"
#define PRIdFAST64  "ld"
#define PRIdMAX     "ld"
#define PRIdPTR     "ld"

#define PRIi8       "hhi"
#define PRIi16      "hi"
#define PRIi32      "i"
#define PRIi64      "li"
#define PRIiLEAST8  "hhi"
#define PRIiLEAST16 "hi"
#define PRIiLEAST32 "i"
#define PRIiLEAST64 "li"
#define PRIiFAST8   "hhi"
#define PRIiFAST16  __PRI_FAST16 "i"
#define PRIiFAST32  __PRI_FAST32 "i"
#define PRIiFAST64  "li"
#define PRIiMAX     "li"
#define PRIiPTR     "li"

#define PRIo8       "hho"
#define PRIo16      "ho"
#define PRIo32      "o"
#define PRIo64      "lo"
#define PRIoLEAST8  "hho"
#define PRIoLEAST16 "ho"
#define PRIoLEAST32 "o"
#define PRIoLEAST64 "lo"
#define PRIoFAST8   "hho"
#define PRIoFAST16  __PRI_FAST16 "o"
#define PRIoFAST32  __PRI_FAST32 "o"
#define PRIoFAST64  "lo"
#define PRIoMAX     "lo"
#define PRIoPTR     "lo"

#define PRIu8       "hhu"
#define PRIu16      "hu"
#define PRIu32      "u"
#define PRIu64      "lu"
#define PRIuLEAST8  "hhu"
#define PRIuLEAST16 "hu"
#define PRIuLEAST32 "u"
#define PRIuLEAST64 "lu"
#define PRIuFAST8   "hhu"
#define PRIuFAST16  __PRI_FAST16 "u"
#define PRIuFAST32  __PRI_FAST32 "u"
#define PRIuFAST64  "lu"
#define PRIuMAX     "lu"
#define PRIuPTR     "lu"

#define PRIx8       "hhx"
#define PRIx16      "hx"
#define PRIx32      "x"
#define PRIx64      "lx"
#define PRIxLEAST8  "hhx"
#define PRIxLEAST16 "hx"
#define PRIxLEAST32 "x"
#define PRIxLEAST64 "lx"
#define PRIxFAST8   "hhx"
#define PRIxFAST16  __PRI_FAST16 "x"
#define PRIxFAST32  __PRI_FAST32 "x"
#define PRIxFAST64  "lx"
#define PRIxMAX     "lx"
#define PRIxPTR     "lx"

#define PRIX8       "hhX"
#define PRIX16      "hX"
#define PRIX32      "X"
#define PRIX64      "lX"
#define PRIXLEAST8  "hhX"
#define PRIXLEAST16 "hX"
#define PRIXLEAST32 "X"
#define PRIXLEAST64 "lX"
#define PRIXFAST8   "hhX"
#define PRIXFAST16  __PRI_FAST16 "X"
#define PRIXFAST32  __PRI_FAST32 "X"
#define PRIXFAST64  "lX"
#define PRIXMAX     "lX"
#define PRIXPTR     "lX"

__END_DECLS

#endif
