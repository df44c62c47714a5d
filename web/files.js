// SPDX-License-Identifier: MIT
// Files that the user drops on the page or opens.

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const FILE_MOST = 64 << 20; // bytes

// Sorts files: an ELF, a recording, and sources by their names.
export async function readFiles(files) {
  const found = { elf: null, recording: null, sources: {} };
  for (const file of files.slice(0, 1000)) {
    if (file.size > FILE_MOST) continue;
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (ELF.every((byte, i) => bytes[i] === byte)) found.elf = { name: file.name, bytes };
    else if (new TextDecoder().decode(bytes.subarray(0, 19)) === 'labvisor recording ') found.recording = bytes;
    else found.sources[file.name] = new TextDecoder().decode(bytes);
  }
  return found;
}
