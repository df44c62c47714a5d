// SPDX-License-Identifier: MIT
// Registers, memory and the page walk of the selected hart.
import { byId, make, replace } from './dom.js';

const BYTES = 192;
const ACROSS = 8;
const IRQS = [[1, 'software (IPI)'], [5, 'timer'], [9, 'external']];
const KINDS = { LEN: 6, GPA_LO: 3 }; // of arguments: enum arg_kind

export class Machine {
  #registers = new Map();
  #before = null; // the registers of the moment before
  #moment = -1;
  #bytes = '';
  #bytesAt = '';
  #chosen = null; // the address of the byte that was clicked
  memory = null; // { address, size }
  walk = null; // an address
  tab = 'registers';

  // on: { changed(), symbol(name), lastWrite(address, size), select(hart) }
  constructor(on) {
    this.on = on;
    byId('memory-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#goTo(byId('address').value, (address) => this.showMemory(address));
    });
    byId('walk-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#goTo(byId('walk-address').value, (address) => { this.walk = hex(address); on.changed(); });
    });
    byId('writer').addEventListener('click', () => {
      const address = this.#chosen ?? (this.memory ? BigInt(this.memory.address) : null);
      if (address !== null) on.lastWrite(hex(address), this.#chosenSize);
    });
    byId('bytes').addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      this.#chosen = BigInt(button.dataset.address);
      this.#chosenSize = 1;
      for (const other of byId('bytes').querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
    });
  }

  #chosenSize = 8;

  get view() {
    return {
      memory: this.tab === 'memory' ? this.memory : null,
      walk: this.tab === 'walk' ? this.walk : null,
      map: this.tab === 'memory',
    };
  }

  setTab(tab) {
    this.tab = tab;
    if (tab === 'memory' && !this.memory) this.memory = { address: '0x80200000', size: BYTES };
    if (tab === 'walk' && !this.walk) this.walk = this.#registers.get('pc') ?? '0x80200000';
    this.on.changed();
  }

  // Reads a number, a register or a symbol, and a sum of one with a number.
  async #goTo(text, then) {
    const [, name, offset] = /^\s*([^\s+]+)\s*(?:\+\s*(\w+))?\s*$/.exec(text) ?? [];
    if (!name) return;
    let address = null;
    this.#chosenSize = 8;
    if (/^(0x[0-9a-f]{1,16}|\d{1,19})$/i.test(name)) address = BigInt(name);
    else if (this.#registers.has(name)) address = BigInt(this.#registers.get(name));
    else {
      const symbol = await this.on.symbol(name);
      if (!symbol) return;
      address = BigInt(symbol.address);
      this.#chosenSize = Math.min(Math.max(symbol.size, 1), 4096);
    }
    if (/^(0x[0-9a-f]+|\d+)$/i.test(offset ?? '')) address += BigInt(offset);
    this.#chosen = address;
    then(BigInt.asUintN(64, address));
  }

  showMemory(address, size = BYTES) {
    this.memory = { address: hex(address - address % BigInt(ACROSS)), size };
    this.#chosen ??= address;
    this.on.changed();
  }

  show(seen) {
    const { state } = seen;
    if (state.position !== this.#moment) this.#before = new Map(this.#registers);
    this.#moment = state.position;
    this.#registers = new Map(state.registers);
    this.#harts(state);
    if (this.tab === 'registers') this.#showRegisters(state);
    if (this.tab === 'memory') this.#showBytes(seen);
    if (this.tab === 'walk' && seen.walk) showWalk(seen.walk);
  }

  #harts(state) {
    const box = byId('hart-buttons');
    if (state.harts.length === 1) {
      replace(box);
      return;
    }
    replace(box, 'hart ', ...state.harts.map((hart, i) => {
      const button = make('button', { type: 'button', 'aria-pressed': String(i === state.selected), 'aria-label': `hart ${i}`, title: `hart ${i}: ${hart.state}, at ${hart.at.function ?? hart.at.pc}` }, String(i));
      button.addEventListener('click', () => this.on.select(i));
      return button;
    }));
  }

  #showRegisters(state) {
    const hart = state.harts[state.selected];
    const reg = ([name, value]) => make('div', { class: this.#before?.has(name) && this.#before.get(name) !== value ? 'reg changed' : 'reg' },
      make('span', {}, name), make('span', {}, value));
    const named = (names) => state.registers.filter(([name]) => names(name));
    const isFloat = (name) => /^f(t|s|a)\d+$|^fcsr$|^frm$|^fflags$/.test(name);
    const isSystem = (name) => /^(sstatus|sie|sip|stvec|sscratch|sepc|scause|stval|satp|priv)$/.test(name);
    const irqs = IRQS.map(([bit, name]) => make('span', {}, make('b', {}, name), ' ',
      `${hart.sip >> bit & 1 ? 'pending' : 'not pending'}, ${hart.sie >> bit & 1 ? 'enabled' : 'masked'}`));
    replace(byId('registers'),
      make('div', { class: 'irq' }, make('span', {}, make('b', {}, `${hart.mode}-mode`), hart.enabled ? ', takes interrupts' : ', interrupts off'), ...irqs),
      make('div', { class: 'set' }, ...named((name) => !isFloat(name) && !isSystem(name)).map(reg)),
      make('div', { class: 'set' }, ...named(isSystem).map(reg)),
      make('div', { class: 'set' }, ...named(isFloat).map(reg)));
  }

  #showBytes(seen) {
    if (seen.map) showMap(seen.map, this.memory);
    if (!seen.memory) return;
    const { bytes, address } = seen.memory;
    const start = BigInt(address);
    const old = this.#bytesAt === address ? this.#bytes : bytes;
    const named = bufferOf(seen.current);
    const rows = [];
    for (let at = 0; at < bytes.length / 2; at += ACROSS) {
      const row = make('div', { class: 'row' }, make('span', {}, hex(start + BigInt(at))));
      const cells = make('span', {});
      let text = '';
      for (let i = at; i < at + ACROSS && i < bytes.length / 2; i++) {
        const byte = bytes.slice(2 * i, 2 * i + 2);
        const where = start + BigInt(i);
        const kinds = [named && where >= named.start && where < named.end ? 'named' : '', byte !== old.slice(2 * i, 2 * i + 2) ? 'changed' : ''];
        cells.append(make('button', { type: 'button', class: kinds.join(' ').trim(), tabIndex: i === 0 ? 0 : -1, data: { address: hex(where) }, 'aria-pressed': String(where === this.#chosen), title: hex(where) }, byte));
        const code = Number.parseInt(byte, 16);
        text += code >= 32 && code < 127 ? String.fromCharCode(code) : '·';
      }
      row.append(cells, make('span', {}, text));
      rows.push(row);
    }
    replace(byId('bytes'), ...rows);
    if (!seen.running) {
      this.#bytes = bytes;
      this.#bytesAt = address;
    }
  }
}

function hex(number) {
  return `0x${BigInt.asUintN(64, number).toString(16)}`;
}

// Returns the memory that a hypercall names, or null.
function bufferOf(exit) {
  const length = exit?.args.find(([, , kind]) => kind === KINDS.LEN);
  const address = exit?.args.find(([, , kind]) => kind === KINDS.GPA_LO);
  if (!length || !address) return null;
  return { start: BigInt(address[1]), end: BigInt(address[1]) + BigInt(length[1]) };
}

function showMap(map, memory) {
  const base = BigInt(map.base);
  const share = (number) => `${(100 * Number(number) / map.size).toFixed(3)}%`;
  const part = (kind, start, size, title) => {
    const element = make('i', { class: kind, title });
    element.style.left = share(start - base);
    element.style.width = share(size);
    return element;
  };
  const parts = [];
  for (let i = 0; i < map.used.length;) {
    const used = map.used[i];
    let end = i;
    while (end < map.used.length && map.used[end] === used) end++;
    if (used === '1') parts.push(part('used', base + BigInt(i) * 65536n, (end - i) * 65536, 'written'));
    i = end;
  }
  for (const segment of map.segments) parts.push(part(segment.rights[2] === 'x' ? 'code' : 'data', BigInt(segment.start), segment.size, `image, ${segment.rights}`));
  for (let at = BigInt(map.stacks); at < base + BigInt(map.size); at += BigInt(map.stride)) {
    parts.push(part('guard', at, map.stride - map.stack, 'guard pages'), part('stack', at + BigInt(map.stride - map.stack), map.stack, 'a stack'));
  }
  if (memory) parts.push(part('at', BigInt(memory.address), 0, 'shown below'));
  const key = (text, colour) => {
    const element = make('span', {}, text);
    element.style.setProperty('--mark', `var(--${colour})`);
    return element;
  };
  replace(byId('map'), make('div', { class: 'ram', role: 'img', 'aria-label': 'Map of the RAM' }, ...parts),
    make('div', { class: 'ram-key' }, `RAM, ${map.size / 1048576} MiB from ${map.base}:`, key('code', 'c1'), key('data', 'c5'), key('stacks', 'c3'), key('guard pages', 'c6'), key('written', 'ran')));
}

function showWalk(walk) {
  const box = byId('picture');
  if (walk.levels === 0) {
    replace(box, make('p', {}, 'Paging is off: satp is 0, so each address is a physical one.'));
    return;
  }
  const address = BigInt(walk.address);
  const bits = (from, size) => (address >> BigInt(from) & (1n << BigInt(size)) - 1n).toString(2).padStart(size, '0');
  const fields = walk.steps.map((step) => make('span', { class: `v${step.level}` }, bits(12 + 9 * step.level, 9), make('small', {}, `index ${step.level} = ${step.index}`)));
  for (let level = walk.levels - walk.steps.length - 1; level >= 0; level--) fields.push(make('span', { class: `v${level}` }, bits(12 + 9 * level, 9), make('small', {}, 'not used')));
  const levels = walk.steps.map((step) => {
    const bad = step.outside || !step.present;
    const head = make('div', { class: 'head' }, make('b', { class: `v${step.level}` }, `level ${step.level}`), `table at ${step.table}, entry ${step.index}`);
    const what = step.outside ? 'the table lies outside RAM' : step.present ? `${step.leaf ? 'page' : 'table'} ${step.to}` : 'not valid: a page fault';
    return make('div', { class: bad ? 'level bad' : 'level' }, head,
      make('div', {}, step.entry ? `${step.entry}  ` : '', make('b', {}, what), make('span', { class: 'right' }, step.present ? `  ${step.rights}` : '')));
  });
  replace(box, make('div', { class: 'address', 'aria-label': `Bits of ${walk.address}` }, ...fields, make('span', { class: 'vo' }, bits(0, 12), make('small', {}, 'offset'))),
    ...levels, make('p', {}, walk.mapped ? `${walk.address} is the physical address ${walk.gpa}.` : `${walk.address} is not mapped.`));
}
