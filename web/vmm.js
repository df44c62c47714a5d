// SPDX-License-Identifier: MIT
// The VMM in a page: one instance of the WebAssembly module is one run of one guest.

// What page_work returns.
export const WORK = { DONE: 0, GOES_ON: 1, SLEEPS: 2 };

// The numbers that lists.c has for the two axes of the lanes.
export const AXIS = { insns: 0, time: 1 };

const ERRNO_BADF = 8; // wasi: there are no files but stdout and stderr

export class Vmm {
  #memory;
  #exports;
  #messages = '';
  #decoder = new TextDecoder('utf-8', { fatal: false });

  // module: a WebAssembly.Module. now: a clock in ms.
  constructor(module, now = () => performance.now()) {
    const imports = {
      page: { now },
      wasi_snapshot_preview1: new Proxy({}, { get: (_, name) => this.#wasi(name) }),
    };
    const instance = new WebAssembly.Instance(module, imports);
    this.#exports = instance.exports;
    this.#memory = instance.exports.memory;
    this.#exports._initialize();
  }

  // The C library asks for these; only messages on stderr mean anything here.
  #wasi(name) {
    if (name === 'fd_write') return (fd, vectors, count, written) => this.#write(fd, vectors, count, written);
    if (name === 'fd_fdstat_get') return () => 0;
    if (name === 'proc_exit') return (status) => { throw new Error(`the VMM has ended with status ${status}`); };
    return () => ERRNO_BADF;
  }

  #write(fd, vectors, count, written) {
    const view = new DataView(this.#memory.buffer);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const at = view.getUint32(vectors + 8 * i, true);
      const size = view.getUint32(vectors + 8 * i + 4, true);
      if (this.#messages.length < 65536) {
        this.#messages += this.#decoder.decode(new Uint8Array(this.#memory.buffer, at, size));
      }
      total += size;
    }
    view.setUint32(written, total, true);
    return 0;
  }

  // Returns what the VMM has said since the last call: why a guest died, for example.
  takeMessages() {
    const messages = this.#messages;
    this.#messages = '';
    return messages;
  }

  #copyIn(bytes) {
    const at = this.#exports.page_allocate(bytes.length);
    if (at === 0) throw new Error('no memory');
    new Uint8Array(this.#memory.buffer, at, bytes.length).set(bytes);
    return at;
  }

  #text(at) {
    const bytes = new Uint8Array(this.#memory.buffer);
    let end = at;
    while (bytes[end] !== 0) end++;
    return this.#decoder.decode(bytes.subarray(at, end));
  }

  #withString(string, call) {
    return call(this.#copyIn(new TextEncoder().encode(`${string}\0`)));
  }

  // Makes the VM. options: { elf, name, args, recording, memory, harts, seed }. Returns 0, or a status.
  create(options) {
    const args = new TextEncoder().encode([options.name, ...(options.args ?? [])].map((arg) => `${arg}\0`).join(''));
    const recording = options.recording ?? new Uint8Array();
    return this.#exports.page_create(
      this.#copyIn(options.elf), options.elf.length, this.#copyIn(args), args.length,
      this.#copyIn(recording), recording.length,
      options.memory ?? 64 * 1048576, options.harts ?? 1, options.seed ?? 1);
  }

  // Gives the guest input: bytes, or its end. Returns false if too much waits already.
  input(bytes, ended = false) {
    return Boolean(this.#exports.page_input(this.#copyIn(bytes), bytes.length, ended));
  }

  work(budget) { return this.#exports.page_work(budget); }
  sleep() { return this.#exports.page_sleep(); }
  stop() { this.#exports.page_stop(); }
  run() { this.#exports.page_run(); }
  select(hart) { this.#exports.page_select(hart); }
  go(position) { this.#exports.page_go(position); }
  goToExit(number) { this.#exports.page_go_to_exit(number); }
  runToExit(filter) { this.#withString(filter, (at) => this.#exports.page_run_to_exit(at)); }
  step(back) { this.#exports.page_step(back); }
  line(back) { this.#exports.page_line(back); }
  back() { this.#exports.page_back(); }

  // Inserts or removes a breakpoint: type 'code' or 'write'. Returns why not, or ''.
  setBreakpoint(type, address, length, on) {
    const why = this.#exports.page_break(type === 'code' ? 0 : 1, ...split(address), length, on);
    return why === 0 ? '' : this.#text(why);
  }

  state(before, after) { return JSON.parse(this.#text(this.#exports.page_state(before, after))); }
  memory(address, size) { return JSON.parse(this.#text(this.#exports.page_memory(...split(address), size))); }
  walk(address) { return JSON.parse(this.#text(this.#exports.page_walk(...split(address)))); }
  map() { return JSON.parse(this.#text(this.#exports.page_map())); }
  symbol(name) { return JSON.parse(this.#withString(name, (at) => this.#text(this.#exports.page_symbol(at)))); }

  lineAddress(path, line) {
    return JSON.parse(this.#withString(path, (at) => this.#text(this.#exports.page_line_address(at, line))));
  }

  exits(from, count, filter = '') {
    return JSON.parse(this.#withString(filter, (at) => this.#text(this.#exports.page_exits(from, count, at))));
  }
  findExit(from, back, filter = '') {
    return this.#withString(filter, (at) => this.#exports.page_find_exit(from, back, at));
  }
  countExits(filter) { return this.#withString(filter, (at) => this.#exports.page_count_exits(at)); }
  exitOfOutput(offset) { return this.#exports.page_exit_of_output(offset); }
  exitBefore(position) { return this.#exports.page_exit_before(position); }
  positionAt(axis, value) { return this.#exports.page_position_at(AXIS[axis], value); }

  // Returns bytes of the guest's output, a copy.
  output(from, to) {
    const at = this.#exports.page_output();
    return new Uint8Array(this.#memory.buffer, at + from, to - from).slice();
  }

  // Returns the lanes, a copy: four bytes for each column of each hart.
  lanes(axis, from, to, columns, harts) {
    const at = this.#exports.page_lanes(AXIS[axis], from, to, columns);
    return at === 0 ? new Uint8Array(4 * columns * harts)
      : new Uint8Array(this.#memory.buffer, at, 4 * columns * harts).slice();
  }

  // Returns the recording as a text; null: this run repeats one.
  recording() {
    const at = this.#exports.page_recording();
    return at === 0 ? null : this.#text(at);
  }
}

// Splits an address, a BigInt, into two numbers.
function split(address) {
  return [Number(address >> 32n & 0xffffffffn), Number(address & 0xffffffffn)];
}
