// SPDX-License-Identifier: MIT
// The five stations of a VM exit: from the guest's source to the VMM's answer, each with its line.
import { byId, make, replace } from './dom.js';

const FLOORS = ['1 guest', '2 abi', '3 back end', '4 core', '5 service'];

// Returns what each station does for an exit: [text, path, line].
function stops(exit, table, find) {
  const guest = exit.author ?? exit.at;
  const first = [guest.function ?? guest.pc, find(guest), guest.line];
  if (exit.kind === 'hypercall') {
    const answer = exit.handled ? exit.text.slice(exit.text.lastIndexOf(')') + 1).replace(/^ = /, '') : '';
    return [
      first,
      [`${exit.name} → ecall`, ...(table.rows[exit.name] ?? table.trap)],
      ['decode_hypercall', ...table.decode],
      ['hypercall_dispatch', ...table.dispatch],
      table.handlers[exit.name] ? [`handle_${exit.name.replace('.', '_')}${answer ? ` = ${answer}` : ''}`, ...table.handlers[exit.name]]
        : ['no handler: not supported', ...table.dispatch],
    ];
  }
  if (exit.kind === 'halt') {
    return [first, ['wfi', null, 0], ['STOP_WFI', ...table.decode], ['handle_halt: waits', ...table.halt], null];
  }
  return [first, [exit.text, null, 0], ['a VM exit', ...table.decode], ['handle_exit', ...table.handle], null];
}

// on: { choose(path, line) }
export function showStations(seen, table, source, on) {
  const box = byId('stations');
  const exit = seen.current;
  if (!exit) {
    replace(box, make('li', { class: 'none' }, 'No exit yet. Press “exit ▶” to run to the first one.'));
    return;
  }
  const pending = seen.state.pending === exit.number;
  const items = stops(exit, table, (place) => source.find(place)).map((stop, i) => {
    if (!stop) return null;
    const [text, path, line] = stop;
    const button = make('button', { type: 'button', disabled: !path, 'aria-pressed': 'false', title: exit.text },
      make('span', { class: 'floor' }, FLOORS[i]), make('span', { class: 'does' }, text),
      make('span', { class: 'file' }, path ? `${path}:${line}` : ''));
    button.addEventListener('click', () => {
      for (const other of box.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
      on.choose(path, line);
    });
    return make('li', {}, button);
  }).filter(Boolean);
  const head = make('li', { class: `head k${exit.colour}` }, make('span', { class: 'number' },
    make('b', {}, `exit ${exit.number}`), make('span', { class: 'file' }, pending ? 'not handled yet' : exit.handled ? 'handled' : 'waits')));
  replace(box, head, ...items);
}
