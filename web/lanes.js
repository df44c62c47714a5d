// SPDX-License-Identifier: MIT
// The timeline: a lane for each hart. It is drawn from columns that the VMM has counted, so a million
// exits cost no more than three.
import { byId, count, make, replace, ticks } from './dom.js';

const LANE = 30; // pixels
const RULER = 18;
export const COLOURS = ['', 'console', 'time and sleep', 'harts', 'system', 'device', 'death'];

export class Lanes {
  #canvas = byId('lanes');
  #seen = null;
  #extent = 1;
  #dragged = null;
  axis = 'insns';
  from = 0;
  to = 0; // 0: as far as the run goes

  // on: { scrub(value), changed() }
  constructor(on) {
    this.on = on;
    this.#canvas.addEventListener('pointerdown', (event) => this.#down(event));
    this.#canvas.addEventListener('pointermove', (event) => this.#move(event));
    this.#canvas.addEventListener('pointerup', () => { this.#dragged = null; });
    this.#canvas.addEventListener('pointercancel', () => { this.#dragged = null; });
    this.#canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    new ResizeObserver(() => on.changed()).observe(this.#canvas.parentElement);
  }

  get columns() { return Math.max(100, Math.round(this.#canvas.clientWidth * Math.min(devicePixelRatio, 2))); }
  get #end() { return this.to || this.#extent * 1.02; }

  view() { return { axis: this.axis, from: this.from, to: this.#end, columns: this.columns }; }
  perColumn() { return (this.#end - this.from) / this.columns; }

  setAxis(axis) {
    this.axis = axis;
    this.zoomAll();
  }

  zoomAll() {
    this.from = 0;
    this.to = 0;
    this.on.changed();
  }

  zoom(factor, at = this.#now()) {
    const from = Math.max(0, at - (at - this.from) / factor);
    const to = at + (this.#end - at) / factor;
    if (to - from < 8) return;
    this.from = from;
    this.to = to;
    if (from === 0 && to > this.#extent) this.to = 0;
    this.on.changed();
  }

  pan(share) {
    const width = this.#end - this.from;
    this.from = Math.max(0, Math.min(this.from + share * width, this.#extent - width / 10));
    this.to = this.from + width;
    this.on.changed();
  }

  // Keeps the present moment in sight.
  follow() {
    const now = this.#now();
    if (this.to === 0 || (now >= this.from && now <= this.to)) return;
    const width = this.to - this.from;
    this.from = Math.max(0, now - width / 2);
    this.to = this.from + width;
    this.on.changed();
  }

  #now() {
    if (!this.#seen) return 0;
    return this.axis === 'time' ? this.#seen.state.time : this.#seen.state.insns;
  }

  #valueAt(event) {
    const box = this.#canvas.getBoundingClientRect();
    return this.from + (event.clientX - box.left) / box.width * (this.#end - this.from);
  }

  #down(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    this.#dragged = event.shiftKey ? { x: event.clientX, from: this.from, to: this.#end } : 'scrub';
    if (this.#dragged === 'scrub') this.on.scrub(Math.max(0, this.#valueAt(event)));
  }

  #move(event) {
    if (this.#dragged === 'scrub') this.on.scrub(Math.max(0, this.#valueAt(event)));
    else if (this.#dragged) {
      const { x, from, to } = this.#dragged;
      this.from = Math.max(0, from - (event.clientX - x) / this.#canvas.clientWidth * (to - from));
      this.to = this.from + (to - from);
      this.on.changed();
    }
  }

  #wheel(event) {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan(event.deltaX / 1000);
    else this.zoom(Math.exp(-event.deltaY / 400), this.#valueAt(event));
  }

  show(seen, other) {
    const { state } = seen;
    const extent = this.axis === 'time' ? state.head.time : Math.ceil(state.head.position / 2);
    this.#seen = seen;
    if (extent !== this.#extent) {
      this.#extent = Math.max(1, extent);
      if (this.to === 0) this.on.changed();
    }
    this.#names(state.harts, other);
    this.#draw(seen, other);
    this.#describe(state);
  }

  #names(harts, other) {
    const names = harts.map((hart, i) => make('div', { class: 'lane-name' },
      make('b', {}, `hart ${i}`), make('span', { class: 'state' }, hart.state)));
    if (other) other.state.harts.forEach((_, i) => names.push(make('div', { class: 'lane-name' }, make('b', {}, `hart ${i}`), make('span', { class: 'state' }, `seed ${other.seed}`))));
    replace(byId('names'), ...names, make('div', { class: 'lane-name' }));
  }

  #describe(state) {
    this.#canvas.setAttribute('aria-valuemax', String(state.head.position));
    this.#canvas.setAttribute('aria-valuenow', String(state.position));
    this.#canvas.setAttribute('aria-valuetext', `instruction ${count(state.insns)}, ${ticks(state.time)}, after ${count(state.exits)} exits`);
  }

  #draw(seen, other) {
    const canvas = this.#canvas;
    const harts = seen.state.harts.length + (other ? other.state.harts.length : 0);
    const ratio = Math.min(devicePixelRatio, 2);
    const height = harts * LANE + RULER;
    canvas.style.height = `${height}px`;
    canvas.width = this.columns;
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext('2d');
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`);
    context.scale(1, ratio);
    context.fillStyle = colour('card');
    context.fillRect(0, 0, canvas.width, height);
    seen.state.harts.forEach((_, i) => this.#lane(context, seen, i, i * LANE, colour));
    if (other) other.state.harts.forEach((_, i) => this.#lane(context, other, i, (seen.state.harts.length + i) * LANE, colour));
    this.#ruler(context, height, colour);
    this.#cursor(context, height, colour);
  }

  #lane(context, seen, hart, top, colour) {
    const { lanes, lanesView } = seen;
    const { columns } = lanesView;
    const scale = lanesView.columns === this.columns ? 1 : this.columns / lanesView.columns;
    context.fillStyle = colour('paper');
    context.fillRect(0, top + 5, this.columns, LANE - 8);
    for (let i = 0; i < columns; i++) {
      const at = (hart * columns + i) * 4;
      const [ran, slept, kind, exits] = [lanes[at], lanes[at + 1], lanes[at + 2], lanes[at + 3]];
      const x = i * scale;
      if (slept) {
        context.globalAlpha = 0.35 + 0.65 * slept / 255;
        context.fillStyle = colour('slept');
        context.fillRect(x, top + 12, scale, LANE - 22);
      }
      if (ran) {
        context.globalAlpha = 0.3 + 0.7 * ran / 255;
        context.fillStyle = colour('ran');
        context.fillRect(x, top + 9, scale, LANE - 16);
      }
      context.globalAlpha = 1;
      if (kind) {
        const more = Math.min(3, Math.log2(exits + 1));
        context.fillStyle = colour(`c${kind}`);
        context.fillRect(x - 0.5, top + 5 - more / 2, Math.max(2, scale), LANE - 8 + more);
      }
    }
  }

  #ruler(context, height, colour) {
    const span = this.#end - this.from;
    const rough = span / 8;
    const unit = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
    const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= rough) ?? unit * 10;
    const ratio = Math.min(devicePixelRatio, 2);
    context.fillStyle = colour('dim');
    context.save();
    context.scale(ratio, 1);
    context.font = '11px system-ui, sans-serif';
    for (let value = Math.ceil(this.from / step) * step; value <= this.#end; value += step) {
      const x = (value - this.from) / span * this.columns / ratio;
      const label = this.axis === 'time' ? ticks(value) : count(value);
      if (x + context.measureText(label).width + 4 > this.columns / ratio) break;
      context.fillRect(x, height - RULER, 1, 4);
      context.fillText(label, x + 3, height - 4);
    }
    context.restore();
  }

  #cursor(context, height, colour) {
    const x = (this.#now() - this.from) / (this.#end - this.from) * this.columns;
    context.fillStyle = colour('now');
    context.fillRect(Math.round(x) - 1, 0, 2, height - RULER + 3);
    context.beginPath();
    context.moveTo(x - 6, 0);
    context.lineTo(x + 6, 0);
    context.lineTo(x, 7);
    context.fill();
  }
}

export function showLegend(axis) {
  const entries = [make('li', { class: 'ran' }, 'the hart runs'), make('li', { class: 'slept' }, 'it sleeps')];
  for (let i = 1; i < COLOURS.length; i++) entries.push(make('li', { class: `k${i}` }, COLOURS[i]));
  replace(byId('legend'), ...entries);
  byId('axis').textContent = axis === 'time' ? "by the guest's time" : 'by instructions';
}
