// SPDX-License-Identifier: MIT
// Runs guests on the page's VMM, without a browser, for tests/test_page.py.
//
//   node runs.mjs VMM.wasm < JOBS > RESULTS
//
// A job: { elf, args, harts, seed, input, late, jumps, memories }; late: more input, each part when the guest sleeps; a result: what it has written, how it ended, its exits as
// --trace writes them, but without numbers, and the registers at each jump as --dump-regs does.
import fs from 'node:fs';
import { Vmm, WORK } from '../../web/vmm.js';

const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const MOST = 120000; // ms of one job

let clock = 0; // of the VMM: it only goes on where the guest sleeps

function finish(vmm, late = []) {
  const end = performance.now() + MOST;
  for (;;) {
    const work = vmm.work(200);
    if (performance.now() > end) throw new Error('the guest goes on for too long');
    if (work === WORK.DONE) return work;
    if (work !== WORK.SLEEPS) continue;
    const due = vmm.sleep();
    if (late.length > 0 && (due < 0 || due > 2)) giveInput(vmm, late);
    else if (due >= 0) clock += due + 1;
    else return work;
  }
}

function giveInput(vmm, late) {
  const part = late.shift();
  clock += 1;
  vmm.input(Buffer.from(part ?? '', 'base64'), part === null);
}

function place(at) {
  const name = at.function === undefined ? '' : ` ${at.function}+0x${at.offset.toString(16)}`;
  return `${at.pc}${name}${at.line ? ` (${at.file.split('/').pop()}:${at.line})` : ''}`;
}

// As printf rounds: a number in the middle to an even digit.
function milliseconds(ticks) {
  const text = (ticks / 10000).toFixed(3);
  const isMiddle = ticks % 10 === 5 && Number.isInteger(ticks / 10000 * 16);
  return isMiddle && Number(text.at(-1)) % 2 === 1 ? ((ticks - 5) / 10000).toFixed(3) : text;
}

function traceLine(exit) {
  const ms = milliseconds(exit.time).padStart(10);
  const author = exit.author && exit.author.pc !== exit.at.pc
    ? ` for ${exit.author.function} (${exit.author.file.split('/').pop()}:${exit.author.line})` : '';
  return `[${ms} ms] vcpu${exit.hart} ${exit.text}  at ${place(exit.at)}${author}`;
}

function exitsOf(vmm) {
  const lines = [];
  for (let from = 1; ; from += 1000) {
    const exits = vmm.exits(from, 1000);
    lines.push(...exits.filter((exit) => exit.handled).map(traceLine));
    if (exits.length < 1000) return lines;
  }
}

function registersOf(vmm) {
  const { harts } = vmm.state(0, 0);
  return harts.map((hart, i) => {
    vmm.select(i);
    const registers = Object.fromEntries(vmm.state(0, 0).registers);
    return { mode: hart.mode, started: hart.state !== 'stopped', ...registers };
  });
}

// Returns the bytes of RAM that are mapped where they are, and not all 0: hex by address.
function memoryOf(vmm) {
  const map = vmm.map();
  const memory = {};
  [...map.used].forEach((used, i) => {
    const address = BigInt(map.base) + BigInt(i) * 65536n;
    if (used === '1') memory[address] = vmm.memory(address, 65536);
  });
  return memory;
}

function jump(vmm, position, memory) {
  vmm.go(position);
  finish(vmm);
  const { position: reached, output, exits, pending } = vmm.state(0, 0);
  return { position: reached, output, exits, pending, registers: registersOf(vmm), memory: memory ? memoryOf(vmm) : null };
}

function run(job) {
  const vmm = new Vmm(module, () => performance.now() + clock);
  const started = vmm.create({ ...job, elf: fs.readFileSync(job.elf), name: job.elf.split('/').pop(),
    recording: job.recording ? Buffer.from(job.recording, 'base64') : undefined });
  if (started !== 0) return { status: started, messages: vmm.takeMessages() };
  vmm.input(Buffer.from(job.input ?? '', 'base64'), !job.late);
  vmm.run();
  const work = finish(vmm, job.late);
  const { head } = vmm.state(0, 0);
  const result = { work, status: head.status, ended: head.ended, position: head.position, messages: vmm.takeMessages(),
    output: Buffer.from(vmm.output(0, head.kept)).toString('base64'), exits: exitsOf(vmm), recording: vmm.recording() };
  result.jumps = (job.jumps ?? []).map((position, i) => jump(vmm, position, i < (job.memories ?? 0)));
  if (head.ended) {
    vmm.go(head.position);
    finish(vmm);
    result.again = vmm.state(0, 0).head;
  }
  return result;
}

const jobs = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(jobs.map(run)));
