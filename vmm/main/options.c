/* SPDX-License-Identifier: MIT */
/* Parses the command line. What labvisor cannot do is refused, never ignored. */
#include "options.h"

#include "abi.h"
#include "core/version.h"
#include "guest_mk.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1ull << 20)

#define DEFAULT_MEMORY     (64 * MIB)
#define DEFAULT_GDB_SOCKET "./gdb.sock" /* not a port, which every user of the machine can open */

enum {
    MEMORY_FILE = 256,
    BACKEND,
    ENGINE,
    TRANSPORT,
    TRACE,
    STATS,
    LOG,
    TIMEOUT,
    MAX_EXITS,
    MAX_INSNS,
    SEED,
    REAL_TIME,
    DUMP_REGS,
    LABEL,
    GDB,
    RECORD,
    REPLAY,
    CORE,
    INITRD,
    DISK,
    APPEND,
    REBOOT,
    SANDBOX,
    NO_SANDBOX,
    GUEST_MK,
    ABI,
    VERSION_OPTION,
    HELP
};

static const struct option long_options[] = {
    {"memory", required_argument, NULL, 'm'},
    {"memory-file", required_argument, NULL, MEMORY_FILE},
    {"vcpus", required_argument, NULL, 'c'},
    {"backend", required_argument, NULL, BACKEND},
    {"engine", required_argument, NULL, ENGINE},
    {"transport", required_argument, NULL, TRANSPORT},
    {"trace", optional_argument, NULL, TRACE},
    {"stats", optional_argument, NULL, STATS},
    {"log", required_argument, NULL, LOG},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"max-exits", required_argument, NULL, MAX_EXITS},
    {"max-insns", required_argument, NULL, MAX_INSNS},
    {"seed", required_argument, NULL, SEED},
    {"real-time", no_argument, NULL, REAL_TIME},
    {"dump-regs", no_argument, NULL, DUMP_REGS},
    {"label", no_argument, NULL, LABEL},
    {"gdb", optional_argument, NULL, GDB},
    {"record", required_argument, NULL, RECORD},
    {"replay", required_argument, NULL, REPLAY},
    {"core", required_argument, NULL, CORE},
    {"initrd", required_argument, NULL, INITRD},
    {"disk", required_argument, NULL, DISK},
    {"append", required_argument, NULL, APPEND},
    {"reboot", no_argument, NULL, REBOOT},
    {"sandbox", required_argument, NULL, SANDBOX},
    {"no-sandbox", no_argument, NULL, NO_SANDBOX},
    {"guest-mk", no_argument, NULL, GUEST_MK},
    {"abi", no_argument, NULL, ABI},
    {"version", no_argument, NULL, VERSION_OPTION},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: labvisor [OPTION]... GUEST [ARG]...\n"
    "       labvisor doctor [best]\n"
    "       labvisor diff RUN RUN\n"
    "\n"
    "Runs the guest image GUEST in a virtual machine. Ends with the guest's exit status.\n"
    "`labvisor doctor` shows which back ends work on this machine, and how to fix the others;\n"
    "`labvisor doctor best` shows the best one.\n"
    "`labvisor diff` shows the first exit at which two runs part; a RUN is a file of --trace's,\n"
    "or a command line: labvisor diff '--seed=1 GUEST' '--seed=2 GUEST'.\n"
    "\n"
    "  -m, --memory=SIZE    the guest's RAM in MiB, or with a unit K, M or G (default 64)\n"
    "      --memory-file=FILE\n"
    "                       keep the guest's RAM in FILE, for other programs to read\n"
    "  -c, --vcpus=N        virtual CPUs (default 1)\n"
    "      --backend=NAME   kvm-x86, kvm-riscv or soft (default: the one for the guest)\n"
    "      --engine=NAME    how soft executes the guest's code: translator or interpreter\n"
    "                       (default: translator, where there is one)\n"
    "      --transport=NAME how the guest makes hypercalls: pio or vmcall on kvm-x86,\n"
    "                       else ecall\n"
    "      --trace[=FILE]   write a line for each exit to stderr, or Chrome trace events\n"
    "                       to FILE: open it at ui.perfetto.dev\n"
    "      --stats[=json]   print a table of exits to stderr at the end, or JSON\n"
    "      --log=FILE       write the lines of --trace and --stats to FILE instead of stderr\n"
    "      --timeout=SEC    end the guest after SEC seconds (status 124)\n"
    "      --max-exits=N    end the guest when it has made N exits (status 117)\n"
    "      --max-insns=N    end the guest when it has executed N instructions (status 118)\n"
    "      --seed=N         choose the order of the harts' turns (default 1); the same seed\n"
    "                       gives the same order\n"
    "      --real-time      let the guest's clock follow the host's; by default soft's\n"
    "                       counts instructions\n"
    "      --dump-regs      print the registers of each vCPU to stderr at the end\n"
    "      --label          print the hart's number before each line of output; on a\n"
    "                       terminal each hart has a colour\n"
    "      --gdb[=WHERE]    before the first instruction, wait for gdb on a socket, a path\n"
    "                       with / (default ./gdb.sock), or a port of the loopback interface\n"
    "      --record=FILE    write the run's input to FILE, so that the run can be repeated\n"
    "      --replay=FILE    repeat the run that --record wrote to FILE\n"
    "      --core=FILE      write a core for gdb if the guest dies\n"
    "      --initrd=FILE    put FILE into the memory of a kernel, and tell it where\n"
    "      --disk=FILE      give the guest a disk that begins as FILE; its writes are lost at the\n"
    "                       end\n"
    "      --append=ARGS    add ARGS to the guest's arguments, which are a kernel's command line\n"
    "      --reboot         let the guest begin again when it asks for a reboot, instead of\n"
    "                       ending with status 120\n"
    "      --sandbox=log    say on stderr which system calls the sandbox would refuse, and let\n"
    "                       them pass\n"
    "      --no-sandbox     run without it: for a debugger or a tracer of labvisor itself\n"
    "      --guest-mk       print the path of guest.mk, with which a Makefile builds a guest:\n"
    "                       include $(shell labvisor --guest-mk)\n"
    "      --abi            print the tables of the contract with guests as JSON\n"
    "      --version        print the version\n"
    "      --help           print this help\n"
    "\n"
    "On a terminal, ^A x ends a guest that reads the keyboard. A second ^C ends it, too, if it\n"
    "has not read the first.\n";

