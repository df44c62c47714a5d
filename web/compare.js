// SPDX-License-Identifier: MIT
// Two runs that differ in their seed: where do they part?
import { byId, make, replace } from './dom.js';

const AT_A_TIME = 400;
const COMPARED = 40000; // exits that are compared

function differs(a, b) {
  return a.hart !== b.hart || a.text !== b.text || a.insns !== b.insns || a.at.pc !== b.at.pc;
}

// Returns the first exit that differs: { number, a, b }; null: none does; a or b is missing: one run has ended.
export async function firstDifference(sessions) {
  for (let from = 1; from < COMPARED; from += AT_A_TIME) {
    const [as, bs] = await Promise.all(sessions.map((session) => session.ask('exits', { from, count: AT_A_TIME, filter: '' })));
    for (let i = 0; i < Math.max(as.length, bs.length); i++) {
      if (!as[i] || !bs[i] || differs(as[i], bs[i])) return { number: from + i, a: as[i], b: bs[i] };
    }
    if (as.length < AT_A_TIME) return null;
  }
  return null;
}

export function showParting(parting, seeds, go) {
  const box = byId('parting');
  box.hidden = false;
  if (!parting) {
    replace(box, `Seeds ${seeds[0]} and ${seeds[1]} make the same exits.`);
    return;
  }
  const button = make('button', { type: 'button', id: 'parting-go' }, `exit ${parting.number}`);
  button.addEventListener('click', () => go(parting.number));
  const words = (exit) => (exit ? `hart ${exit.hart}: ${exit.text} after ${exit.insns} instructions` : 'has ended');
  replace(box, `Seeds ${seeds[0]} and ${seeds[1]} part at `, button, ` — seed ${seeds[0]}: ${words(parting.a)}; seed ${seeds[1]}: ${words(parting.b)}.`);
}
