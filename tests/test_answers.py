# SPDX-License-Identifier: MIT
"""Answers as people write them: spellings, encodings, locales."""

import ast
import os
import random
import re
import subprocess
import unicodedata

import pytest

from conftest import ROOT, why_no_riscv
from handed import GRADE, LABS, UNSAFE, failed, hand_in, handed_in, result_of, solution, sown  # noqa: F401

import checks
import forms
import grade
import handout

# ---- Spellings ----

SAME = {
    forms.number: (
        ("12", "12", "0xc", "0XC", "0x0C", "012", "+12", " 12 ", "`12`", "0b1100", "1_2", "12 bytes", "12us", "\uff11\uff12"),
        ("-2", "-2", "\u22122", "-0x2", "0xfffffffffffffffe", "18446744073709551614", "SBI_ERR_NOT_SUPPORTED", "not supported", "err_not_supported"),
        ("116", "STATUS_DIED", "died", "0x74"),
        ("1145193294", "EID_DBCN", "dbcn", "0x4442434e", "0x4442_434E"),
        ("2097152", "2 MiB", "0x200000"),
    ),
    forms.register: (("x17", "a7", "A7", "$a7", "%a7", "x17", "X17", "x017", "register a7"), ("x8", "s0", "fp", "$fp", "x8"), ("x0", "zero", "x0")),
    forms.name: (
        ("vcpu_enter", "vcpu_enter", "vcpu_enter()", "`vcpu_enter`", "Vcpu_Enter", "run.c: vcpu_enter", "vmm/core/run.c:vcpu_enter", "vcpu_enter(vcpu);"),
        ("get_abi_version", "LAB.get_abi_version", "LAB.get_abi_version()", "get_abi_version"),
        ("sie", "SIE", "sstatus.SIE"),
    ),
    forms.choice("yes", "no"): (("yes", "Yes", "y", "YES", "true"), ("no", "No.".rstrip("."), "n")),
    forms.choice("hypercall", "port", "mmio"): (("mmio", "MMIO", "'mmio'"),),
}
NOT_UNDERSTOOD = {
    forms.number: ("", "twelve", "1 2", "12 or 13", "0x", "0xg", "--2", "4 parsecs", "1e3", "9" * 100, "0x" + "f" * 99, "\0"),
    forms.register: ("", "x32", "a8", "eax", "a7 a6", "x"),
    forms.name: ("", "one two", "a, b", "()"),
    forms.choice("yes", "no"): ("", "maybe", "yes or no", "1"),
}


def test_one_normal_form_for_each_spelling():
    for form, groups in SAME.items():
        for normal, *spellings in groups:
            assert {text: forms.normal(form, text) for text in spellings} == dict.fromkeys(spellings, normal)
            assert forms.normal(form, normal) == normal


def test_what_is_not_understood():
    for form, texts in NOT_UNDERSTOOD.items():
        assert {text: forms.normal(form, text) for text in texts} == dict.fromkeys(texts)
        assert forms.in_words(form)


def spellings_of(form, text):
    yield from (text.upper(), f"  {text}\t", f"`{text}`", text.replace("a", "\uff41"))
    if form is forms.number:
        value = int(forms.normal(form, text))
        yield from (hex(value), hex(value).upper(), str(value), f"{value % 2**64:#x}", f"{'-' * (value < 0)}00{abs(value)}")
    if form is forms.register:
        yield from (forms.register(text), f"${text}", f"%{text}")
    if form is forms.name:
        yield from (f"{text}()", f"it.c: {text}")


@pytest.mark.parametrize("number", LABS)
def test_each_sealed_answer_in_other_spellings(number):
    """The digest is of the normal form; and the other word of a choice, or another number, is wrong."""
    lab = handout.load(number)
    answers = forms.read_answers(solution(number)[lab.files[-1]])
    for check in lab.checks:
        if isinstance(check, checks.Answer) and check.sealed:
            for text in spellings_of(check.form, answers[check.name]):
                assert check.is_right(forms.normal(check.form, text), number, None), (check.name, text)
            assert not check.is_right("77", number, None)


def verdicts(number, text):
    """What the grader says of the answers in a file, without building."""
    lab = handout.load(number)
    answers, seed = grade.answers_of(lab, {lab.files[-1]: text if isinstance(text, bytes) else text.encode()})
    asked = [check for check in lab.checks if isinstance(check, checks.Answer) and not check.value]
    found = {check.name: grade.answered(check, lab, seed, answers, None) for check in asked}
    return answers, seed, {name: wrong.words for name, wrong in found.items() if wrong}


