# SPDX-License-Identifier: MIT
"""A client of gdb's remote protocol, which also sends what gdb itself never sends."""

import os
import socket
import subprocess
import time

# Times as long as elsewhere that a guest may take: tools/distros.py sets it where programs run emulated.
PATIENCE = int(os.environ.get("TEST_PATIENCE", "1"))


class Gone(Exception):
    """The stub has ended the connection."""


class Client:
    def __init__(self, path):
        end = time.monotonic() + 10 * PATIENCE
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.01)
        self.socket.settimeout(20 * PATIENCE)
        self.buffer = b""
        self.console = ""  # what the stub has printed
        self.ack = True

    def close(self):
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def byte(self):
        while not self.buffer:
            try:
                self.buffer = self.socket.recv(65536)
            except ConnectionError:
                self.buffer = b""
            if not self.buffer:
                raise Gone
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def packet(self):
        """Returns the stub's next packet."""
        while self.byte() != b"$":
            pass
        data = b""
        while (c := self.byte()) != b"#":
            data += c if c != b"}" else bytes([self.byte()[0] ^ 0x20])
        self.byte(), self.byte()
        if self.ack:
            try:
                self.raw(b"+")
            except OSError:
                pass  # it was the last packet
        return data.decode("latin-1")

    def send(self, text):
        data = text.encode("latin-1")
        escaped = b"".join(b"}" + bytes([c ^ 0x20]) if c in b"#$}*" else bytes([c]) for c in data)
        self.raw(b"$" + escaped + b"#%02x" % (sum(escaped) & 0xFF))

    def answer(self):
        """Returns the next packet that is not console output."""
        while True:
            packet = self.packet()
            if packet[:1] == "O" and packet != "OK":
                self.console += bytes.fromhex(packet[1:]).decode()
            else:
                return packet

    def ask(self, text, pass_exit=True):
        """Returns the answer. pass_exit: goes on from the stop at the guest's exit, to its end."""
        before = len(self.console)
        self.send(text)
        answer = self.answer()
        if pass_exit and "labvisor: the guest has exited with status" in self.console[before:]:
            return self.ask("vCont;c")
        return answer

    def monitor(self, command):
        self.console = ""
        assert self.ask("qRcmd," + command.encode().hex()) == "OK"
        assert not self.console.startswith("unknown command"), self.console
        return self.console

    def registers(self, thread=1):
        """The machine's registers, without those of the last exit."""
        assert self.ask(f"Hg{thread:x}") == "OK"
        return self.ask("g")[: -2 * 88]


class Stub:
    """A guest that waits for gdb."""

    def __init__(self, folder, image, *options, args=(), stdin=b""):
        from conftest import LABVISOR, ROOT, guest  # bench/ does not need the tests' modules

        self.path = folder / "gdb"
        image = guest(image) if isinstance(image, str) else image  # a name, or a path
        command = [LABVISOR, f"--gdb={self.path}", *options, image, *args]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([*map(str, command)], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)
        self.process.stdin.write(stdin)
        self.process.stdin.close()
        self.process.stdin = None

    def client(self):
        return Client(self.path)

    def end(self):
        """Returns its status, stdout and stderr."""
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err.decode()
