// SPDX-License-Identifier: MIT
// The page: connects what is seen with the run, keys with orders, and the address with the moment.
import { byId, count, make, note, replace, ticks } from './dom.js';
import { readLink, writeLink } from './link.js';
import { Session } from './session.js';
import { Lanes, showLegend } from './lanes.js';
import { Exits } from './exits.js';
import { Source } from './source.js';
import { showStations } from './stations.js';
import { Machine } from './machine.js';
import { Console } from './console.js';
import { firstDifference, showParting } from './compare.js';
import { showHelp } from './help.js';
import { connectTour } from './tour.js';
import { readFiles } from './files.js';
import { unpack, unpackFiles } from './unpack.js';

const data = JSON.parse(byId('data').textContent);
const page = { wasm: null, worker: null, recording: null, guests: new Map(), session: null, setup: null, seen: null, running: false, other: null, begin: null, sequence: 0 };

// ---- The views ----

const lanes = new Lanes({ scrub: (value) => order('scrub', { axis: lanes.axis, value, perColumn: lanes.perColumn() }), changed: () => look() });
const exits = new Exits({ changed: () => look(), go: (number) => order('goToExit', { number }), step: (back) => order('exit', { back, filter: exits.filter }) });
const source = new Source({ breakpoint: toggleBreakpoint });
const machine = new Machine({
  changed: () => look(),
  symbol: async (name) => {
    const symbol = await page.session.ask('symbol', { name });
    if (!symbol) note(`the guest has nothing named ${name}`);
    return symbol;
  },
  lastWrite: (address, size) => order('lastWrite', { address, size }),
  select: (hart) => order('select', { hart }),
});
const terminal = new Console({
  goToOutput: async (offset) => {
    const number = await page.session.ask('exitOfOutput', { offset });
    if (number) order('goToExit', { number });
  },
  input: (bytes, ended) => {
    page.session.send({ type: 'input', bytes, ended });
    if (page.seen && !page.running) order('run');
  },
});

function view() {
  return { ...lanes.view(), first: exits.first, rows: exits.rows, filter: exits.filter, ...machine.view };
}

let looking = false;
function look() {
  if (looking || !page.session) return;
  looking = true;
  requestAnimationFrame(() => {
    looking = false;
    page.session?.send({ type: 'view', view: view() });
    page.other?.session.send({ type: 'view', view: { ...view(), memory: null, walk: null, map: false } });
  });
}

// ---- Orders ----

function order(name, details = {}) {
  if (!page.session) return;
  page.running = true;
  document.body.dataset.ready = 'running';
  page.session.order(name, { ...details, sequence: ++page.sequence });
}

const ways = {
  begin: () => order('go', { position: 0 }),
  end: () => order('go', { position: page.seen.state.head.position }),
  exit: () => order('exit', { back: false, filter: exits.filter }),
  'exit-back': () => order('exit', { back: true, filter: exits.filter }),
  line: () => order('line', { back: false }),
  'line-back': () => order('line', { back: true }),
  step: () => order('step', { back: false }),
  'step-back': () => order('step', { back: true }),
  back: () => order('back'),
  run: () => order(page.running && page.seen?.state.goal ? 'stop' : 'run'),
};

async function toggleBreakpoint(path, line) {
  const known = source.stopAt(path, line);
  const address = known ?? await page.session.ask('lineAddress', { path, line });
  if (!address) {
    note(`line ${line} has made no code`);
    return;
  }
  page.session.order('breakpoint', { kind: 'code', address, size: 0, on: !known, sequence: page.sequence });
  source.setStop(path, line, known ? null : address);
}

// ---- The run ----

function start(setup, link = {}) {
  page.session?.close();
  endCompare();
  source.forgetStops();
  page.setup = setup;
  page.seen = null;
  page.begin = link;
  byId('death').hidden = true;
  fillForm(setup);
  lanes.zoomAll();
  page.sequence++; // what the worker before has sent is late
  document.body.dataset.ready = 'running';
  page.session = new Session(page.worker, listen);
  page.session.send({ type: 'start', ...messageOf(setup), view: view() });
}

