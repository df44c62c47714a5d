# SPDX-License-Identifier: MIT
"""The mutants of a C file: each differs from it in one line of one function's body.

A light tokenizer is enough, because clang-format has laid out the files: a function's body stands
between a line `{` and a line `}`, and every binary operator has spaces around it.
"""

import re
from typing import NamedTuple


class Mutant(NamedTuple):
    path: str  # of the file, from the root of the checkout
    function: str
    line: int  # index of the line in the file
    kind: str  # which rule made it
    before: str
    after: str

    @property
    def key(self):
        """Names it wherever its line moves to."""
        return self.path.rsplit("/", 1)[-1], self.function, self.before.strip(), self.after.strip()


WORDS = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)

# What stands for what, where it has spaces around it.
OPERATORS = {
    "==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "/": ["*"], "%": ["/"], "&": ["|"], "|": ["&"],
    "<<": [">>"], ">>": ["<<"], "+=": ["-="], "-=": ["+="], "|=": ["="], "&=": ["="],
}  # fmt: skip
OPERATOR = re.compile(r"(?<= )(%s)(?=\s|$)" % "|".join(map(re.escape, sorted(OPERATORS, key=len, reverse=True))))
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)(?=[uUlL]*\b)(?!\.)")
TRUTH = re.compile(r"\b(true|false)\b")
NOT = re.compile(r"(?<![\w)])!(?=[\w(*])")
CONDITION = re.compile(r"(?:^\s*|else )if (\(.*\))( \{)?$")
DECLARATION = re.compile(r"\s*(?!return\b|goto\b|else\b)(?:\w+\s+)+\**\w+\s*[=;,\[(:]|\s*(?:const|static|struct|enum|char)\b")
ARRAY_SIZE = re.compile(r"^(.*?\w\[)\d+(?=\][;,])")
STATEMENT = re.compile(r"\s+(?!free\(|if\b|for\b|while\b|do\b|switch\b|else\b|case\b|default\b|return\b|break\b|goto\b)[\w*(+-].*[;,(=&|+-]$")
STATEMENT_BEFORE = re.compile(r"[;{}:)]$|\b(else|do)$|^$")


def masked(text):
    """The same text with blanks for comments, and nothing to change in strings."""

    def blank(match):
        word = match[0]
        inner = re.sub(r"[^\n]", " " if word[0] == "/" else "_", word[1:-1])
        return word[0] + inner + word[-1] if word[0] in "\"'" else " " + inner + " "

    return WORDS.sub(blank, text)


def bodies(lines):
    """Of each function its name, and where its body begins and ends."""
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i + 1
        elif line == "}" and start is not None:
            first = start - 1
            while first > 0 and lines[first - 1].strip() and lines[first - 1][0] not in "#}" and not lines[first - 1].endswith(";"):
                first -= 1
            signature = re.sub(r"__attribute__\(\(.*?\)\)+", "", " ".join(lines[first : start - 1]))
            name = re.search(r"(\w+)\(", signature)
            if name:
                yield name[1], start, i
            start = None


def balanced(text):
    depth = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            return False
    return depth == 0


def next_number(text):
    """Off by one."""
    return [f"0x{int(text, 16) + 1:x}"] if text[:2] == "0x" else [str(int(text) + 1)] + ([str(int(text) - 1)] if int(text) else [])


def replacements(code, before):
    """Of a line without its comments: the rule, the start, the end and the new text of each change."""
    for match in OPERATOR.finditer(code):
        kind = "logic" if match[1] in ("&&", "||") else "compare" if OPERATORS[match[1]][0] in OPERATORS and match[1][0] in "=!<>" and match[1] not in ("<<", ">>") else "arithmetic"
        for new in OPERATORS[match[1]]:
            yield kind, *match.span(1), new
    sizes = ARRAY_SIZE.match(code) if DECLARATION.match(code) else None
    for match in NUMBER.finditer(code):
        if sizes and match.start() == sizes.end(1):
            continue  # a text that is cut one byte sooner
        for new in next_number(match[1]):
            yield "constant", *match.span(1), new
    for match in TRUTH.finditer(code):
        yield "truth", *match.span(1), "false" if match[1] == "true" else "true"
    for match in NOT.finditer(code):
        yield "not", *match.span(), ""
    for old, new in (("++", "--"), ("--", "++")):
        for match in re.finditer(re.escape(old), code):
            yield "arithmetic", *match.span(), new
    condition = CONDITION.search(code)
    if condition and balanced(condition[1]):
        for new in ("0 && ", "1 || "):
            yield "condition", *condition.span(1), f"({new}{condition[1]})"
    value = re.match(r"\s+return ([^;{]+);$", code)
    if value:
        for new in ("0", "1"):
            if value[1] != new:
                yield "return", *value.span(1), new
    if STATEMENT.match(code) and not DECLARATION.match(code) and STATEMENT_BEFORE.search(before):
        start = len(code) - len(code.lstrip())
        yield "statement", start, start, "while (0) "


def mutants(path, text):
    """All mutants of a file."""
    lines, codes = text.split("\n"), masked(text).split("\n")
    for function, start, end in bodies(codes):
        before = "{"
        directive = False
        for i in range(start, end):
            code = codes[i].rstrip()
            directive, skip = (code.startswith("#") or directive) and code.endswith("\\"), code.startswith("#") or directive
            if skip or not code.strip() or "_Static_assert" in code or "__asm__" in code:
                continue
            for kind, at, to, new in replacements(code, before):
                yield Mutant(path, function, i, kind, lines[i], lines[i][:at] + new + lines[i][to:])
            before = code.strip()


def apply(text, mutant):
    lines = text.split("\n")
    lines[mutant.line] = mutant.after
    return "\n".join(lines)
