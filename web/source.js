// SPDX-License-Identifier: MIT
// The source, with the line where the hart is; the call chain; the instructions.
import { byId, make, replace } from './dom.js';

const WORDS = new Set(('auto break case char const continue default do double else enum extern float for goto if inline int long '
  + 'register return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false NULL '
  + 'uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t size_t uintptr_t').split(' '));
const TOKEN = /\/\/.*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\b0x[0-9a-fA-F]+\w*|\b\d[\w.]*|[A-Za-z_]\w*|#\s*\w+/g;

// Splits a C text into lines of pieces [class, text]. A comment may go over lines.
export function colourSource(text) {
  const lines = [[]];
  const put = (kind, piece) => piece.split('\n').forEach((part, i) => {
    if (i > 0) lines.push([]);
    if (part) lines.at(-1).push([kind, part]);
  });
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    put('', text.slice(at, match.index));
    put(kindOf(match[0]), match[0]);
    at = match.index + match[0].length;
  }
  put('', text.slice(at));
  return lines;
}

function kindOf(token) {
  if (token.startsWith('/*') || token.startsWith('//')) return 'co';
  if (token[0] === '"' || token[0] === "'") return 'st';
  if (token[0] === '#' || WORDS.has(token)) return 'kw';
  return /^\d/.test(token) ? 'nu' : '';
}

export class Source {
  #box = byId('source');
  #chain = byId('chain');
  #files = {}; // by path: text
  #coloured = new Map();
  #shown = null; // path in the box
  #forced = null; // a place that was chosen: of a station, or of the chain
  #moment = -1;
  #stops = new Map(); // breakpoints: "path:line" to address

  // on: { breakpoint(path, line) }
  constructor(on) {
    this.on = on;
    this.#box.addEventListener('click', (event) => {
      const number = event.target.closest('.number');
      if (number) on.breakpoint(this.#shown, Number(number.textContent));
    });
  }

  addFiles(files) { Object.assign(this.#files, files); }
  has(path) { return path in this.#files; }

  // Returns the path of a file as the page has it, for one that an image names; or null.
  find(place) {
    if (!place?.file) return null;
    const full = (place.folder ? `${place.folder}/${place.file}` : place.file).replace(/^\.\//, '').replace(/\/\.\//g, '/');
    if (this.has(full)) return full;
    const parts = full.split('/');
    while (parts.length > 1) {
      parts.shift();
      if (this.has(parts.join('/'))) return parts.join('/');
    }
    const name = full.split('/').pop();
    return Object.keys(this.#files).find((path) => path === name || path.endsWith(`/${name}`)) ?? null;
  }

  setStop(path, line, address) {
    if (address) this.#stops.set(`${path}:${line}`, address);
    else this.#stops.delete(`${path}:${line}`);
    this.#mark();
  }
  stopAt(path, line) { return this.#stops.get(`${path}:${line}`); }
  forgetStops() { this.#stops.clear(); }
  get stops() { return [...this.#stops.values()]; }

  choose(path, line) {
    this.#forced = { path, line };
    this.#open(path, line);
  }

  show(seen) {
    const { state } = seen;
    if (state.position !== this.#moment) this.#forced = null;
    this.#moment = state.position;
    const frames = [state.harts[state.selected].at, ...state.callers];
    const author = frames.find((frame) => frame.owner === 'author') ?? frames.find((frame) => frame.file) ?? frames[0];
    this.#showChain(frames, author);
    this.#instructions(state);
    if (this.#forced) return;
    const path = this.find(author);
    if (path) this.#open(path, author.line);
    else this.#nothing(author);
  }

  #showChain(frames, author) {
    const chosen = this.#forced;
    const buttons = [];
    for (const frame of [...frames].reverse()) {
      const path = this.find(frame);
      const isChosen = chosen ? chosen.path === path && chosen.line === frame.line : frame === author;
      const button = make('button', { type: 'button', title: frame.line ? `${frame.file}:${frame.line}` : frame.pc, disabled: !path, 'aria-pressed': String(isChosen) }, frame.function ?? frame.pc);
      button.addEventListener('click', () => {
        this.choose(path, frame.line);
        for (const other of this.#chain.children) other.setAttribute('aria-pressed', String(other === button));
      });
      buttons.push(button);
    }
    replace(this.#chain, ...buttons);
  }

  #nothing(place) {
    this.#shown = null;
    replace(this.#box, make('div', { class: 'name' }, place.file
      ? `${place.file}:${place.line}: drop this file on the page to see it here` : `no source is known for ${place.pc}`));
  }

  #open(path, line) {
    if (this.#shown !== path) {
      if (!this.#coloured.has(path)) this.#coloured.set(path, colourSource(this.#files[path]));
      const text = make('div', { class: 'text' });
      this.#coloured.get(path).forEach((pieces, i) => {
        text.append(make('button', { class: 'number', type: 'button', tabIndex: -1, title: 'Stop here, or not' }, String(i + 1)),
          make('span', { class: 'code' }, ...pieces.map(([kind, piece]) => (kind ? make('span', { class: kind }, piece) : piece))));
      });
      replace(this.#box, make('div', { class: 'name' }, path), text);
      this.#shown = path;
    }
    this.#line = line;
    this.#mark();
    const here = this.#box.querySelector('.code.here');
    if (here) {
      const box = this.#box.getBoundingClientRect();
      const at = here.getBoundingClientRect();
      if (at.top < box.top + 30 || at.bottom > box.bottom - 20) this.#box.scrollTop += at.top - box.top - box.height / 2.6;
    }
  }

  #line = 0;

  #mark() {
    this.#box.querySelectorAll('.number').forEach((number, i) => {
      const here = i + 1 === this.#line;
      number.classList.toggle('here', here);
      number.classList.toggle('stop', this.#stops.has(`${this.#shown}:${i + 1}`));
      number.nextSibling.classList.toggle('here', here);
    });
  }

  #instructions(state) {
    const box = byId('instructions');
    const { pc } = state.harts[state.selected].at;
    replace(box, ...state.instructions.map((insn) => {
      const { at } = insn;
      const row = make('div', { class: at.pc === pc ? 'row here' : 'row' }, make('span', {}, at.function ? `${at.function}+${at.offset}` : at.pc),
        make('span', { class: 'bits' }, insn.bits), make('span', {}, insn.text),
        make('span', { class: 'line' }, at.line ? `${at.file.split('/').pop()}:${at.line}` : ''));
      row.title = at.pc;
      return row;
    }));
  }
}