static int bad(const char *option, const char *value, const char *expected)
{
    return fail(STATUS_USAGE, "%s: '%s' given, %s expected", option, value, expected);
}

/* Parses a decimal number up to max, without sign or blanks. *rest receives the text after it. */
static bool parse_number(const char *text, uint64_t max, uint64_t *number, char **rest)
{
    errno = 0;
    *number = strtoull(text, rest, 10);
    return isdigit((unsigned char)text[0]) && errno == 0 && *number <= max;
}

static int parse_memory(const char *text, uint64_t *bytes)
{
    static const char expected[] = "a size such as 64, 512K or 1G";
    unsigned shift = 20;
    uint64_t number;
    char *rest;

    if (!parse_number(text, UINT64_MAX >> 30, &number, &rest))
        return bad("-m", text, expected);
    if (*rest) {
        const char *units = "KMG", *unit = strchr(units, toupper((unsigned char)*rest));

        if (!unit || rest[1])
            return bad("-m", text, expected);
        shift = 10 + 10 * (unsigned)(unit - units);
    }
    *bytes = number << shift;
    return 0;
}

static int parse_count(const char *option, const char *text, uint64_t max, uint64_t *count)
{
    char *rest;

    if (!parse_number(text, max, count, &rest) || *rest || *count == 0)
        return fail(STATUS_USAGE, "%s: '%s' given, a whole number from 1 to %" PRIu64 " expected",
                    option, text, max);
    return 0;
}

static int parse_timeout(const char *text, double *seconds)
{
    char *rest;

    *seconds = strtod(text, &rest);
    /* At most a year, so that sums of times in ns do not overflow. */
    if (rest == text || *rest || !(*seconds > 0) || *seconds > 365 * 86400.0)
        return bad("--timeout", text, "seconds such as 10 or 0.5");
    return 0;
}