function messageOf(setup) {
  const guest = page.guests.get(setup.guest);
  return { wasm: page.wasm, elf: guest.elf, name: guest.file, args: splitWords(setup.args), harts: setup.harts, seed: setup.seed,
    recording: setup.recording ?? null, input: new TextEncoder().encode(setup.input ?? ''), inputEnded: Boolean(setup.input) && !setup.recording };
}

function splitWords(text) {
  return (text.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));
}

function fillForm(setup) {
  byId('guest').value = setup.guest;
  byId('harts').value = setup.harts;
  byId('seed').value = setup.seed;
  byId('args').value = setup.args;
  document.title = `${setup.guest} – Labvisor`;
}

// Where a run that begins goes: to its end; or to the moment of its address, after a look at what comes then.
function begun() {
  const { begin } = page;
  if (begin.exit || begin.at !== undefined) order('explore', { exit: begin.exit, position: begin.at });
  else order('run');
  if (begin.compare) compare();
}

function listen(message) {
  if (message.type === 'seen') show(message);
  else if (message.type === 'started') begun();
  else if (message.type === 'note') note(message.text);
  else if (message.type === 'failed') {
    byId('death').hidden = false;
    byId('death').className = '';
    byId('death').textContent = message.text;
    document.body.dataset.ready = 'failed';
  }
}

function show(seen) {
  seen.running ||= seen.sequence !== page.sequence; // it was sent before the last order came
  page.seen = seen;
  page.running = seen.running;
  lanes.show(seen, page.other?.seen);
  exits.show(seen);
  source.show(seen);
  machine.show(seen);
  terminal.show(seen);
  showStations(seen, data.stations, source, { choose: (path, line) => { selectTab('source'); source.choose(path, line); } });
  showMoment(seen);
  showDeath(seen);
  if (!seen.running) {
    lanes.follow();
    writeAddress(seen.state);
  }
  requestAnimationFrame(() => page.session?.send({ type: 'drawn' }));
  const { state } = seen;
  Object.assign(document.body.dataset, { ready: seen.running ? 'running' : 'paused', position: state.position, why: state.why });
}

const REASONS = { break: 'at a breakpoint', watch: 'at the write', begin: 'at the beginning', pause: 'paused', asleep: 'the guest waits for input' };

function showMoment({ state, running }) {
  const at = [make('b', {}, state.pending ? `exit ${count(state.pending)}` : `after ${count(state.exits)} exits`), ` of ${count(state.head.exits)} · instruction `,
    make('b', {}, count(state.insns)), ` · ${ticks(state.time)}`];
  if (state.stopped) at.push(` · ended with status ${state.head.status}`);
  else if (REASONS[state.why]) at.push(` · ${REASONS[state.why]}`);
  replace(byId('moment'), ...at);
  const going = running && state.goal !== 0 && !state.head.asleep;
  byId('run').textContent = going ? 'Pause' : '▶ Run';
  byId('run').disabled = state.stopped;
  for (const button of document.querySelectorAll('[data-go]')) {
    if (/begin|back/.test(button.dataset.go)) button.disabled = state.position === 0;
    else if (button !== byId('run')) button.disabled = state.stopped;
  }
}

function showDeath({ state, end }) {
  const box = byId('death');
  const said = end.trim();
  box.hidden = !(said && state.head.ended);
  box.className = state.head.status >= 112 && state.head.status <= 127 ? '' : 'calm';
  if (box.textContent !== said) box.textContent = said;
}

