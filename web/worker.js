// SPDX-License-Identifier: MIT
// Runs the VMM beside the page, in budgets of time, so that each message is answered soon.
import { Vmm, WORK } from './vmm.js';

const BUDGET = 12; // ms that a guest runs before messages are looked at
const SHOW_EVERY = 80; // ms between two pictures of a run that goes on
const OUTPUT_SHOWN = 24576; // bytes
const EXPLORE = 300; // ms
const SNAP = 6; // columns: as near to an exit, a click means the exit

let vmm = null;
let view = null; // what the page wants to see
let shown = 0; // time of the last picture
let scheduled = false;
let drawn = true; // the page has drawn the last picture
let sequence = 0; // of the last order
let harts = 1;
let watching = null; // the address that a search for its last write watches
const channel = new MessageChannel();
channel.port1.onmessage = work;

function schedule() {
  if (scheduled) return;
  scheduled = true;
  channel.port2.postMessage(0);
}

function work() {
  scheduled = false;
  if (!vmm) return;
  const result = vmm.work(BUDGET);
  if (result === WORK.GOES_ON) {
    schedule();
    if (drawn && performance.now() - shown > SHOW_EVERY) show(true);
    return;
  }
  const due = result === WORK.SLEEPS ? vmm.sleep() : -1;
  if (due >= 0) setTimeout(schedule, Math.min(due, 1000));
  if (result === WORK.DONE) endWatch();
  show(due >= 0);
}

function endWatch() {
  if (watching === null) return;
  vmm.setBreakpoint('write', watching.address, watching.size, false);
  watching = null;
}

// Sends what the page wants to see of the present moment.
function show(running) {
  shown = performance.now();
  if (!vmm || !view) return;
  drawn = false;
  const state = vmm.state(8, 24);
  const to = Math.min(state.head.kept, Math.max(state.output, 0) + OUTPUT_SHOWN / 2);
  const from = Math.max(0, to - OUTPUT_SHOWN);
  const current = state.pending || vmm.exitBefore(state.position + 1);
  const seen = {
    type: 'seen', running, sequence, state,
    end: vmm.messagesOfEnd ?? '',
    lanes: vmm.lanes(view.axis, view.from, view.to, view.columns, harts),
    lanesView: { axis: view.axis, from: view.from, to: view.to, columns: view.columns },
    current: current ? vmm.exits(current, 1)[0] : null,
    before: current > 1 ? vmm.exits(current - 1, 1)[0].output : 0,
    list: vmm.exits(view.first, view.rows, view.filter),
    total: vmm.countExits(view.filter),
    output: { from, to, bytes: vmm.output(from, to) },
  };
  if (view.memory) seen.memory = { ...view.memory, bytes: vmm.memory(BigInt(view.memory.address), view.memory.size) };
  if (view.walk) seen.walk = vmm.walk(BigInt(view.walk));
  if (view.map) seen.map = vmm.map();
  const said = vmm.takeMessages();
  if (said && state.head.ended && !vmm.messagesOfEnd) seen.end = vmm.messagesOfEnd = said;
  postMessage(seen, [seen.lanes.buffer, seen.output.bytes.buffer]);
}

function start(message) {
  vmm = new Vmm(new WebAssembly.Module(message.wasm));
  const status = vmm.create(message);
  if (status !== 0) {
    postMessage({ type: 'failed', status, text: vmm.takeMessages() });
    vmm = null;
    return;
  }
  harts = vmm.state(0, 0).harts.length;
  view = message.view;
  vmm.input(message.input ?? new Uint8Array(), Boolean(message.inputEnded));
  postMessage({ type: 'started', harts });
}

// The exits that are known are gone to by their numbers; a new one is run to.
function exit({ back, filter }) {
  const state = vmm.state(0, 0);
  const from = state.pending || vmm.exitBefore(state.position) + (back ? 1 : 0);
  const number = vmm.findExit(from, back, filter);
  if (number) vmm.goToExit(number);
  else if (back) vmm.go(0);
  else vmm.runToExit(filter);
}

// Runs for a while, so that what comes after a moment is known, and goes to the moment.
function explore({ exit: number, position }) {
  const end = performance.now() + EXPLORE;
  vmm.run();
  while (performance.now() < end && vmm.work(BUDGET) === WORK.GOES_ON);
  if (number) vmm.goToExit(number);
  else vmm.go(position);
}

// Goes to a value of the axis, or to an exit that is near it.
function scrub({ axis, value, perColumn }) {
  const position = vmm.positionAt(axis, value);
  let best = null;
  for (const number of [vmm.exitBefore(position + 2), vmm.exitBefore(position + 2) + 1]) {
    const entry = number > 0 ? vmm.exits(number, 1)[0] : null;
    const distance = entry ? Math.abs((axis === 'time' ? entry.time : entry.insns) - value) : Infinity;
    if (distance <= SNAP * perColumn && (!best || distance < best.distance)) best = { distance, number };
  }
  if (best) vmm.goToExit(best.number);
  else vmm.go(position);
}

function lastWrite({ address, size }) {
  const why = vmm.setBreakpoint('write', BigInt(address), size, true);
  if (why) {
    postMessage({ type: 'note', text: why });
    return;
  }
  watching = { address: BigInt(address), size };
  vmm.back();
}

const orders = {
  run: () => vmm.run(),
  stop: () => vmm.stop(),
  step: ({ back }) => vmm.step(back),
  line: ({ back }) => vmm.line(back),
  exit,
  goToExit: ({ number }) => vmm.goToExit(number),
  go: ({ position }) => vmm.go(position),
  back: () => vmm.back(),
  select: ({ hart }) => vmm.select(hart),
  explore,
  scrub,
  lastWrite,
  breakpoint: ({ kind, address, size, on }) => {
    const why = vmm.setBreakpoint(kind, BigInt(address), size, on);
    if (why) postMessage({ type: 'note', text: why });
  },
};

const questions = {
  exitOfOutput: ({ offset }) => vmm.exitOfOutput(offset),
  symbol: ({ name }) => vmm.symbol(name),
  lineAddress: ({ path, line }) => vmm.lineAddress(path, line),
  recording: () => vmm.recording(),
  exits: ({ from, count, filter }) => vmm.exits(from, count, filter),
  output: () => vmm.output(0, vmm.state(0, 0).head.kept),
};

const messages = {
  start,
  drawn: () => { drawn = true; },
  order: (message) => {
    endWatch();
    sequence = message.sequence;
    orders[message.order](message);
    schedule();
  },
  view: (message) => {
    view = message.view;
    if (drawn || !scheduled) show(scheduled);
  },
  input: ({ bytes, ended }) => {
    if (!vmm.input(bytes, ended)) postMessage({ type: 'note', text: 'too much input waits already' });
    schedule();
  },
  question: (message) => postMessage({ type: 'answer', id: message.id, value: questions[message.question](message) }),
};

onmessage = ({ data }) => {
  if (!vmm && data.type !== 'start') return;
  try {
    messages[data.type](data);
  } catch (error) {
    postMessage({ type: 'failed', status: 115, text: `${error.message}\n${error.stack}` });
  }
};