static int parse_option(struct options *options, int option)
{
    uint64_t count = 0;

    switch (option) {
    case 'm':
        options->shaped = true;
        return parse_memory(optarg, &options->vm.memory);
    case 'c':
        if (parse_count("-c", optarg, UINT32_MAX, &count))
            return STATUS_USAGE;
        options->vm.vcpus = (unsigned)count;
        options->shaped = true;
        return 0;
    case MEMORY_FILE:
        options->vm.memory_file = optarg;
        return 0;
    case BACKEND:
        options->vm.backend = optarg;
        return 0;
    case ENGINE:
        options->vm.engine = optarg;
        return 0;
    case TRANSPORT:
        options->vm.transport = optarg;
        return 0;
    case TRACE:
        if (optarg)
            options->trace_file = optarg;
        else
            options->trace = true;
        return 0;
    case STATS:
        if (optarg && strcmp(optarg, "json") != 0)
            return bad("--stats", optarg, "json or nothing");
        options->stats = optarg ? STATS_JSON : STATS_TABLE;
        return 0;
    case LOG:
        options->log = optarg;
        return 0;
    case TIMEOUT:
        return parse_timeout(optarg, &options->vm.timeout);
    case MAX_EXITS:
        return parse_count("--max-exits", optarg, UINT64_MAX - 1, &options->vm.max_exits);
    case MAX_INSNS:
        return parse_count("--max-insns", optarg, UINT64_MAX - 1, &options->vm.max_insns);
    case SEED:
        options->shaped = options->vm.seeded = true;
        return parse_count("--seed", optarg, UINT64_MAX, &options->vm.seed);
    case REAL_TIME:
        options->vm.real_time = true;
        return 0;
    case DUMP_REGS:
        options->dump_regs = true;
        return 0;
    case LABEL:
        options->label = true;
        return 0;
    case GDB:
        options->gdb = optarg ? optarg : DEFAULT_GDB_SOCKET;
        return 0;
    case RECORD:
        options->record = optarg;
        return 0;
    case REPLAY:
        options->replay = optarg;
        return 0;
    case CORE:
        options->core = optarg;
        return 0;
    case INITRD:
        options->initrd = optarg;
        return 0;
    case DISK:
        options->disk = optarg;
        return 0;
    case APPEND:
        options->append = optarg;
        return 0;
    case REBOOT:
        options->reboot = true;
        return 0;
    case SANDBOX:
        options->sandbox = SANDBOX_LOG;
        return strcmp(optarg, "log") == 0 ? 0 : bad("--sandbox", optarg, "log");
    case NO_SANDBOX:
        options->sandbox = SANDBOX_OFF;
        return 0;
    case GUEST_MK:
        exit(print_guest_mk());
    case ABI:
        exit(print_abi());
    case VERSION_OPTION:
        printf("labvisor %s (ABI %d.%d)\n", VERSION, LAB_ABI_VERSION >> 16,
               LAB_ABI_VERSION & 0xffff);
        exit(fflush(stdout) ? STATUS_HOST : 0);
    case HELP:
        printf("%s", help);
        exit(fflush(stdout) ? STATUS_HOST : 0);
    default:
        return STATUS_USAGE;
    }
}

/* Refuses what getopt_long does not know. */
static int unknown_option(char **argv, int option)
{
    if (option == ':')
        return fail(STATUS_USAGE, "%s: a value is missing: see labvisor --help", argv[optind - 1]);
    if (optopt && optopt < MEMORY_FILE)
        return fail(STATUS_USAGE, "-%c: no such option: see labvisor --help", optopt);
    return fail(STATUS_USAGE, "%s: no such option, or one that takes no value: see labvisor --help",
                argv[optind - 1]);
}

int options_parse(struct options *options, int argc, char **argv)
{
    int option;

    *options = (struct options){.vm = {.memory = DEFAULT_MEMORY,
                                       .vcpus = 1,
                                       .max_exits = UINT64_MAX,
                                       .max_insns = UINT64_MAX,
                                       .limit_status = STATUS_MAX_INSNS,
                                       .seed = 1}};
    opterr = 0;
    /* '+': arguments after GUEST are the guest's; ':': getopt tells a missing value by ':'. */
    while ((option = getopt_long(argc, argv, "+:m:c:", long_options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return unknown_option(argv, option);
        if (parse_option(options, option))
            return STATUS_USAGE;
    }
    if (optind >= argc)
        return fail(STATUS_USAGE, "no guest given: labvisor [OPTION]... GUEST [ARG]...; see "
                                  "labvisor --help");
    if (options->log && !options->trace && options->stats == STATS_NONE)
        return fail(STATUS_USAGE, "--log: nothing is written to it: give --trace or --stats, too");
    if (options->reboot && (options->gdb || options->record || options->replay))
        return fail(STATUS_USAGE, "--reboot: --gdb, --record and --replay end with the guest's "
                                  "first run: do not give both");
    options->guest = argv[optind];
    options->args = argv + optind + 1;
    options->doctor = strcmp(options->guest, "doctor") == 0;
    if (!options->doctor)
        return 0;
    options->doctor_best = options->args[0] && strcmp(options->args[0], "best") == 0;
    if (optind > 1 || options->args[options->doctor_best])
        return fail(STATUS_USAGE, "doctor: takes no options, and no argument but `best`");
    return 0;
}
