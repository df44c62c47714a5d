# SPDX-License-Identifier: MIT
"""gdb as editors drive it: its machine interface (MI), as cpptools of VS Code does, and `gdb --dap`."""

import ast
import itertools
import json
import re
import shutil
import subprocess

import pytest

from conftest import LABVISOR, ROOT, guest
from test_gdb import GDB, have_gdb, wait_for  # noqa: F401, a fixture
from test_places import why_no_dap

pytestmark = pytest.mark.usefixtures("machine")


@pytest.fixture
def waiting(tmp_path):
    """Starts a guest that waits for gdb. Returns its socket and its process."""
    started = []

    def start(image, stdin=b""):
        pipe = subprocess.PIPE
        command = [LABVISOR, f"--gdb={tmp_path}/gdb", "--timeout=20", guest(image)]
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe))
        started[-1].stdin.write(stdin)
        started[-1].stdin.close()
        started[-1].stdin = None
        wait_for((tmp_path / "gdb").exists, started[-1])
        return tmp_path / "gdb", started[-1]

    yield start
    for process in started:
        process.kill()


class Client:
    """A gdb that reads commands from a pipe."""

    def __init__(self, *arguments):
        command = ["timeout", "-k", "1", "40", GDB[LABVISOR.arch], "-nx", "-q", *map(str, arguments)]
        self.gdb = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.numbers = itertools.count(1)


class MI(Client):
    """gdb's machine interface."""

    def __init__(self, image):
        super().__init__("--interpreter=mi")
        self.console = ""
        self.do("-gdb-set mi-async on")
        self.do("-gdb-set pagination off")
        self.do(f'-interpreter-exec console "source {ROOT}/debug/labvisor.py"')
        self.do(f"-file-exec-and-symbols {guest(image)}")

    def record(self):
        """Returns the next record that is not text of the console."""
        while line := self.gdb.stdout.readline().decode():
            if line[0] in "~@&":
                self.console += ast.literal_eval(f"b{line[1:].strip()}").decode()  # a string of C
            elif not line.startswith("(gdb)"):
                return line.strip()
        raise AssertionError(f"gdb has ended: {self.console}")

    def do(self, command, wanted="done"):
        """Returns the result of a command."""
        number = next(self.numbers)
        self.gdb.stdin.write(f"{number}{command}\n".encode())
        self.gdb.stdin.flush()
        while not (record := self.record()).startswith(f"{number}^"):
            pass
        assert record.startswith(f"{number}^{wanted}"), (command, record)
        return record

    def stop(self):
        while not (record := self.record()).startswith("*stopped"):
            pass
        return record

    def run(self, command):
        self.do(command, "running")
        return self.stop()


def test_mi(waiting):
    """What cpptools sends: breakpoints, frames, variables, registers, steps, exits, and the end."""
    socket, process = waiting("tests/debug")
    mi = MI("tests/debug")
    mi.do(f"-target-select remote {socket}", "connected")
    mi.do("-break-insert -f debug.c:14")
    assert 'reason="breakpoint-hit"' in mi.run("-exec-continue")
    frames = mi.do("-stack-list-frames")
    assert re.search(r'level="0",addr="0x\w+",func="add",file="[^"]*debug.c".*line="14".*level="1",.*func="main"', frames)
    assert re.search(r'name="n",.*value="1"', mi.do("-stack-list-variables --simple-values"))
    assert 'value="0"' in mi.do("-var-create - * total")
    assert re.search(r'"exit_value"', mi.do("-data-list-register-names")) and mi.do("-data-list-register-values x 0")
    assert 'line="15"' in mi.run("-exec-next")
    assert 'reason="function-finished"' in mi.run("-exec-finish") and 'value="1"' in mi.do("-data-evaluate-expression total")
    mi.do("-break-delete 1")
    mi.do('-break-watch "total"')
    assert re.search(r'reason="watchpoint-trigger".*old="1",new="3"', mi.run("-exec-continue"))
    mi.do("-break-delete 2")
    mi.do('-interpreter-exec console "vmexit-next console_write"', "running")
    mi.stop()
    mi.do('-interpreter-exec console "vmexit-info"')
    mi.do('-interpreter-exec console "walk &total"')
    assert re.search(r"exit #\d+: DBCN.console_write.*not handled yet", mi.console) and "second stage" in mi.console
    mi.run("-exec-continue")  # it stops at the guest's exit
    assert 'reason="exited",exit-code="06"' in mi.run("-exec-continue")
    mi.do("-gdb-exit", "exit")
    assert process.wait(20) == 6