def test_not_understood_is_not_wrong():
    _, _, words = verdicts(2, "id=ada\neid_register=the seventh\npc_advance=8\nunknown_error=-2\n")
    assert words == {
        "eid_register": "answers.txt: eid_register=the seventh is not understood: give a register, such as a0 or x10",
        "pc_advance": "answers.txt: pc_advance=8 is not right",
        "strings_exits": "answers.txt: strings_exits has no value yet",
    }


def test_not_understood_is_told_before_the_deadline():
    """Where right and wrong are not."""
    later = checks.Answer("kick_counts", 5, "", forms.choice("yes", "no"))
    lab = handout.load(1)
    words = [grade.answered(later, lab, "", {"kick_counts": text}, None).words for text in ("perhaps", "No")]
    assert words[0].endswith("is not understood: give yes or no") and words[1].endswith("told after the deadline")


# ---- Encodings ----

KOREAN = "\uae40\ucca0\uc218"  # a name
ENCODINGS = {
    "utf-8": "",
    "utf-8-sig": "",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp949": "CP949",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_are_decoded_or_named(encoding):
    name = handout.load(2).files[-1]
    text = solution(2)[name].replace("id=reference", f"id={KOREAN}").replace("\n", "\r\n")
    answers, _, wrong = verdicts(2, text.encode(encoding))
    assert answers["id"] == KOREAN and wrong == {}
    remarks = grade.remarks_on({name: text.encode(encoding)})
    named = ENCODINGS[encoding]
    assert remarks == ([f"{name}: its text is {named}, not UTF-8: save it as UTF-8"] if named else [])


def test_bytes_that_are_no_text():
    rng = random.Random(7)
    for size in (1, 2, 3, 100, 5000):
        data = rng.randbytes(size)
        assert isinstance(forms.decoded(data)[0], str) and isinstance(forms.read_answers(forms.decoded(data)[0]), dict)
    assert grade.remarks_on({"a": b"\xff\xff\x80"}) == ["a: its text is an unknown encoding, not UTF-8: save it as UTF-8"]


@pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))
def test_a_source_in_utf_16_is_named(tmp_path):
    directory = handed_in(tmp_path)
    name = "labs/02-hypercalls/vmm/handlers.c"
    (directory / name).write_text((directory / name).read_text(), encoding="utf-16")
    result = result_of(2, directory)
    assert f"{name}: its text is UTF-16, not UTF-8: save it as UTF-8" in result["remarks"]
    assert "does not build" in failed(result)["numbers"]


def test_an_id_is_the_same_however_its_letters_are_written():
    one, other = (unicodedata.normalize(form, "Andr\u00e9") for form in ("NFC", "NFD"))
    assert one != other and len({verdicts(0, f"ID = {text}\n")[1] for text in (one, other)}) == 1


# ---- Locales ----

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))
def test_the_locale_changes_nothing(tmp_path):
    files = solution(0)
    name = next(name for name in files if name.endswith("answers.txt"))
    hand_in(tmp_path, {**files, name: files[name].replace("id=reference", f"id={KOREAN}")})
    results = []
    for environment in (PLAIN, {"LC_ALL": "C.UTF-8"}):
        command = ["/usr/bin/python3", GRADE, *UNSAFE, "--lab", "0", "--format", "json", tmp_path]
        environment = {**environment, "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        results.append(subprocess.run(command, capture_output=True, env=environment).stdout)
    assert results[0] == results[1] and KOREAN.encode("unicode_escape") in results[0]


def opens_text(call):
    """Whether a call reads or writes text in an encoding that the locale chooses."""
    words = {word.arg for word in call.keywords}
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if "encoding" in words:
        return False
    if name in ("read_text", "write_text"):
        return isinstance(call.func, ast.Attribute)
    if name == "open":
        modes = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and re.fullmatch("[rwxab+]+", str(arg.value))]
        modes += [word.value.value for word in call.keywords if word.arg == "mode"]
        return not any("b" in mode for mode in modes) and ast.unparse(call.func) not in ("os.open", "zipfile.open")
    return any(word.arg in ("text", "universal_newlines") for word in call.keywords)


def test_no_file_is_read_in_the_encoding_of_a_locale():
    found = []
    for path in sorted([*ROOT.glob("labs/**/*.py"), *ROOT.glob("tools/**/*.py"), GRADE]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and opens_text(node))
        found += [f"{path.relative_to(ROOT)}:{call.lineno}" for call in calls]
    assert found == []
    assert opens_text(ast.parse("open(x)").body[0].value) and opens_text(ast.parse("p.read_text()").body[0].value)
