/* SPDX-License-Identifier: MIT */
#include "record.h"

#include "core/version.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BY_SIGNAL 128 /* + a signal: the status that a shell shows */

#define FIRST_LINE "labvisor recording 1, of version " VERSION

/* Returns the FNV-1a hash (Fowler, Noll, Vo) of an image. It detects another build of the guest,
 * but not a forged one. */
static uint64_t hash_of(const struct source *source)
{
    uint64_t hash = 0xcbf29ce484222325;
    uint8_t block[4096];
    size_t got;

    for (uint64_t at = 0; (got = source->read(source, at, block, sizeof(block))) > 0; at += got)
        for (size_t i = 0; i < got; i++)
            hash = (hash ^ block[i]) * 0x100000001b3;
    return hash;
}

/* Writes what tells whether a file is the same again. */
static void write_file(FILE *out, const char *word, const struct source *source)
{
    if (source)
        fprintf(out, "%s %" PRIu64 " %016" PRIx64 "\n", word, source->size, hash_of(source));
}

struct journal *record_begin(const struct vm *vm, uint64_t seed, FILE *out)
{
    const struct image *image = vm->image;

    fprintf(out, "%s\n", FIRST_LINE);
    write_file(out, "image", image->source);
    write_file(out, "initrd", image->initrd);
    write_file(out, "disk", image->disk);
    fprintf(out, "memory %" PRIu64 "\nvcpus %u\nseed %" PRIu64 "\nargs ", vm->memory.size,
            vm->vcpu_count, seed);
    for (size_t i = 0; i < vm->args_size; i++)
        fprintf(out, "%02x", (uint8_t)vm->args[i]);
    fprintf(out, "\n");
    return journal_create(out);
}

int record_end(const struct vm *vm, struct journal *journal, int signal)
{
    const int status = signal ? BY_SIGNAL + signal : vm->status;

    errno = 0;
    journal_note(journal, "end %d %" PRIu64, status, vm->insn_count);
    return journal_close_record(journal);
}

/* A recording that is being read. */
struct reader {
    struct recording *recording;
    struct journal *journal;
    struct recorded_file {
        uint64_t size, hash; /* size: bytes; 0: the run had no such file */
    } image, initrd, disk;
};

/* Reads the guest's arguments, "args HEX". */
static bool read_args(struct recording *recording, char *hex)
{
    long size = journal_from_hex(hex);

    if (size < 1 || size > LAB_ARGS_MAX || hex[size - 1] != '\0' || recording->args)
        return false;
    recording->args = malloc((size_t)size);
    recording->args_size = (size_t)size;
    if (recording->args)
        memcpy(recording->args, hex, (size_t)size);
    return recording->args != NULL;
}

/* Reads the one or two numbers after a word, the first one decimal. */
static bool take_numbers(char *at, int second_base, uint64_t *first, uint64_t *second)
{
    return journal_take_number(&at, 10, first) &&
           (!second || journal_take_number(&at, second_base, second)) && *at == '\0';
}

/* Parses a line without its end. Returns false if it is not one of a recording. */
static bool read_line(struct reader *reader, char *line)
{
    struct recording *recording = reader->recording;
    uint64_t number = 0;

    if (journal_take_word(&line, "args "))
        return read_args(recording, line);
    if (journal_take_word(&line, "image"))
        return take_numbers(line, 16, &reader->image.size, &reader->image.hash);
    if (journal_take_word(&line, "initrd"))
        return take_numbers(line, 16, &reader->initrd.size, &reader->initrd.hash);
    if (journal_take_word(&line, "disk"))
        return take_numbers(line, 16, &reader->disk.size, &reader->disk.hash);
    if (journal_take_word(&line, "memory"))
        return take_numbers(line, 0, &recording->memory, NULL);
    if (journal_take_word(&line, "seed"))
        return take_numbers(line, 0, &recording->seed, NULL);
    if (journal_take_word(&line, "vcpus")) {
        if (!take_numbers(line, 0, &number, NULL) || number > VCPU_MAX)
            return false;
        recording->vcpus = (unsigned)number;
        return true;
    }
    if (journal_take_word(&line, "end")) {
        recording->ended = take_numbers(line, 10, &number, &recording->insns);
        recording->status = (int)number;
        return recording->ended;
    }
    return journal_read_line(reader->journal, line);
}