def test_mi_in_a_program_of_labos(waiting, machine):
    """break PROGRAM:LINE works as the editor sends it; where it cannot, the refusal is shown."""
    socket, process = waiting("labos", b"fib 3\nexit 4\n")
    mi = MI("labos")
    mi.do(f'-interpreter-exec console "source {ROOT}/debug/labos.py"')
    mi.do(f"-target-select remote {socket}", "connected")
    mi.do("-break-insert -f fib:main")
    record = mi.run("-exec-continue")
    if machine == "riscv64" or "this KVM stops no code at CPL 3" not in mi.console:
        assert re.search(r'reason="breakpoint-hit".*func="main".*file="[^"]*fib.c"', record)
        mi.do('-interpreter-exec console "info processes"')
        assert "fib 3" in mi.console
        record = mi.run("-exec-continue")
    assert 'reason="exited"' not in record  # it stops at the guest's exit
    assert 'reason="exited",exit-code="04"' in mi.run("-exec-continue")
    mi.do("-gdb-exit", "exit")
    assert process.wait(20) == 4


class DAP(Client):
    """gdb's Debug Adapter Protocol."""

    def __init__(self):
        super().__init__("--interpreter=dap", "-iex", f"source {ROOT}/debug/labvisor.py")
        self.told = ""
        self.kept = {}

    def send(self, name, **arguments):
        """Returns the number of a request."""
        number = next(self.numbers)
        body = json.dumps({"seq": number, "type": "request", "command": name, "arguments": arguments})
        self.gdb.stdin.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        self.gdb.stdin.flush()
        return number

    def wait(self, **wanted):
        """Returns the next such message. Responses to other requests are kept: gdb 15 answers attach at once, 16 later."""
        while header := self.gdb.stdout.readline():
            self.gdb.stdout.readline()
            message = json.loads(self.gdb.stdout.read(int(header.split(b":")[1])))
            if message.get("event") == "output":
                self.told += message["body"]["output"]
            if wanted.items() <= message.items():
                return message
            if message["type"] == "response":
                self.kept[message["request_seq"]] = message
        raise AssertionError(f"gdb has ended: {self.told}")

    def answer(self, number):
        message = self.kept.pop(number, None) or self.wait(type="response", request_seq=number)
        assert message["success"], message
        return message.get("body")

    def ask(self, name, **arguments):
        return self.answer(self.send(name, **arguments))

    def stop(self, reason):
        while self.wait(type="event", event="stopped")["body"]["reason"] != reason:
            pass


def test_dap(waiting, machine):
    """Breakpoints of a source, frames, variables, steps, expressions, commands, and the end."""
    if why_no_dap(GDB[machine]):
        pytest.skip(why_no_dap(GDB[machine]))
    socket, process = waiting("tests/debug")
    dap = DAP()
    dap.ask("initialize", adapterID="gdb")
    attach = dap.send("attach", program=str(guest("tests/debug")), target=str(socket))
    dap.ask("setBreakpoints", source={"path": str(ROOT / "guests/tests/debug.c")}, breakpoints=[{"line": 14}])
    dap.send("configurationDone")
    dap.answer(attach)
    dap.send("continue", threadId=1)
    dap.stop("breakpoint")
    frames = dap.ask("stackTrace", threadId=1)["stackFrames"]
    assert [(frame["name"], frame["source"]["name"]) for frame in frames[:2]] == [("add", "debug.c"), ("main", "debug.c")]
    scopes = dap.ask("scopes", frameId=frames[0]["id"])["scopes"]
    assert {"Arguments", "Registers"} <= {scope["name"] for scope in scopes}
    values = dap.ask("variables", variablesReference=scopes[0]["variablesReference"])["variables"]
    assert {(value["name"], value["value"]) for value in values} == {("n", "1")}
    assert dap.ask("evaluate", expression="total + n * 2", frameId=frames[0]["id"], context="watch")["result"] == "2"
    dap.send("next", threadId=1)
    dap.stop("step")
    assert "second stage" in dap.ask("evaluate", expression="walk &total", context="repl")["result"]
    dap.ask("setBreakpoints", source={"path": str(ROOT / "guests/tests/debug.c")}, breakpoints=[])
    dap.send("continue", threadId=1)
    dap.wait(type="event", event="stopped")  # at the guest's exit
    dap.send("continue", threadId=1)
    assert dap.wait(type="event", event="exited")["body"]["exitCode"] == 6
    dap.gdb.kill()
    assert process.wait(20) == 6
