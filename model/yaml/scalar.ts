/**
 * Where each character of a YAML scalar's value stands in the text that it was written as: through quotes, escapes,
 * folds and indentation (YAML 1.2.2, chapters 7.3 and 8.1).
 */

export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

/**
 * The offset in `source` of the character that became `value[offset]`; past its end, where the scalar's content ends.
 *
 * @param source the scalar as it stands in the file, with its quotes or its block header
 */
export function offsetInSource(source: string, style: ScalarStyle, value: string, offset: number): number {
  for (const trace of traces(source, style))
    if (trace.value === value) return trace.offsets[offset] ?? trace.end;
  return 0;
}

/** A value as it is rebuilt from its source, each character with its offset. */
class Trace {
  value = "";
  readonly offsets: number[] = [];
  /** Where the last character ends. */
  end = 0;

  /** Text that stands in the source as it is. */
  copy(text: string, at: number) {
    for (let i = 0; i < text.length; i++) this.offsets.push(at + i);
    this.value += text;
    this.end = at + text.length;
  }

  /** Text that stands for something else, `length` characters long: an escape, a line break. */
  put(text: string, at: number, length = 1) {
    for (let i = 0; i < text.length; i++) this.offsets.push(at);
    this.value += text;
    this.end = at + length;
  }
}

function* traces(source: string, style: ScalarStyle): Generator<Trace> {
  if (style === "double") yield doubleQuoted(source);
  else if (style === "plain") yield flow(source, 0, source.length);
  else if (style === "single") yield flow(source, 1, source.length - 1, true);
  else {
    // an indentation indicator counts from the parent's indentation, which is not in the source
    const indent = /\n *[^ \r\n]/.exec(source)?.[0].length ?? 2;
    for (let width = indent - 2; width >= 0; width--) yield block(source, style === "folded", width);
  }
}

/** Plain and single-quoted: lines are trimmed; a line break is a space, each further one a line break. */
function flow(source: string, from: number, to: number, quoted = false): Trace {
  const trace = new Trace();
  trace.end = from;
  const [first, ...rest] = linesOf(source.slice(from, to), from);
  const add = (text: string, at: number) =>
    quoted ? copySingleQuoted(trace, text, at) : trace.copy(text, at);
  if (!first) return trace;
  add(rest.length > 0 ? trimEnd(first.text) : first.text, first.at);
  let [separator, separatorAt] = [" ", first.end];
  rest.forEach(({ text, at, end }, index) => {
    const isLast = index === rest.length - 1;
    const lead = spaces(text);
    const content = isLast ? text.slice(lead) : trimEnd(text.slice(lead));
    if (content !== "" || isLast) {
      trace.put(separator, separatorAt);
      add(content, at + lead);
      separator = " ";
    } else if (separator === "\n") trace.put(separator, separatorAt);
    else separator = "\n";
    separatorAt = end;
  });
  return trace;
}

function copySingleQuoted(trace: Trace, text: string, at: number): void {
  for (const { 0: part, index } of text.matchAll(/''|[^']+/g))
    if (part === "''") trace.put("'", at + index, 2);
    else trace.copy(part, at + index);
}

// biome-ignore format: a table
const escapes: Readonly<Record<string, string>> = {
  "0": "\0", a: "\x07", b: "\b", e: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v",
  N: "\x85", _: "\xa0", L: "\u2028", P: "\u2029",
};
const escapeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const fold = /[ \t]*\r?\n[ \t\r\n]*/y;
const escapedFold = /\\\r?\n[ \t]*/y;

function doubleQuoted(source: string): Trace {
  const trace = new Trace();
  trace.end = 1;
  for (let i = 1; i < source.length - 1; ) {
    const folded = matchAt(fold, source, i);
    const skipped = matchAt(escapedFold, source, i);
    if (folded) {
      trace.put("\n".repeat(folded.split("\n").length - 2) || " ", i, folded.length);
      i += folded.length;
    } else if (skipped) i += skipped.length;
    else if (source[i] === "\\") {
      const name = source.charAt(i + 1);
      const digits = escapeLengths[name] ?? 0;
      const code = Number.parseInt(source.slice(i + 2, i + 2 + digits), 16);
      trace.put(digits > 0 ? String.fromCodePoint(code) : (escapes[name] ?? name), i, 2 + digits);
      i += 2 + digits;
    } else trace.copy(source.charAt(i), i++);
  }
  return trace;
}

function matchAt(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}

/** Literal and folded, with this many characters of indentation. */
function block(source: string, folded: boolean, indent: number): Trace {
  const trace = new Trace();
  const [header, ...lines] = linesOf(source, 0);
  if (!header) return trace;
  const isBlank = (line: Line | undefined) => line !== undefined && /^ *$/.test(line.text);
  let end = lines.length;
  while (isBlank(lines[end - 1])) end--;
  for (let i = lines.length - 1; i >= end; i--) if ((lines[i]?.text.length ?? 0) > indent) end = i + 1;
  let separator = "";
  let separatorAt = header.end;
  let wasIndented = false;
  let begun = false;
  for (const line of lines.slice(0, end)) {
    const text = line.text.slice(indent);
    const at = line.at + Math.min(indent, line.text.length);
    if (!begun && isBlank(line)) {
      trace.copy(text, at);
      trace.put("\n", line.end);
      continue;
    }
    begun = true;
    if (!folded) {
      trace.put(separator, separatorAt);
      separator = "\n";
      trace.copy(text, at);
    } else if (/^[ \t]/.test(text)) {
      if (separator === " ") separator = "\n";
      else if (!wasIndented && separator === "\n") separator = "\n\n";
      trace.put(separator, separatorAt);
      trace.copy(text, at);
      separator = "\n";
      wasIndented = true;
    } else if (text === "") {
      if (separator === "\n") trace.put("\n", line.end);
      else separator = "\n";
    } else {
      trace.put(separator, separatorAt);
      trace.copy(text, at);
      separator = " ";
      wasIndented = false;
    }
    separatorAt = line.end;
  }
  const contentEnd = trace.end;
  if (header.text.includes("+")) {
    for (const line of lines.slice(end)) trace.put(`\n${line.text.slice(indent)}`, line.at);
    if (!trace.value.endsWith("\n")) trace.put("\n", contentEnd);
  } else if (!header.text.includes("-") && trace.value !== "") trace.put("\n", contentEnd);
  trace.end = contentEnd;
  return trace;
}

interface Line {
  readonly text: string;
  /** The offset of its first character, and that of its line break. */
  readonly at: number;
  readonly end: number;
}

function linesOf(text: string, offset: number): Line[] {
  let at = offset;
  return text.split("\n").map((line) => {
    const found = { text: line.replace(/\r$/, ""), at, end: at + line.length };
    at += line.length + 1;
    return found;
  });
}

const spaces = (text: string) => /^[ \t]*/.exec(text)?.[0].length ?? 0;
const trimEnd = (text: string) => text.replace(/(?<![ \t])[ \t]+$/, "");
