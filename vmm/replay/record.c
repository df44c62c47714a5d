#include "record.h"

#include "core/version.h"
#include "host/linux/host.h"
#include "journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "labvisor recording 1, of version " VERSION

/* FNV-1a (Fowler, Noll, Vo): not against forgery, but against another build of the guest. */
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

int record_begin(struct vm *vm, const struct options *options)
{
    int fd = host_create_file("--record", options->record, vm->image->source);
    FILE *out = fd < 0 ? NULL : host_stream(fd);

    if (!out)
        return STATUS_USAGE;
    fprintf(out, "%s\nimage %" PRIu64 " %016" PRIx64 "\n", FIRST_LINE, vm->image->source->size,
            hash_of(vm->image->source));
    fprintf(out, "memory %" PRIu64 "\nvcpus %u\nseed %" PRIu64 "\nargs ", vm->memory.size,
            vm->vcpu_count, options->seed);
    for (size_t i = 0; i < vm->args_size; i++)
        fprintf(out, "%02x", (uint8_t)vm->args[i]);
    fprintf(out, "\n");
    vm->journal = journal_create(out);
    return vm->journal ? 0 : fail(STATUS_HOST, "out of memory");
}

void record_end(struct vm *vm)
{
    journal_note(vm->journal, "end %d %" PRIu64, vm->status, vm->insn_count);
}

/* A recording that is being read. */
struct reader {
    struct vm *vm;
    struct options *options;
    uint64_t size, hash; /* the image's */
};

/* Takes over what `args` says. */
static bool read_args(struct vm *vm, char *hex)
{
    long size = journal_from_hex(hex);

    if (size < 1 || size > LAB_ARGS_MAX || hex[size - 1] != '\0')
        return false;
    vm->args = malloc((size_t)size);
    vm->args_size = (size_t)size;
    if (vm->args)
        memcpy(vm->args, hex, (size_t)size);
    return vm->args != NULL;
}

/* The one or two numbers behind a word. */
static bool take_numbers(char *at, int second_base, uint64_t *first, uint64_t *second)
{
    return journal_take_number(&at, 10, first) &&
           (!second || journal_take_number(&at, second_base, second)) && *at == '\0';
}

/* A line without its end. Returns false if it is none of a recording. */
static bool read_line(struct reader *reader, char *line)
{
    struct options *options = reader->options;
    struct vm *vm = reader->vm;
    uint64_t number;

    if (journal_take_word(&line, "args "))
        return read_args(vm, line);
    if (journal_take_word(&line, "image"))
        return take_numbers(line, 16, &reader->size, &reader->hash);
    if (journal_take_word(&line, "memory"))
        return take_numbers(line, 0, &options->memory, NULL);
    if (journal_take_word(&line, "seed"))
        return take_numbers(line, 0, &options->seed, NULL);
    if (journal_take_word(&line, "vcpus")) {
        if (!take_numbers(line, 0, &number, NULL) || number > VCPU_MAX)
            return false;
        options->vcpus = (unsigned)number;
        return true;
    }
    if (journal_take_word(&line, "end")) {
        if (!take_numbers(line, 10, &number, &vm->recorded_insns))
            return false;
        vm->recorded_status = (int)number;
        return true;
    }
    return journal_read_line(vm->journal, line);
}

static bool read_lines(struct reader *reader, FILE *in)
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
        if (!good)
            fail(STATUS_REPLAY, "--replay: %s: line %u is not one of a recording by version %s",
                 reader->options->replay, number, VERSION);
    }
    free(line);
    return good;
}

int record_open(struct vm *vm, struct options *options)
{
    struct reader reader = {.vm = vm, .options = options};
    FILE *in = fopen(options->replay, "re");
    bool good;

    if (!in)
        return fail(STATUS_USAGE, "--replay: %s: %s", options->replay, strerror(errno));
    vm->recorded_insns = UINT64_MAX;
    vm->journal = journal_create(NULL);
    good = vm->journal && read_lines(&reader, in);
    fclose(in);
    if (!good)
        return STATUS_REPLAY;
    if (!vm->args || options->vcpus == 0 || reader.size != vm->image->source->size ||
        reader.hash != hash_of(vm->image->source))
        return fail(STATUS_REPLAY, "--replay: %s: was recorded with another guest than %s",
                    options->replay, options->guest);
    journal_close(vm->journal);
    return 0;
}

int record_check(const struct vm *vm, int status)
{
    if (vm->recorded_insns == UINT64_MAX || status == STATUS_REPLAY ||
        (vm->recorded_status == status && vm->recorded_insns == vm->insn_count))
        return 0;
    return fail(STATUS_REPLAY,
                "--replay: the run ended with status %d after %" PRIu64
                " instructions, the recorded one with %d after %" PRIu64,
                status, vm->insn_count, vm->recorded_status, vm->recorded_insns);
}
