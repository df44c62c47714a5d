// SPDX-License-Identifier: MIT
// The address of a moment: #guest=lost&harts=4&seed=3&exit=9. docs/page.md lists the words.

const NUMBERS = { harts: [1, 8], seed: [0, Number.MAX_SAFE_INTEGER], exit: [0, Number.MAX_SAFE_INTEGER], at: [0, Number.MAX_SAFE_INTEGER] };

// Returns what an address asks for. A number that is none is left out.
export function readLink(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const link = {};
  for (const name of ['guest', 'args', 'input', 'filter']) if (words.has(name)) link[name] = words.get(name).slice(0, 4096);
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    const value = words.get(name);
    if (value !== null && /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) link[name] = Number(value);
  }
  link.compare = words.has('compare');
  link.end = words.has('end');
  return link;
}

export function writeLink(link) {
  const words = new URLSearchParams();
  words.set('guest', link.guest);
  words.set('harts', link.harts);
  words.set('seed', link.seed);
  if (link.args) words.set('args', link.args);
  if (link.input) words.set('input', link.input);
  if (link.exit) words.set('exit', link.exit);
  else if (link.at) words.set('at', link.at);
  return `#${words}`;
}
