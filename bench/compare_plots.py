# SPDX-License-Identifier: MIT
"""The plots of `make compare`, as SVG to be put into a page: made by gnuplot."""

import shutil
import subprocess

WHY_NOT = "gnuplot is not installed: tools/setup.sh compare installs it"

# The parts of a bar, from the bottom up, and their fill.
KERNEL = "in the kernel"
COLOURS = {
    "hypercall": "#0072b2",
    "halt": "#56b4e9",
    "kick": "#e69f00",
    "irq-window": "#cc79a7",
    KERNEL: "#d5d5d5",
}
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999")

STYLE = """
set style fill solid 1.0 border rgb "white"
set border 3 lc rgb "#444444"
set tics nomirror scale 0.5
set grid ytics lc rgb "#e4e4e4" lw 0.5
set key outside right top reverse Left samplen 1.5
set boxwidth 0.8 relative
"""


def available():
    return shutil.which("gnuplot") is not None


def draw(name, size, script):
    """Returns the SVG that gnuplot draws. Its ids begin with the name, because a page has several."""
    terminal = f'set terminal svg size {size[0]},{size[1]} dynamic noenhanced name "{name}" font "sans-serif,13"\n'
    svg = subprocess.run(
        ["gnuplot"], input=terminal + STYLE + script, capture_output=True, text=True, check=True
    ).stdout
    svg = svg[svg.index("<svg") :]
    return svg.replace('id="gnuplot_canvas"', f'id="{name}_canvas"')


def quoted(value):
    """A word or a number as gnuplot reads it."""
    return str(value) if isinstance(value, (int, float)) else '"' + value.replace('"', "'") + '"'


def block(name, rows):
    """A named data block of gnuplot's; the first word of each row is its label."""
    return f"${name} << EOD\n" + "".join(" ".join(map(quoted, row)) + "\n" for row in rows) + "EOD\n"


def bars(name, titles, colours):
    """The parts of a plot command that draw the columns of a block, from the second on."""
    return [
        f"${name} using {column}:xtic(1) lc rgb {quoted(colour)} title {quoted(title)}"
        for column, (title, colour) in enumerate(zip(titles, colours), 2)
    ]


def stacked(name, groups, parts, colours, ylabel, size):
    """Bars of stacked parts, in groups: {group: [(label, {part: value})]}."""
    script, plots, at = "", [], 0
    for number, (group, labelled) in enumerate(groups.items()):
        rows = [(label, *(values.get(part, 0) for part in parts)) for label, values in labelled]
        script += block(f"group{number}", rows)
        script += f"set label {quoted(group)} at {at + (len(rows) - 1) / 2}, graph 1.05 center\n"
        # The key has each part once.
        titles = parts if number == 0 else [""] * len(parts)
        plots += [f"newhistogram at {at}", *bars(f"group{number}", titles, colours)]
        at += len(rows) + 1
    script += f"""
set style data histogram
set style histogram rowstacked
set xtics rotate by -35 scale 0
set tmargin 2
set ylabel {quoted(ylabel)}
set xrange [-1:{at - 1}]
set yrange [0:*]
plot {", ".join(plots)}
"""
    return draw(name, size, script)


def exits(guests):
    """guests: {name: [(back end, {kind: count})]}, where KERNEL is one of the kinds."""
    kinds = [kind for kind in COLOURS if any(kind in bar for bars in guests.values() for _, bar in bars)]
    return stacked(
        "exits", guests, kinds, [COLOURS[kind] for kind in kinds], "VM exits", (1000, 460)
    )


def start(columns):
    """columns: [(back end, {ioctl: count})]"""
    names = list(dict.fromkeys(name for _, counts in columns for name in counts))
    colours = [PALETTE[i % len(PALETTE)] for i in range(len(names))]
    return stacked("start", {"": columns}, names, colours, "ioctls before the guest runs", (1000, 460))


def trips(columns):
    """columns: [(back end, {what: instructions})]"""
    names = list(dict.fromkeys(name for _, times in columns for name in times))
    rows = [(name, *(times.get(name, float("nan")) for _, times in columns)) for name in names]
    script = block("trips", rows)
    script += f"""
set style data histogram
set style histogram clustered gap 1.5
set xtics rotate by -20 scale 0
set logscale y
set format y "%.0f"
set ylabel "instructions"
plot {", ".join(bars("trips", [title for title, _ in columns], PALETTE))}
"""
    return draw("trips", (1000, 400), script)
