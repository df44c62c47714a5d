// SPDX-License-Identifier: MIT
// What one can do, as the help says it.
import { byId, make, replace } from './dom.js';

const THINGS = [
  ['hello', 'follow one printf to the VMM and back', '#guest=hello&exit=2', 'Press the five stations from left to right: each shows its line.'],
  ['lost', 'see four harts lose updates', '#guest=lost&harts=4&exit=8', 'Compare two seeds; look at counter in Memory, and ask who wrote it.'],
  ['clock', 'see a guest sleep', '#guest=clock', 'Press t: the timeline then has the guest’s time, and most of it is sleep.'],
  ['fault', 'see a guest die', '#guest=fault', 'The box at the bottom says why. Step back by lines to the cause.'],
  ['labos', 'talk to a small operating system', '#guest=labos', 'Type help into the console.'],
];
const KEYS = [
  ['space', 'run, or pause'], ['b', 'run backwards, to the last breakpoint'], ['← →', 'to the exit before, to the next exit'], ['shift ← →', 'an instruction back, on'],
  ['shift ↑ ↓', 'a line back, on'], ['Home End', 'the beginning, the end of what is known'], ['+ - 0', 'zoom the timeline; all of it'],
  ['[ ]', 'move the timeline'], ['t', 'instructions, or the guest’s time'], ['/', 'filter the exits'], ['?', 'this help'],
];
const MORE = [
  'Drag along the timeline: the machine goes to that moment. The wheel zooms, shift and drag moves.',
  'Click a character of the console: you are at the exit that wrote it.',
  'Click a line’s number: the run stops there, forwards and backwards.',
  'Drop an own guest (an ELF for RISC-V, built by make) and its sources on the page; or a recording.',
  'Each moment has an address: copy the link, and another person sees the same.',
];

export function showHelp(version) {
  const things = THINGS.map(([name, what, hash, how]) => make('li', {}, make('a', { href: hash }, `${name}: ${what}`), `. ${how}`));
  const rows = KEYS.flatMap(([key, what]) => [make('dt', {}, key), make('dd', {}, what)]);
  replace(byId('help-text'), make('ol', {}, ...things, ...MORE.map((text) => make('li', {}, text))), make('dl', {}, ...rows),
    make('p', {}, `Labvisor ${version}. The VMM in this page is the same C code as in the program, built for WebAssembly; nothing is sent or loaded.`));
  for (const link of byId('help-text').querySelectorAll('a')) link.addEventListener('click', () => byId('help-dialog').close());
}
