/** An archive of text files with their modes, as `tar -x` takes it. Source: POSIX.1-1988, ustar. */

export interface ArchivedFile {
  path: string;
  /** Octal digits, for example 0600. */
  mode: string;
  text: string;
}

const BLOCK = 512;
const CHECKSUM_AT = 148;

/** Builds an archive; paths have at most 100 characters. */
export function tar(files: readonly ArchivedFile[], modified: number): Uint8Array<ArrayBuffer> {
  const parts = files.flatMap((file) => {
    const content = new TextEncoder().encode(file.text);
    const padded = new Uint8Array(Math.ceil(content.length / BLOCK) * BLOCK);
    padded.set(content);
    return [header(file, content.length, modified), padded];
  });
  // Two empty blocks end an archive.
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0) + 2 * BLOCK);
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

function header(file: ArchivedFile, size: number, modified: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const write = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  write(0, file.path);
  write(100, `${file.mode.padStart(7, "0")}\0`);
  write(108, octal(0, 8));
  write(116, octal(0, 8));
  write(124, octal(size, 12));
  write(136, octal(Math.floor(modified / 1000), 12));
  write(CHECKSUM_AT, " ".repeat(8));
  write(156, "0");
  write(257, "ustar\x0000");
  write(265, "root");
  write(297, "root");
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(CHECKSUM_AT, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}
