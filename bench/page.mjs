// SPDX-License-Identifier: MIT
// Runs a guest on the page's VMM under Node, to its end.
//
//   node page.mjs VMM.wasm GUEST.elf [ARG...]            as a whole process, for a time from fork to wait
//   node page.mjs --clicks VMM.wasm GUEST.elf [ARG...]   then goes to random moments; prints their times in ms
import fs from 'node:fs';
import path from 'node:path';
import { Vmm, WORK } from '../web/vmm.js';

const CLICKS = 100;
const words = process.argv.slice(2);
const clicks = words[0] === '--clicks' && words.shift();
const [wasm, elf, ...args] = words;
const vmm = new Vmm(new WebAssembly.Module(fs.readFileSync(wasm)));

// Works as the page's worker does. Returns the time in ms.
function work() {
  const start = performance.now();
  while (vmm.work(12) === WORK.GOES_ON);
  return performance.now() - start;
}

if (vmm.create({ elf: fs.readFileSync(elf), name: path.basename(elf), args }) !== 0) throw new Error(vmm.takeMessages());
vmm.input(new Uint8Array(), true);
vmm.run();
work();
const end = vmm.state(0, 0).head.position;
const times = [];
for (let i = 0; clicks && i < CLICKS; i++) {
  vmm.go(Math.floor(end * ((i * 0.6180339887) % 1)));
  const time = work();
  const start = performance.now();
  vmm.state(8, 24);
  times.push(time + performance.now() - start);
}
if (clicks) console.log(JSON.stringify(times));
