/**
 * One file out of a zip archive whose checksum was compared before, so that its directory can be believed.
 *
 * Source: PKWARE APPNOTE.TXT 6.3.10, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
 */
import { inflateRawSync } from "node:zlib";

const endSignature = Buffer.from("PK\x05\x06", "latin1");
const deflated = 8;

/**
 * Reads a file by its name.
 *
 * @returns undefined when the archive has no such file
 * @throws {Error} when the archive is not as its own directory says
 */
export function fileInZip(zip: Buffer, name: string): Buffer | undefined {
  const end = zip.lastIndexOf(endSignature);
  if (end < 0) throw new Error("it is no zip archive");
  let entry = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(entry + 28);
    const next = entry + 46 + nameLength + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32);
    if (zip.toString("utf8", entry + 46, entry + 46 + nameLength) === name) return contentOf(zip, entry);
    entry = next;
  }
  return undefined;
}

/** Sizes are read from the directory: whoever wrote the archive at one go did not know them at the local header. */
function contentOf(zip: Buffer, entry: number): Buffer {
  const packed = zip.readUInt32LE(entry + 20);
  const header = zip.readUInt32LE(entry + 42);
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const content = zip.subarray(start, start + packed);
  return zip.readUInt16LE(entry + 10) === deflated ? inflateRawSync(content) : content;
}
