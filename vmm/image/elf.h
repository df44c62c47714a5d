/* SPDX-License-Identifier: MIT */
/*
 * The parts of the ELF format that the VMM reads and writes, with the names of the System V ABI,
 * chapters 4 and 5. The functions read headers of both classes, 32 and 64 bits, and return them as
 * those of 64. They check no number that they return.
 */
#ifndef IMAGE_ELF_H
#define IMAGE_ELF_H

#include "image.h"

#include <stdbool.h>
#include <stdint.h>

enum { EI_CLASS = 4, EI_DATA = 5, EI_NIDENT = 16 };
enum { ELFCLASS32 = 1, ELFCLASS64 = 2 };
enum { ELFDATA2LSB = 1, EV_CURRENT = 1 };
enum { ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4 };
enum { EM_386 = 3, EM_ARM = 40, EM_X86_64 = 62, EM_AARCH64 = 183, EM_RISCV = 243 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_NOTE = 4 };
enum { PF_X = 1, PF_W = 2, PF_R = 4 };
enum { SHT_NOBITS = 8 };
enum { SHN_UNDEF = 0, SHN_LORESERVE = 0xff00 };
enum { STT_NOTYPE = 0, STT_OBJECT = 1, STT_FUNC = 2 };
enum { NT_PRSTATUS = 1 };

#define ELFMAG  "\177ELF"
#define SELFMAG 4

#define ELF64_ST_TYPE(info) ((info)&0xf)

/* Headers of 32 bits: addresses and sizes have 4 bytes. */
typedef struct {
    uint8_t e_ident[EI_NIDENT];
    uint16_t e_type, e_machine;
    uint32_t e_version, e_entry, e_phoff, e_shoff, e_flags;
    uint16_t e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
} Elf32_Ehdr;

typedef struct {
    uint8_t e_ident[EI_NIDENT];
    uint16_t e_type, e_machine;
    uint32_t e_version;
    uint64_t e_entry, e_phoff, e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
} Elf64_Ehdr;

typedef struct {
    uint32_t p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
} Elf32_Phdr;

typedef struct {
    uint32_t p_type, p_flags;
    uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
} Elf64_Phdr;

typedef struct {
    uint32_t sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info;
    uint32_t sh_addralign, sh_entsize;
} Elf32_Shdr;

typedef struct {
    uint32_t sh_name, sh_type;
    uint64_t sh_flags, sh_addr, sh_offset, sh_size;
    uint32_t sh_link, sh_info;
    uint64_t sh_addralign, sh_entsize;
} Elf64_Shdr;

typedef struct {
    uint32_t st_name, st_value, st_size;
    uint8_t st_info, st_other;
    uint16_t st_shndx;
} Elf32_Sym;

typedef struct {
    uint32_t st_name;
    uint8_t st_info, st_other;
    uint16_t st_shndx;
    uint64_t st_value, st_size;
} Elf64_Sym;

typedef struct {
    uint32_t n_namesz, n_descsz, n_type;
} Elf64_Nhdr;

_Static_assert(sizeof(Elf32_Ehdr) == 52 && sizeof(Elf64_Ehdr) == 64, "e_ehsize");
_Static_assert(sizeof(Elf32_Phdr) == 32 && sizeof(Elf64_Phdr) == 56, "e_phentsize");
_Static_assert(sizeof(Elf32_Shdr) == 40 && sizeof(Elf64_Shdr) == 64, "e_shentsize");
_Static_assert(sizeof(Elf32_Sym) == 16 && sizeof(Elf64_Sym) == 24, "sh_entsize of a symbol table");

/* Each reads one header, by its index in its table. Returns false if the file is too short, is not
 * an ELF file, or has a table whose entries do not have the size of the class. */
bool elf_read_header(const struct source *source, Elf64_Ehdr *header);
bool elf_read_segment(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Phdr *header);
bool elf_read_section(const struct source *source, const Elf64_Ehdr *elf, unsigned index,
                      Elf64_Shdr *header);

/* Returns a symbol of a symbol table by its index, which is not checked. */
Elf64_Sym elf_symbol(const void *table, bool class32, size_t index);

/* Returns the bytes of a symbol. */
size_t elf_symbol_size(bool class32);

static inline bool elf_is_32(const Elf64_Ehdr *elf)
{
    return elf->e_ident[EI_CLASS] == ELFCLASS32;
}

#endif
