/* The compiler's own <limits.h>, which comes first, says all; gcc's asks for one more. */
