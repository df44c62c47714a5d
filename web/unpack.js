// SPDX-License-Identifier: MIT
// Unpacks what tools/page.py has packed.

export async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
}

// Returns the files of tools/page_pack.py's format, whose sizes are known.
export function unpackFiles(numbers, literals, sizes) {
  const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  let literal = 0;
  let next = 0;
  const take = () => {
    let value = 0;
    let shift = 0;
    do value += (numbers[next] & 127) * 2 ** shift, shift += 7; while (numbers[next++] & 128);
    return value;
  };
  return sizes.map((size) => {
    const start = at;
    for (;;) {
      const length = take();
      all.set(literals.subarray(literal, literal + length), at);
      literal += length;
      at += length;
      const copied = take();
      if (copied === 0) return all.subarray(start, start + size);
      const from = take();
      all.copyWithin(at, from, from + copied);
      at += copied;
    }
  });
}