function writeAddress(state) {
  if (!page.setup || page.setup.own) return;
  const hash = writeLink({ ...page.setup, exit: state.pending, at: state.stopped ? 0 : state.position });
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

// ---- Two seeds ----

function endCompare() {
  page.other?.session.close();
  page.other = null;
  byId('parting').hidden = true;
  byId('compare').setAttribute('aria-pressed', 'false');
}

function compare() {
  if (page.other) {
    endCompare();
    look();
    return;
  }
  const setup = { ...page.setup, seed: page.setup.seed + 1 };
  const other = { seed: setup.seed, seen: null, ended: false };
  byId('compare').setAttribute('aria-pressed', 'true');
  other.session = new Session(page.worker, (message) => {
    if (message.type === 'started') other.session.order('run', { sequence: 1 });
    if (message.type !== 'seen') return;
    other.session.send({ type: 'drawn' });
    if (message.sequence !== 1) return;
    other.seen = { ...message, seed: setup.seed };
    if (page.seen) lanes.show(page.seen, other.seen);
    if (!message.running && !other.ended) {
      other.ended = true;
      firstDifference([page.session, other.session]).then((parting) => {
        if (page.other === other) showParting(parting, [page.setup.seed, setup.seed], (number) => order('goToExit', { number }));
      });
    }
  });
  page.other = other;
  other.session.send({ type: 'start', ...messageOf(setup), view: { ...view(), memory: null, walk: null, map: false } });
}

// ---- Files ----

async function open(files) {
  const found = await readFiles(files);
  source.addFiles(found.sources);
  if (Object.keys(found.sources).length > 0) note(`${Object.keys(found.sources).length} source file(s) added`);
  if (found.elf) {
    const name = found.elf.name.replace(/\.elf$/, '');
    page.guests.set(name, { name, file: found.elf.name, elf: found.elf.bytes });
    if (![...byId('guest').options].some((option) => option.value === name)) byId('guest').append(make('option', { value: name }, name));
    start({ guest: name, harts: Number(byId('harts').value), seed: Number(byId('seed').value), args: '', own: true, recording: found.recording });
  } else if (found.recording) {
    start({ ...page.setup, args: '', own: true, recording: found.recording });
  } else if (page.seen) {
    show(page.seen);
  }
}

async function save() {
  const text = await page.session.ask('recording');
  if (text === null) {
    note('this run repeats a recording already');
    return;
  }
  const link = make('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/plain' })), download: `${page.setup.guest}.recording` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- Buttons and keys ----

function selectTab(name) {
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    const list = tab.parentElement;
    if (!list.contains(byId(`tab-${name}`))) continue;
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = !chosen;
  }
}

function setTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  if (page.seen) lanes.show(page.seen, page.other?.seen);
}

function toggleAxis() {
  lanes.setAxis(lanes.axis === 'time' ? 'insns' : 'time');
  showLegend(lanes.axis);
}

const zooms = { in: () => lanes.zoom(2), out: () => lanes.zoom(0.5), all: () => lanes.zoomAll() };
const keys = {
  ' ': ways.run, ArrowRight: ways.exit, ArrowLeft: ways['exit-back'], Home: ways.begin, End: ways.end,
  'shift ArrowRight': ways.step, 'shift ArrowLeft': ways['step-back'], 'shift ArrowDown': ways.line, 'shift ArrowUp': ways['line-back'],
  b: ways.back, t: toggleAxis, '+': zooms.in, '-': zooms.out, 0: zooms.all, '/': () => byId('filter').focus(), '?': () => byId('help').click(),
  '[': () => lanes.pan(-0.25), ']': () => lanes.pan(0.25),
};

