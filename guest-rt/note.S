/* SPDX-License-Identifier: MIT */
/* Included by each entry.S: the note by which a VMM knows the ABI version an image needs. */
        .section .note.labvisor, "a", @note
        .balign 4
        .long   9, 4, LAB_NOTE_ABI_VERSION
        .asciz  "Labvisor"
        .balign 4
        .long   LAB_ABI_VERSION
