# SPDX-License-Identifier: MIT
"""The page in Chromium, opened by file://: every button and key, addresses, files, a million exits, hostile output."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import ROOT, run

PAGE = ROOT / "build/labvisor.html"
# With BROWSER_ALL=1 all cases; CI has no time for those that take long.
LONG = ("many_exits", "flood", "accessible")
MODULES = ROOT / "build/browser"


def why_not():
    for tool in ("node", "npm", "chromium"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    missing = subprocess.run([ROOT / "tools/have-wasm.sh", "clang"], capture_output=True, text=True).stdout.strip()
    if missing:
        return missing
    subprocess.run([ROOT / "tools/setup.sh", "browser"], capture_output=True)
    if not (MODULES / "node_modules/playwright-core").exists():
        return "npm could not install playwright-core into build/browser"
    return None


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    reason = why_not()
    if reason:
        pytest.skip(f"the page in a browser: {reason}")
    made = subprocess.run(["make", "-s", "ARCH=riscv64", "page-file", *(f"build/guests/riscv64/{name}.elf" for name in GUESTS)],
                          cwd=ROOT, capture_output=True, text=True)  # fmt: skip
    assert made.returncode == 0, made.stderr
    made = subprocess.run(["make", "-s", "look", "GUEST=lost", "OPTIONS=-c4 --seed=5"], cwd=ROOT, capture_output=True, text=True)
    assert (made.returncode, made.stdout.splitlines()[-1]) == (0, "look: open build/look/lost.html"), made.stdout + made.stderr
    folder = tmp_path_factory.mktemp("browser")
    shutil.copy(ROOT / "guests/tests/wild_write.c", folder)
    chosen = NAMES if os.environ.get("BROWSER_ALL") == "1" else [name for name in NAMES if name not in LONG]
    command = ["node", ROOT / "tests/page/browser.mjs", shutil.which("chromium"), PAGE, ROOT / "build/guests/riscv64", folder, *chosen]
    result = subprocess.run(command, capture_output=True, text=True, timeout=900, env={**os.environ, "PAGE_MODULES": str(MODULES)})
    assert result.returncode == 0, result.stderr
    return {"folder": folder, **{line["name"]: line for line in map(json.loads, result.stdout.splitlines())}}


GUESTS = ("args", "bench/hypercall", "tests/chatter", "tests/spin", "tests/wild_write")
NAMES = [
    "opens", "buttons", "keys", "address", "tour", "stations", "console_click", "timeline", "who_wrote", "breakpoint", "death", "input",
    "markup", "own_guest", "recording", "look", "compare", "many_exits", "flood", "endless", "accessible", "phone",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_in_chromium(name, results):
    if name not in results:
        pytest.skip("the page in a browser: takes long; BROWSER_ALL=1 runs it")
    assert results[name]["wrong"] is None, results[name]["wrong"]


def test_the_program_repeats_its_recording(results):
    """A recording that was saved in the browser."""
    recording = pathlib.Path(results["folder"]) / "echo.recording"
    result = run(f"--replay={recording}", "--backend=soft", ROOT / "build/guests/riscv64/echo.elf")
    assert (result.returncode, result.stdout) == (0, b"1: one\n2: two\n")


def test_one_file():
    """The page asks for nothing: no script, style or picture of another file. With eight guests it has a limit."""
    if why_not():
        pytest.skip(f"the page in a browser: {why_not()}")
    text = PAGE.read_text(encoding="utf-8")
    assert len(text) <= 1_000_000
    head = text[: text.index('id="data"')]
    assert "<script src" not in text and "<link rel=\"stylesheet" not in head and "http://" not in head.replace("http://www.w3.org", "")
    assert "default-src 'none'" in head and "unsafe-eval" not in head.replace("wasm-unsafe-eval", "") and "unsafe-inline" not in head
