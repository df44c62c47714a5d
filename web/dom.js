// SPDX-License-Identifier: MIT
// Small helpers for the page's elements. A text is always a text node: a guest's bytes are never markup.

export function byId(id) {
  return document.getElementById(id);
}

// Makes an element. properties: of the element, but `class`, `data` and aria- and role are attributes.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class') element.className = value;
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name.startsWith('aria-') || name === 'role' || name === 'for') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export function replace(element, ...children) {
  element.replaceChildren(...children);
}

let noteTimer = 0;

export function note(text) {
  const box = byId('note');
  box.textContent = text;
  box.hidden = false;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { box.hidden = true; }, 4000);
}

const thousands = new Intl.NumberFormat('en');

export function count(number) {
  return thousands.format(number);
}

// A time of the guest's clock, in words. Its frequency is 10 MHz.
export function ticks(number) {
  const us = number / 10;
  if (us < 1000) return `${us.toFixed(1)} µs`;
  if (us < 1e6) return `${(us / 1000).toFixed(3)} ms`;
  return `${(us / 1e6).toFixed(3)} s`;
}

// Text of bytes with what a terminal would obey made visible. map[i] is the byte of the i-th character.
export function visible(bytes) {
  const decoder = new TextDecoder();
  let text = '';
  const map = [];
  for (let at = 0; at < bytes.length;) {
    const size = sizeOfCharacter(bytes, at);
    const characters = character(bytes, at, size, decoder);
    for (let i = 0; i < characters.length; i++) map.push(at);
    text += characters;
    at += size;
  }
  return { text, map };
}

function sizeOfCharacter(bytes, at) {
  const first = bytes[at];
  const size = first < 0x80 ? 1 : first >> 5 === 6 ? 2 : first >> 4 === 14 ? 3 : first >> 3 === 30 ? 4 : 1;
  for (let i = 1; i < size; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 1;
  return size;
}

function character(bytes, at, size, decoder) {
  const code = bytes[at];
  if (code === 10 || code === 9) return String.fromCharCode(code);
  if (code === 13) return bytes[at + 1] === 10 ? '' : '\u240d';
  if (code < 32) return String.fromCharCode(0x2400 + code);
  if (code === 127) return '\u2421';
  return size === 1 && code < 0x80 ? String.fromCharCode(code) : decoder.decode(bytes.subarray(at, at + size));
}
