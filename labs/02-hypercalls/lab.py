# SPDX-License-Identifier: MIT
"""Lab 2: what is graded."""

import re

import forms
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/02-hypercalls"
EXIT = "LAB.exit(status=0)"


def describes_call(text):
    """Whether each asm statement with ecall says what it reads and writes: else each compiler makes something else of it."""
    for part in text.split("asm")[1:]:
        statement = part.partition(");")[0]
        fields = [re.findall(r'"[^"]*"', field) for field in statement.split(":")[1:3]]
        written, read = (*fields, [], [])[:2]
        both = sum(operand.startswith('"+') for operand in written)
        if "ecall" in statement and ("volatile" not in part.partition("(")[0] or len(written) < 2 or both + len(read) < 4):
            return False
    return True


STUBS, HANDLERS = f"{HERE}/guest/stubs.h", f"{HERE}/vmm/handlers.c"
OTHER = 10  # exits of the other hart: guest/counts.c
# What no run shows surely: gcc omits stores that clang 14 keeps.
CALL = (STUBS, describes_call, "operands")
MEMORY = (STUBS, lambda text: '"memory"' in text or "ecall" not in text, "memory")
OPERANDS = Hint(
    "is the asm statement volatile, and does it name a0 and a1 as read and written, a6 and a7 as read?",
    f"{STUBS}: the asm statement of lab_call",
    "the source",
    "operands",
    "nothing of it",
)
LABEL = ("--label",)  # the console begins each line with its hart, [0]: what goes past it has none

SWAPPED = "are the EID in a7 and the FID in a6?"
NUMBERS = (
    OPERANDS,
    Hint(SWAPPED, f"{STUBS}: lab_call", "exit 2", "LAB2.put_number(number=#) = 0", "LEGACY.set_timer(stime_value=#) = 0"),
    Hint("does lab_call of stubs.h execute ecall?", f"{STUBS}: lab_call", "exit 2", "LAB2.*", "LAB.exit(status=1)"),
    Hint("does the handler set *ret?", f"{HANDLERS}: handle_LAB2_put_number", "exit *", "LAB2.put_number(*", "LAB2.put_number(*) = failed"),
    Hint(
        "a number may be negative: is it printed as int64_t?",
        f"{HANDLERS}: handle_LAB2_put_number",
        "line *",
        "[0] #",
        "[0] #",
        lambda want, have: have == want + 2**64,
    ),
    Hint(
        "a number has 64 bits: is it printed as int64_t, not as int?",
        f"{HANDLERS}: handle_LAB2_put_number",
        "line *",
        "[0] #",
        "[0] #",
        lambda want, have: have == (want + 2**31) % 2**32 - 2**31 != 0,
    ),
    Hint(
        "the guest's output goes to its console: console_write, not a stream of the VMM",
        f"{HANDLERS}: handle_LAB2_put_number",
        "line *",
        "[0] #",
        "#",
        lambda want, have: want == have,
    ),
)
PUT = "LAB2.put_string(num_bytes=#, *"
STRING = f"{STUBS}: put_string"
STRINGS = (
    OPERANDS,
    Hint(SWAPPED, f"{STUBS}: lab_call", "exit 2", PUT, "LEGACY.console_putchar(*) = 0"),
    Hint("does lab_call of stubs.h execute ecall?", f"{STUBS}: lab_call", "exit 2", PUT, "LAB.exit(status=1)"),
    Hint("does the handler set *ret?", f"{HANDLERS}: handle_LAB2_put_string", "exit *", PUT, "LAB2.put_string(num_bytes=#, *) = failed"),
    Hint(
        "is the length in the first argument?",
        STRING,
        "exit 2",
        PUT,
        "LAB2.put_string(num_bytes=*, base_addr=#) = invalid parameter",
        lambda want, have: want == have,
    ),
    Hint("one exit has to print the whole string", STRING, "exit *", PUT, "LAB2.put_string(num_bytes=1, *"),
    Hint(
        "is the length strlen(text)? sizeof(text) is the size of a pointer, 8",
        STRING,
        "exit *",
        PUT,
        "LAB2.put_string(num_bytes=8, *",
        lambda want: want != 8,
    ),
    Hint("is it the length of the string, without its NUL?", STRING, "exit *", PUT, PUT, lambda want, have: have == want + 1),
    Hint(
        'does the asm statement say that it reads memory ("memory")?',  
        f"{STUBS}: the asm statement of lab_call",
        "the source",
        "memory",
        "nothing of it",
    ),
    Hint(
        "the guest's output goes to its console: console_write, not a stream of the VMM",
        f"{HANDLERS}: handle_LAB2_put_string",
        "line *",
        "[0] <*>",
        "<*>",
    ),
)
EDGE = (
    OPERANDS,
    Hint(
        "does put_string get its buffer from memory_at, and check for NULL?",
        f"{HANDLERS}: handle_LAB2_put_string",
        "line 4",
        "one byte too many: -3",
        "end",  # it is printed again, with the byte after RAM or without it
    ),
    Hint(
        "bytes outside RAM are an invalid parameter: SBI_ERR_INVALID_PARAM",
        f"{HANDLERS}: handle_LAB2_put_string",
        "line 4",
        "one byte too many: -3",
        "one byte too many: -5",
    ),
)
KIND = "is the kind compared with EXIT_KIND_COUNT before it is used?"
COUNT = f"{HANDLERS}: handle_LAB2_count_exits"
COUNTS = (
    OPERANDS,
    Hint(KIND, f"{COUNT}_of", "line *", ("no such kind: -3", "far from it: -3"), ("no such kind: 0", "far from it: 0")),
    Hint(KIND, f"{COUNT}_of", "the end", ("no such kind: -3", "far from it: -3"), "an index outside an array"),
    Hint(
        "count_exits counts all kinds of exits, not one",
        COUNT,
        "line 1",
        "# exits, # of them calls",
        "# exits, # of them calls",
        lambda exits, calls, have, have_calls: have == have_calls == calls,
    ),
    Hint(
        "if a trace shows the count: does the stub return the value, and does the asm statement say that ecall changes a0 and a1?",
        f"{STUBS}: count_exits and lab_call; and {COUNT}",
        "line 1",
        "# exits, # of them calls",
        "0 exits, # of them calls",
        lambda exits, calls, have_calls: have_calls == calls,
    ),
    Hint(
        "the exit that is being handled is not counted yet: does count_exits add it?",
        COUNT,
        "line 2",
        "before the first count: #",
        "before the first count: #",
        lambda want, have: have == want + 1,
    ),
    Hint(
        "each vCPU has its own counts: the VM's count has the exits of all its vCPUs",
        COUNT,
        "line 1",
        "# exits, # of them calls",
        "# exits, # of them calls",
        lambda exits, calls, have, have_calls: OTHER <= have - exits < 2 * OTHER and have_calls == calls,
    ),
)
UNKNOWN = (
    OPERANDS,
    Hint(
        SWAPPED,
        f"{STUBS}: lab_call",
        "exit 2",
        "unknown(eid=0x84c4202, fid=#) = *",
        "unknown(eid=#, fid=*) = not supported",
        lambda fid, eid: fid == eid,
    ),
    Hint(
        "the error is in a0 and the value in a1: does lab_call return them in this order?",
        f"{STUBS}: what lab_call returns",
        "line 1",
        "FID #: error -2, value 0",
        "FID #: error 0, value -2",
        lambda want, have: want == have,
    ),
)


