// SPDX-License-Identifier: MIT
// The guided tour: from printf to the VMM and back, in the page itself.
import { byId, make, replace } from './dom.js';

// Each step: what it says, what it looks at, and what it does. do: of { order, station, tab, load }.
const STEPS = [
  ['The guest hello is one printf. It has run to its end. The blue lane is its hart, and each mark on it is a VM exit: the guest needed something from outside.', '#time', (go) => go.load('#guest=hello')],
  ['There are three. Get the arguments, write to the console, exit. However long the printf, the runtime makes one exit of it.', '#exits', () => {}],
  ['Here is the second. The machine has gone back to it: the exit is made, and the VMM has not handled it yet. So the console is still empty, and what will be written is pale.', '#console', (go) => go.order('goToExit', { number: 2 })],
  ['First station, the guest: main called printf. The call chain above the source leads from there to the instruction ecall.', '#code', (go) => go.station(0)],
  ['Second, the contract: a row of one table names the call, its number and its arguments. The guest’s stub and the VMM’s dispatch are both made from it.', '#code', (go) => go.station(1)],
  ['Registers: a7 has the extension’s number, a6 the function’s, a0 and a1 the length and the address of the text.', '#machine', (go) => go.tab('registers')],
  ['That address is one of memory. The bytes that the call names are marked: this is the text.', '#machine', (go) => go.buffer()],
  ['Third, the back end: it takes the numbers from the registers. Nothing above it knows which machine this is.', '#code', (go) => go.station(2)],
  ['Fourth, the core: it finds the row, sets the result to “failed”, and calls the handler.', '#code', (go) => go.station(3)],
  ['Fifth, the service: it checks that the buffer lies in RAM, and writes it to the console. What the guest wrote is checked once, and never trusted.', '#code', (go) => go.station(4)],
  ['One step on: the VMM has answered. a0 is 0, success; a1 is the number of bytes; the text is on the console. The guest goes on after the ecall.', '#machine', (go) => { go.tab('registers'); go.order('step', { back: false }); }],
  ['And back again, with the same key: the run repeats exactly. Everything here works in both directions. Now drag the timeline, or take another guest.', '#time', (go) => go.order('step', { back: true })],
];

let at = 0;

function showStep(go) {
  const [text, selector, act] = STEPS[at];
  for (const other of document.querySelectorAll('.toured')) other.classList.remove('toured');
  document.querySelector(selector).classList.add('toured');
  byId('tour-text').textContent = text;
  byId('tour-count').textContent = `${at + 1} of ${STEPS.length}`;
  byId('tour-back').disabled = at === 0;
  byId('tour-next').textContent = at + 1 < STEPS.length ? 'Next' : 'Done';
  act(go);
}

function endTour() {
  byId('tour-box').hidden = true;
  for (const other of document.querySelectorAll('.toured')) other.classList.remove('toured');
}

// go: what the steps may do.
export function connectTour(go) {
  const next = make('button', { type: 'button', id: 'tour-next', class: 'main' }, 'Next');
  const back = make('button', { type: 'button', id: 'tour-back' }, 'Back');
  const close = make('button', { type: 'button', id: 'tour-close' }, 'Close');
  replace(byId('tour-box'), make('p', { id: 'tour-text' }), make('div', { class: 'buttons' }, back, next, close, make('span', { id: 'tour-count' })));
  next.addEventListener('click', () => {
    if (at + 1 === STEPS.length) {
      endTour();
      return;
    }
    at++;
    showStep(go);
  });
  back.addEventListener('click', () => {
    at--;
    showStep(go);
  });
  close.addEventListener('click', endTour);
  byId('tour').addEventListener('click', () => {
    at = 0;
    byId('tour-box').hidden = false;
    showStep(go);
    next.focus();
  });
}
