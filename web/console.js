// SPDX-License-Identifier: MIT
// The guest's console. What it writes after the present moment is pale; a click on a character goes to the exit
// that wrote it.
import { byId, make, replace, visible } from './dom.js';

export class Console {
  #box = byId('output');
  #pieces = []; // [text node, map, first byte]

  // on: { goToOutput(offset), input(bytes, ended) }
  constructor(on) {
    this.on = on;
    this.#box.addEventListener('click', (event) => this.#clicked(event));
    byId('typing').addEventListener('submit', (event) => {
      event.preventDefault();
      on.input(new TextEncoder().encode(`${byId('input').value}\n`), false);
      byId('input').value = '';
    });
    byId('eof').addEventListener('click', () => on.input(new Uint8Array(), true));
    byId('input').addEventListener('keydown', (event) => {
      if (event.ctrlKey && event.key === 'd') {
        event.preventDefault();
        on.input(new Uint8Array(), true);
      }
    });
  }

  show(seen) {
    const { bytes, from } = seen.output;
    const { state, current } = seen;
    const now = Math.max(0, Math.min(bytes.length, state.output - from));
    const pending = current && state.pending === current.number;
    const end = pending ? current.output : state.output;
    const mine = current && current.output > seen.before ? [seen.before - from, Math.min(end, current.output) - from] : [0, 0];
    const cuts = [...new Set([0, mine[0], mine[1], now, bytes.length].map((cut) => Math.max(0, Math.min(bytes.length, cut))))].sort((a, b) => a - b);
    const atEnd = this.#box.scrollTop + this.#box.clientHeight >= this.#box.scrollHeight - 4;
    const spans = [];
    this.#pieces = [];
    for (let i = 0; i + 1 < cuts.length; i++) {
      const { text, map } = visible(bytes.subarray(cuts[i], cuts[i + 1]));
      const node = document.createTextNode(text);
      const kinds = [cuts[i] >= now ? 'ahead' : '', cuts[i] >= mine[0] && cuts[i + 1] <= mine[1] ? 'mine' : ''];
      this.#pieces.push([node, map, from + cuts[i]]);
      spans.push(make('span', { class: kinds.join(' ').trim() }, node));
    }
    const left = state.head.output > state.head.kept && state.output > state.head.kept;
    replace(this.#box, from > 0 ? `… ${from} bytes before\n` : '', ...spans, left ? '\n… more is not kept' : '');
    this.#reveal(spans, state.position === state.head.position || (atEnd && seen.running));
    byId('typing').classList.toggle('wanted', state.head.asleep);
  }

  #reveal(spans, atEnd) {
    const mine = spans.find((span) => span.classList.contains('mine')) ?? spans.find((span) => span.classList.contains('ahead'));
    if (atEnd) {
      this.#box.scrollTop = this.#box.scrollHeight;
    } else if (mine) {
      const box = this.#box.getBoundingClientRect();
      const at = mine.getBoundingClientRect();
      if (at.top < box.top || at.top > box.bottom - 16) this.#box.scrollTop += at.top - box.top - box.height / 2;
    }
  }

  #clicked(event) {
    const place = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const range = place ? null : document.caretRangeFromPoint?.(event.clientX, event.clientY);
    const node = place?.offsetNode ?? range?.startContainer;
    const offset = place?.offset ?? range?.startOffset ?? 0;
    for (const [text, map, first] of this.#pieces) {
      if (text !== node || map.length === 0) continue;
      this.on.goToOutput(first + map[Math.min(offset, map.length - 1)]);
      return;
    }
  }
}