def numbers(rng):
    some = [rng.randrange(-(10**9), 10**9) for _ in range(4)] + [0, -1, 2**63 - 1]
    rng.shuffle(some)
    some.append(-(2**63))  # the last one: as an int it is 0, and the hint for that needs another number
    return {
        "args": tuple(map(str, some)),
        "stdout": "".join(f"[0] {n}\n" for n in some),
        "trace": (*(f"LAB2.put_number(number={n % 2**64}) = 0" for n in some), EXIT),
    }


def strings(rng):
    words = ["".join(rng.choices("abcdefghij", k=rng.randrange(0, 40))) for _ in range(5)]
    lengths = [len(word) + 3 for word in words] + [2, 2]
    return {
        "args": tuple(words),
        "stdout": "".join(f"[0] <{word}>\n" for word in words) + "[0] a\n[0] b\n",
        "trace": (*(f"LAB2.put_string(num_bytes={n}, base_addr=*) = {n}" for n in lengths), EXIT),
    }


def counts(rng):
    n = rng.randrange(3, 40)
    return {
        "args": (str(n),),
        "stdout": f"{2 * n + 5} exits, {2 * n + 4} of them calls\nbefore the first count: 1\nhalts: 1\nno such kind: -3\nfar from it: -3\n",
    }


def unknown(rng):
    n = rng.randrange(50, 1000)
    eid = 0x0B000000 + n
    return {
        "args": (str(n),),
        "stdout": f"FID {n}: error -2, value 0\nEID {eid}: error -2, value 0\nstill here\n",
        "trace": (
            f"unknown(eid=0x84c4202, fid={n:#x}) = not supported",
            f"unknown(eid={eid:#x}, fid=0x0) = not supported",
            *["DBCN.console_write(*) = *"] * 3,
            EXIT,
        ),
    }


EDGES = "the last bytes of RAM: 0\nno bytes: 0\none byte too many: -3\npage 0: -3\na sum that overflows: -3\n"

LAB = Lab(
    number=2,
    title="The hypercall ABI",
    hours=5,
    files=(f"{HERE}/guest/stubs.h", f"{HERE}/vmm/handlers.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "numbers",
            20,
            "numbers",
            case=numbers,
            options=LABEL,
            said="",
            source=(CALL,),
            hints=NUMBERS,
        ),
        Run(
            "strings",
            20,
            "strings",
            case=strings,
            options=LABEL,
            said="",
            source=(CALL, MEMORY),
            hints=STRINGS,
        ),
        Run("edges", 15, "edges", source=(CALL,), stdout="end\n" + EDGES, said=EDGES, hints=EDGE),
        Run("counts", 15, "counts", case=counts, options=("-c2",), source=(CALL,), hints=COUNTS),
        Run("unknown", 10, "unknown", case=unknown, starter_vmm=True, source=(CALL,), hints=UNKNOWN),
        Answer("eid_register", 5, "abi/README.md has a table of registers", forms.register, sealed="1e18f4166a5eeebe"),
        Answer("pc_advance", 5, "vmm/backends/soft/soft.c: apply_result", sealed="2194eb3c91627a6e"),
        Answer("unknown_error", 5, "make run GUEST=unknown prints it, once lab_call works", sealed="362ee719b8e15203"),
        Answer("strings_exits", 5, "with OPTIONS=--trace each exit is a line", sealed="89749637c33807ea"),
    ),
)