static bool read_lines(struct reader *reader, FILE *in, const char *path)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    bool good = true;

    for (unsigned number = 1; good && (length = getline(&line, &room, in)) > 0; number++) {
        if (line[length - 1] != '\n')
            break; /* the recorder was killed while it wrote this */
        line[length - 1] = '\0';
        good = number == 1 ? strcmp(line, FIRST_LINE) == 0 : read_line(reader, line);
        if (!good && number == 1 && strncmp(line, "labvisor recording ", 19) == 0)
            fail(STATUS_REPLAY,
                 "--replay: %s: another version recorded it, as its first line says, and this is "
                 "%s: use that version, or record the run again",
                 path, VERSION);
        else if (!good)
            fail(STATUS_REPLAY, "--replay: %s: line %u is not one of a recording by version %s",
                 path, number, VERSION);
    }
    free(line);
    return good;
}

static bool is_same(const struct recorded_file *recorded, const struct source *source)
{
    if (!source)
        return recorded->size == 0;
    return recorded->size == source->size && recorded->hash == hash_of(source);
}

/* Refuses a file that an option gives if the recorded run had another one. */
static int check_file(const char *path, const char *option, const struct recorded_file *recorded,
                      const struct source *source)
{
    if (is_same(recorded, source))
        return 0;
    if (recorded->size == 0)
        return fail(STATUS_REPLAY, "--replay: %s: was recorded without %s: do not give it", path,
                    option);
    return fail(STATUS_REPLAY,
                "--replay: %s: was recorded with another file for %s, of %" PRIu64
                " bytes: give that one",
                path, option, recorded->size);
}

int record_open(struct recording *recording, struct journal *journal, const char *path,
                const struct image *image)
{
    FILE *in = fopen(path, "re");
    int status;

    if (!in)
        return fail(STATUS_USAGE, "--replay: %s: %s", path, strerror(errno));
    status = record_read(recording, journal, in, path, image);
    fclose(in);
    return status;
}

int record_read(struct recording *recording, struct journal *journal, FILE *in, const char *path,
                const struct image *image)
{
    struct reader reader = {.recording = recording, .journal = journal};

    if (!read_lines(&reader, in, path))
        return STATUS_REPLAY;
    if (!recording->args || recording->vcpus == 0 || !is_same(&reader.image, image->source))
        return fail(STATUS_REPLAY,
                    "--replay: %s: was recorded with another guest than %s: give that one", path,
                    image->source->name);
    journal_close(journal, recording->ended ? recording->insns : 0);
    if (check_file(path, "--initrd", &reader.initrd, image->initrd) ||
        check_file(path, "--disk", &reader.disk, image->disk))
        return STATUS_REPLAY;
    return 0;
}

int record_limit_status(const struct recording *recording)
{
    switch (recording->status) {
    case STATUS_HOST:
    case STATUS_MAX_EXITS:
    case STATUS_MAX_INSNS:
    case STATUS_TIMEOUT:
        return recording->status;
    default:
        return recording->status > BY_SIGNAL ? recording->status : STATUS_REPLAY;
    }
}

int record_check(const struct recording *recording, const struct vm *vm, int status)
{
    if (!recording->ended || status == STATUS_REPLAY ||
        (recording->status == status && recording->insns == vm->insn_count))
        return 0;
    return fail(STATUS_REPLAY,
                "--replay: the run ended with status %d after %" PRIu64
                " instructions, the recorded one with %d after %" PRIu64,
                status, vm->insn_count, recording->status, recording->insns);
}
