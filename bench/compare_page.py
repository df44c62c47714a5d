# SPDX-License-Identifier: MIT
"""The page of `make compare`: tables, plots, and hints. One file, which fetches nothing."""

import collections
import html
import sys

import compare_plots

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 76em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-size: 14px; }
th, td { padding: 2px 12px 2px 0; border-bottom: 1px solid #e4e4e4; text-align: right; vertical-align: top; }
th:first-child, td:first-child, .words td, .words th { text-align: left; }
tr.group th { padding-top: 1em; text-align: left; }
tr.minor td { color: #666; } tr.minor td:first-child { padding-left: 1.5em; }
svg { width: 100%; height: auto; }
"""


def text(value):
    return html.escape(str(value), quote=False)


def table(heading, rows, kind="numbers"):
    """rows: (class, cells) each; None is an empty cell."""
    lines = [f'<table class="{kind}">', "<thead><tr>" + cells("th", heading) + "</tr></thead>", "<tbody>"]
    for group, row in rows:
        if group == "group":
            lines.append(f'<tr class="group"><th colspan="{len(heading)}">{text(row[0])}</th></tr>')
        else:
            lines.append(f'<tr class="{group}">{cells("td", row)}</tr>')
    return "\n".join([*lines, "</tbody>", "</table>"])


def cells(tag, values):
    return "".join(f"<{tag}>{'' if value is None else text(value)}</{tag}>" for value in values)


def plot(draw, *args):
    if not compare_plots.available():
        return f"<p>No plot: {text(compare_plots.WHY_NOT)}.</p>"
    return draw(*args)


# ---- What the numbers say ----


def counts(summary, group):
    """{name: count} of a group of rows of --stats=json."""
    return {row["name"]: row["count"] for row in summary["rows"] if row["group"] == group}


def handled_by_kernel(summary):
    """The exits that KVM handled without labvisor; None if the kernel does not count them. Kicks do
    not count: labvisor's own signals cause them."""
    if "exits" not in summary.get("kernel", {}):
        return None
    kinds = counts(summary, "exit")
    return max(0, summary["kernel"]["exits"] - sum(kinds.values()) + kinds.get("kick", 0))


def bars(columns, guest):
    """For the plot: [(back end, {kind: count})]"""
    result = []
    for column in columns:
        summary = column.guests[guest]
        kernel = handled_by_kernel(summary) or 0
        result.append((column.title, counts(summary, "exit") | {compare_plots.KERNEL: kernel}))
    return result


def names_of(summaries, group):
    return dict.fromkeys(name for summary in summaries for name in counts(summary, group))


def guest_rows(columns, guest):
    """The rows of one guest: labvisor's counts, then the kernel's."""
    summaries = [column.guests[guest] for column in columns]
    kernels = [summary.get("kernel") for summary in summaries]
    yield "group", [guest]
    yield "major", ["exits that labvisor handled", *(sum(counts(s, "exit").values()) for s in summaries)]
    for group in ("exit", "call"):
        for name in names_of(summaries, group):
            yield "minor", [name, *(counts(s, group).get(name, 0) for s in summaries)]
    yield "major", ["exits that the kernel handled", *map(handled_by_kernel, summaries)]
    for name in dict.fromkeys(name for kernel in kernels for name in kernel or ()):
        yield "minor", [name, *(kernel and kernel.get(name) for kernel in kernels)]
    yield "major", ["instructions executed", *(summary.get("instructions") for summary in summaries)]


LOOP_INSTRUCTIONS = 2  # guests/bench/compare.c: count down, jump


def in_instructions(column):
    """The times, each in instructions of the back end's own empty loop."""
    instruction = column.times["loop"] / LOOP_INSTRUCTIONS
    return {name: ns / instruction for name, ns in column.times.items()}


def trips(column):
    return {name: count for name, count in in_instructions(column).items() if name != "loop"}


def time_rows(columns):
    for name in dict.fromkeys(name for column in columns for name in column.times):
        yield "major", [name, *(number(in_instructions(column).get(name)) for column in columns)]
        yield "minor", ["ns", *(number(column.times.get(name)) for column in columns)]


def number(value):
    if value is None:
        return None
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


# The purposes of the ioctls at the start.
PURPOSES = {
    "asks what KVM has": ("KVM_GET_API_VERSION", "KVM_CHECK_EXTENSION", "KVM_GET_VCPU_MMAP_SIZE"),
    "makes VM and vCPU": ("KVM_CREATE_VM", "KVM_CREATE_VCPU", "KVM_ENABLE_CAP"),
    "gives memory": ("KVM_SET_USER_MEMORY_REGION",),
    "says what CPU it is": ("KVM_SET_CPUID2",),
    "reads and sets registers": (
        "KVM_GET_SREGS",
        "KVM_SET_SREGS",
        "KVM_SET_REGS",
        "KVM_GET_ONE_REG",
        "KVM_SET_ONE_REG",
    ),
    "enters a guest": ("KVM_RUN",),
}


def purpose(name):
    return next((purpose for purpose, names in PURPOSES.items() if name in names), "other")


def start_counts(column):
    return collections.Counter(purpose(name) for name, _ in column.start)


def start_rows(columns):
    steps = [[f"{name} {detail}".strip() for name, detail in column.start] for column in columns]
    for number in range(max(map(len, steps))):
        yield "major", [number + 1, *(step[number] if number < len(step) else None for step in steps)]


# ---- The page ----


def sections(columns):
    titles = [column.title for column in columns]
    guests = list(columns[0].guests)
    yield "VM exits", f"""
<p>A VM exit is served in one of two places. The coloured ones came to labvisor: KVM_RUN returned, or
the interpreter stopped. The grey ones were served by the host's kernel, which entered the guest again:
faults on memory that it had not mapped yet, the host's own interrupts, and what KVM knows how to answer.
Indented below: labvisor's exits by kind and by hypercall; the kernel's counters by its own names
(<code>--stats</code>), zeros left out.</p>
{plot(compare_plots.exits, {guest: bars(columns, guest) for guest in guests})}
{table(["", *titles], [row for guest in guests for row in guest_rows(columns, guest)])}"""
    yield "Round trips", f"""
<p>Measured in the guest, by its own clock: the shortest of several batches. In QEMU that clock counts
the instructions of the emulated computer, 1 ns each: the guest's, the kernel's and labvisor's. So a
figure there is how many instructions a round trip takes, and does not tell what the CPU itself does at a
VM exit and a VM entry. On this machine times are times. To have both side by side they are told in
instructions of an empty loop on the same back end: what the guest could have done meanwhile.</p>
{plot(compare_plots.trips, [(column.title, trips(column)) for column in columns])}
{table(["instructions", *titles], time_rows(columns))}"""
    yield "Start-up", f"""
<p>The ioctls on KVM that labvisor makes up to the first KVM_RUN of <code>hello</code>, with the
register, or the capability, that they are about. On x86 the general registers are not set by an ioctl:
they travel in <code>struct kvm_run</code>. With vmcall a trial goes before: a VM that makes one vmcall.</p>
{plot(compare_plots.start, [(column.title, start_counts(column)) for column in columns])}
{table(["", *titles], start_rows(columns), "words")}"""


def page(columns):
    if not compare_plots.available():
        print(f"compare: no plots: {compare_plots.WHY_NOT}", file=sys.stderr)
    present = [column for column in columns if not column.missing]
    runs = [("major", [column.title, column.where, column.missing or "it ran"]) for column in columns]
    body = "<p>Nothing ran: there is nothing to compare.</p>"
    if present:
        body = "\n".join(f"<h2>{title}</h2>{content}" for title, content in sections(present))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Labvisor: back ends side by side</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Back ends side by side</h1>
<p>The same guests on each back end of labvisor. <code>docs/compare.md</code> explains why the numbers
differ; <code>results.json</code> beside this page has all of them.</p>
{table(["back end", "runs on", "what came of it"], runs, "words")}
{body}
</body>
</html>
"""
