/* SPDX-License-Identifier: MIT */
/* Included by each entry.S: the note by which a VMM knows the ABI version an image needs, and the
 * section by which gdb loads the commands for VM exits with an image of an installed labvisor. */
        .section .note.labvisor, "a", @note
        .balign 4
        .long   9, 4, LAB_NOTE_ABI_VERSION
        .asciz  "Labvisor"
        .balign 4
        .long   LAB_ABI_VERSION

#ifdef GDB_COMMANDS
        .section .debug_gdb_scripts, "MS", @progbits, 1
        .byte   1 /* a Python file, by its name */
        .asciz  GDB_COMMANDS
#endif
