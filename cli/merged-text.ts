/** An environment with everything that it extends, as YAML, each value with the file and line that it came from. */
import type { DocumentNode, ScalarNode } from "../model/document.ts";
import type { Position } from "../model/problem.ts";
import { escapeUnseen, unseen } from "./yaml-escape.ts";

/** The text of a merged file. It stands alone and reads back as the same data; defaults are not written out. */
export function mergedText(merged: DocumentNode): string {
  if (merged.kind !== "map") return `${linesOf(merged).join("\n")}\n`;
  // what `extends` names is here; `limits` hold where they stand in a file that is extended, and this extends none
  const entries = new Map([...merged.entries].filter(([key]) => key !== "extends" && key !== "limits"));
  return `${linesOf({ ...merged, entries }).join("\n")}\n`;
}

/** The lines of a map or list that is not written in one line. */
function linesOf(node: DocumentNode): string[] {
  if (node.kind === "map")
    return [...node.entries].flatMap(([name, { node: value }]) => {
      const text = inOneLine(value);
      return text === undefined
        ? [`${quoted(name)}:`, ...linesOf(value).map((line) => `  ${line}`)]
        : [`${quoted(name)}: ${text}${origin(value.at)}`];
    });
  if (node.kind === "list")
    return node.items.flatMap((item) => {
      const text = inOneLine(item);
      return text === undefined
        ? linesOf(item).map((line, index) => `${index === 0 ? "- " : "  "}${line}`)
        : [`- ${text}${origin(item.at)}`];
    });
  return [`${scalar(node)}${origin(node.at)}`];
}

/** A scalar, a list of scalars, or what is empty; undefined for anything else. */
function inOneLine(node: DocumentNode): string | undefined {
  if (node.kind === "scalar") return scalar(node);
  if (node.kind === "map") return node.entries.size === 0 ? "{}" : undefined;
  const items = node.items.flatMap((item) => (item.kind === "scalar" ? scalar(item) : []));
  return items.length === node.items.length ? `[${items.join(", ")}]` : undefined;
}

function origin({ file, line }: Position): string {
  return `  # ${file}:${line}`;
}

function scalar({ value }: ScalarNode): string {
  return typeof value === "string" ? quoted(value) : String(value);
}

/** Text as YAML reads it back, with as few quotes as that takes. */
function quoted(text: string): string {
  if (/^[A-Za-z](?:[\w.+@/-]|:(?=[\w/]))*$/.test(text) && !/^(?:true|false|null)$/i.test(text)) return text;
  const isPlain = !unseen.test(text) && !text.includes("\n");
  if (isPlain && text.includes('"')) return `'${text.replaceAll("'", "''")}'`;
  return escapeUnseen(JSON.stringify(text));
}
