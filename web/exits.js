// SPDX-License-Identifier: MIT
// The list of exits. Only the rows in sight are elements.
import { byId, count, make, replace, ticks } from './dom.js';

const ROW = 40; // pixels
const ROWS = 60; // asked for at a time
const TALLEST = 8e6; // pixels: browsers draw nothing below about twice that

export function placeName(place) {
  if (!place) return '';
  const name = place.function ?? place.pc;
  return place.line ? `${name} (${place.file.split('/').pop()}:${place.line})` : name;
}

export class Exits {
  #list = byId('list');
  #filter = byId('filter');
  #rows = [];
  #firstAsked = 1;
  #total = 0;
  #current = 0;
  #shownCurrent = -1;
  #selfScroll = false;

  // on: { changed(), go(number), step(back) }
  constructor(on) {
    this.on = on;
    this.#list.addEventListener('scroll', () => this.#scrolled());
    this.#list.addEventListener('click', (event) => {
      const row = event.target.closest('.row');
      if (row) on.go(Number(row.dataset.number));
    });
    this.#list.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
      event.preventDefault();
      event.stopPropagation();
      on.step(event.key === 'ArrowUp');
    });
    new ResizeObserver(() => {
      this.#shownCurrent = -1;
      on.changed();
    }).observe(this.#list);
    this.#filter.addEventListener('input', () => {
      this.#firstAsked = 1;
      this.#list.scrollTop = 0;
      on.changed();
    });
  }

  get filter() { return this.#filter.value.trim(); }
  set filter(text) { this.#filter.value = text; }
  get first() { return this.#firstAsked; }
  get rows() { return ROWS; }

  #pitch() { return this.#total * ROW > TALLEST ? TALLEST / this.#total : ROW; }

  #scrolled() {
    if (this.filter) return; // the list of a filter begins at its first exit, or at the present one
    const first = Math.max(1, Math.floor(this.#list.scrollTop / this.#pitch()) - 5);
    if (Math.abs(first - this.#firstAsked) < 15 && this.#firstAsked <= first + 5) {
      this.#place();
      return;
    }
    this.#firstAsked = first;
    this.on.changed();
  }

  show(seen) {
    const { state } = seen;
    this.#rows = seen.list;
    this.#total = seen.total;
    this.#current = seen.current?.number ?? 0;
    const more = state.head.exits < state.exits ? ', more are not kept' : '';
    byId('exits-count').textContent = `${count(seen.total)}${this.filter ? ` of ${count(state.head.exits)}` : ''}${more}`;
    if (this.#current !== this.#shownCurrent) this.#reveal(state);
    this.#place(state);
  }

  // Scrolls to the present exit, when the run has moved.
  #reveal() {
    this.#shownCurrent = this.#current;
    if (this.filter) {
      const inSight = this.#rows.some((row) => row.number === this.#current);
      if (!inSight && this.#current > 0 && (this.#rows.length === 0 || this.#current < this.#rows[0].number || this.#rows.length === ROWS)) {
        this.#firstAsked = Math.max(1, this.#current);
        this.on.changed();
      }
      return;
    }
    const top = (this.#current - 1) * this.#pitch();
    const height = this.#list.clientHeight;
    if (top >= this.#list.scrollTop && top + ROW <= this.#list.scrollTop + height) return;
    this.#resize();
    this.#list.scrollTop = Math.max(0, top - height / 3);
    this.#scrolled();
  }

  #resize() {
    const height = this.filter ? this.#rows.length * ROW : this.#total * this.#pitch();
    let spacer = this.#list.querySelector('.spacer');
    if (!spacer) {
      spacer = make('div', { class: 'spacer', role: 'presentation' });
      this.#list.append(spacer);
    }
    spacer.style.height = `${height}px`;
  }

  #place() {
    const squeezed = this.#pitch() < ROW;
    const base = squeezed ? this.#list.scrollTop : 0;
    const start = squeezed ? Math.max(0, Math.floor(this.#list.scrollTop / this.#pitch()) + 1 - this.#firstAsked) : 0;
    const elements = this.#rows.slice(start).map((row, i) => {
      const top = this.filter ? i * ROW : squeezed ? base + i * ROW : (row.number - 1) * ROW;
      return this.#row(row, top);
    });
    const spacer = this.#list.querySelector('.spacer');
    replace(this.#list, ...(spacer ? [spacer] : []), ...elements);
    if (this.#rows.length === 0) this.#list.append(make('div', { class: 'nothing' }, 'no exit yet'));
    this.#resize();
    const selected = this.#list.querySelector('[aria-selected="true"]');
    if (selected) this.#list.setAttribute('aria-activedescendant', selected.id);
  }

  #row(row, top) {
    const open = row.text.indexOf('(');
    const name = open > 0 ? row.text.slice(0, open) : row.text;
    const rest = open > 0 ? row.text.slice(open) : '';
    const slept = row.until > row.time ? `, slept ${ticks(row.until - row.time)}` : '';
    const author = row.author && row.author.pc !== row.at.pc ? `${placeName(row.author)} ← ` : '';
    const element = make('div', {
      class: `row k${row.colour}${row.number > this.#current ? ' ahead' : ''}`, id: `exit-${row.number}`, role: 'option',
      'aria-selected': String(row.number === this.#current), data: { number: row.number }, title: row.text,
    }, make('div', { class: 'what' }, `${row.number} `, make('b', {}, name), rest),
    make('div', { class: 'where' }, `hart ${row.hart} · ${ticks(row.time)}${slept} · ${author}${placeName(row.at)}`));
    element.style.top = `${top}px`;
    return element;
  }
}