function pressed(event) {
  const inText = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  const inButton = event.target.closest?.('button, [role="tab"]') && (event.key === ' ' || event.key === 'Enter');
  if (inText || inButton || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.target.getAttribute?.('role') === 'tab' && event.key.startsWith('Arrow') && !event.shiftKey) return;
  const action = keys[event.shiftKey && event.key.length > 1 ? `shift ${event.key}` : event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function connect() {
  for (const button of document.querySelectorAll('[data-go]')) button.addEventListener('click', () => ways[button.dataset.go]());
  for (const button of document.querySelectorAll('[data-zoom]')) button.addEventListener('click', () => zooms[button.dataset.zoom]());
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    const name = tab.id.slice(4);
    tab.addEventListener('click', () => {
      selectTab(name);
      if (byId('machine').contains(tab)) machine.setTab(name);
    });
    tab.addEventListener('keydown', (event) => {
      const tabs = [...tab.parentElement.querySelectorAll('[role="tab"]')];
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || event.shiftKey) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next.click();
      next.focus();
    });
  }
  byId('axis').addEventListener('click', toggleAxis);
  byId('compare').addEventListener('click', compare);
  byId('theme').addEventListener('click', setTheme);
  byId('help').addEventListener('click', () => byId('help-dialog').showModal());
  byId('save').addEventListener('click', save);
  byId('open').addEventListener('click', () => byId('files').click());
  byId('files').addEventListener('change', () => { open([...byId('files').files]); byId('files').value = ''; });
  byId('link').addEventListener('click', () => {
    navigator.clipboard?.writeText(location.href).then(() => note('the address of this moment is copied'), () => note(location.href));
  });
  byId('setup').addEventListener('submit', (event) => {
    event.preventDefault();
    start({ guest: byId('guest').value, harts: Number(byId('harts').value), seed: Number(byId('seed').value), args: byId('args').value });
  });
  byId('guest').addEventListener('change', () => {
    const guest = page.guests.get(byId('guest').value);
    start({ guest: guest.name, harts: guest.harts ?? 1, seed: guest.seed ?? 1, args: '' });
  });
  connectTour(guide);
  document.addEventListener('keydown', pressed);
  connectDrop();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (page.seen) lanes.show(page.seen, page.other?.seen); });
  addEventListener('hashchange', () => { if (page.wasm) startFromAddress(); });
}

// What the tour's steps do.
const guide = {
  order,
  load: (hash) => {
    if (location.hash === hash) startFromAddress();
    else location.hash = hash;
  },
  // Each station is seen where its exit is pending.
  station: (i) => {
    if (page.seen?.state.pending !== 2) order('goToExit', { number: 2 });
    const click = () => {
      if (page.running) setTimeout(click, 30);
      else document.querySelectorAll('#stations button')[i]?.click();
    };
    click();
  },
  tab: (name) => byId(`tab-${name}`).click(),
  buffer: () => {
    byId('tab-memory').click();
    byId('address').value = 'a1';
    byId('memory-form').requestSubmit();
  },
};

function connectDrop() {
  addEventListener('dragover', (event) => {
    event.preventDefault();
    byId('drop').hidden = false;
  });
  addEventListener('dragleave', (event) => { if (!event.relatedTarget) byId('drop').hidden = true; });
  addEventListener('drop', (event) => {
    event.preventDefault();
    byId('drop').hidden = true;
    open([...event.dataTransfer.files]);
  });
}

function startFromAddress() {
  const link = readLink(location.hash);
  if (page.recording) {
    startRecorded(link);
    return;
  }
  const guest = page.guests.get(link.guest) ?? page.guests.get(data.guests[0].name);
  if (link.filter) exits.filter = link.filter;
  start({ guest: guest.name, harts: link.harts ?? guest.harts ?? 1, seed: link.seed ?? guest.seed ?? 1, args: link.args ?? '', input: link.input }, link);
}

// The page of one run (make look) begins with it.
function startRecorded(link) {
  const text = new TextDecoder().decode(page.recording);
  const number = (word) => Number(new RegExp(`^${word} (\\d+)$`, 'm').exec(text)?.[1] ?? 1);
  start({ guest: data.guests[0].name, harts: number('vcpus'), seed: number('seed'), args: '', recording: page.recording }, link);
}

async function main() {
  connect();
  showLegend(lanes.axis);
  showHelp(data.version);
  const [wasm, worker, sources, numbers, literals] = await Promise.all([data.wasm, data.worker, data.sources, data.numbers, data.literals].map(unpack));
  const elfs = unpackFiles(numbers, literals, data.guests.map((guest) => guest.size));
  page.recording = data.recording ? await unpack(data.recording) : null;
  page.wasm = wasm;
  page.worker = new TextDecoder().decode(worker);
  source.addFiles(JSON.parse(new TextDecoder().decode(sources)));
  data.guests.forEach((guest, i) => {
    page.guests.set(guest.name, { ...guest, elf: elfs[i] });
    byId('guest').append(make('option', { value: guest.name }, guest.about ? `${guest.name} – ${guest.about}` : guest.name));
  });
  replace(byId('calls'), ...Object.keys(data.stations.handlers).map((name) => make('option', { value: name })));
  startFromAddress();
}

main();
