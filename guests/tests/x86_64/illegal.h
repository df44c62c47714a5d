/* Not an instruction, and never to be one: Intel SDM vol. 2, UD. */
#define ILLEGAL_INSTRUCTION "ud2"
#define ILLEGAL_BYTES       2
