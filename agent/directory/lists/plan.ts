/**
 * Conditions as SQL, as far as columns and indexes answer them. Every piece of it is true or false and never NULL, so
 * that it can be negated.
 */
import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";
import type { Scalar } from "../../../scim/filter/compare.ts";
import { type Condition, targetOf } from "../../../scim/filter/condition.ts";
import type { Comparison } from "../../../scim/filter/parse.ts";
import type { SqlDialect } from "../../store/dialect.ts";
import type { Column, Table } from "./table.ts";

export type Sql = Expression<SqlBool>;

/** What SQL can answer. */
export interface Piece {
  /** On the rows of the table. */
  readonly where: Sql;
  /** Whether another table names the ids that are left, which are few. */
  readonly isById?: boolean;
  /** How many times SQL goes through all that there are, or may have to. */
  readonly scans: number;
}

/** The most times: SQL lets nobody else have a turn meanwhile, 0.3 s each with 50,000 users. */
const mostScans = 4;

/** A resource is selected when both agree; what is absent agrees with every one. */
export interface Plan {
  readonly piece?: Piece;
  /** What SQL does not answer, on the JSON of the rows that it leaves. */
  readonly residual?: Condition;
}

/** What is asked, and in which language. */
interface Asked {
  readonly dialect: SqlDialect;
  readonly table: Table;
}

/** Divides a condition between the store and the agent, who looks at one resource after the other where SQL would scan too often. */
export function planOf(dialect: SqlDialect, table: Table, condition: Condition): Plan {
  const asked = { dialect, table };
  const plan = divide(asked, condition, true);
  return plan.piece && plan.piece.scans > mostScans ? divide(asked, condition, false) : plan;
}

function divide(asked: Asked, condition: Condition, mayScan: boolean): Plan {
  switch (condition.op) {
    case "and": {
      const plans = condition.conditions.map((operand) => divide(asked, operand, mayScan));
      const residual = plans.flatMap(({ residual }) => residual ?? []);
      return {
        ...narrowedBy(plans.flatMap(({ piece }) => piece ?? [])),
        ...(residual.length > 0 && { residual: { op: "and", conditions: residual } }),
      };
    }
    case "or": {
      if (condition.conditions.length === 0) return { piece: { where: sql`1 = 0`, isById: true, scans: 0 } };
      const plans = condition.conditions.map((operand) => divide(asked, operand, mayScan));
      const pieces = plans.flatMap(({ piece }) => piece ?? []);
      if (pieces.length < plans.length) return { residual: condition };
      const isExact = plans.every(({ residual }) => residual === undefined);
      return { piece: anyOf(pieces), ...(!isExact && { residual: condition }) };
    }
    case "not": {
      const { piece, residual } = divide(asked, condition.condition, mayScan);
      return piece && !residual
        ? { piece: { where: sql`not (${piece.where})`, scans: 1 } }
        : { residual: condition };
    }
    case "[]": {
      // that two values meet one half each is not what it asks for, but narrows it down
      const inner = condition.condition;
      const alternatives = inner.op === "or" ? inner.conditions : [inner];
      const pieces = alternatives.flatMap((one) => someValue(asked, one, mayScan) ?? []);
      if (pieces.length < alternatives.length) return { residual: condition };
      const isExact = alternatives.every(({ op }) => op !== "and");
      return { piece: anyOf(pieces), ...(!isExact && { residual: condition }) };
    }
    default: {
      const piece = comparison(asked, condition, mayScan);
      return piece ? { piece } : { residual: condition };
    }
  }
}

/** What is true of every resource of which one value meets the condition. */
function someValue(asked: Asked, condition: Condition, mayScan: boolean): Piece | undefined {
  if (condition.op === "and")
    return narrowedBy(condition.conditions.flatMap((one) => someValue(asked, one, mayScan) ?? [])).piece;
  // that one value is not so does not say that none is
  if ("condition" in condition || "conditions" in condition || condition.op === "ne") return undefined;
  return comparison(asked, condition, mayScan);
}

function narrowedBy(pieces: readonly Piece[]): { readonly piece?: Piece } {
  if (pieces.length === 0) return {};
  return {
    piece: {
      where: join(pieces, sql` and `),
      isById: pieces.some(({ isById }) => isById),
      scans: scansOf(pieces),
    },
  };
}

function anyOf(pieces: readonly Piece[]): Piece {
  return {
    where: join(pieces, sql` or `),
    isById: pieces.every(({ isById }) => isById),
    scans: scansOf(pieces),
  };
}

const scansOf = (pieces: readonly Piece[]) => pieces.reduce((sum, { scans }) => sum + scans, 0);

function join(pieces: readonly Piece[], operator: RawBuilder<unknown>): Sql {
  return sql`(${sql.join(
    pieces.map(({ where }) => where),
    operator,
  )})`;
}

type Leaf = Extract<Condition, { readonly op: Comparison | "pr" }>;

/** One comparison; undefined where the store does not keep the attribute apart, or would scan and may not. */
function comparison(asked: Asked, leaf: Leaf, mayScan: boolean): Piece | undefined {
  const piece = lookUp(asked, leaf);
  return piece && (mayScan || piece.scans === 0) ? piece : undefined;
}

function lookUp({ dialect, table }: Asked, leaf: Leaf): Piece | undefined {
  const { path } = targetOf(leaf.place);
  const column = table.columns.get(path);
  if (column) return { where: onColumn(dialect, column, leaf), scans: leaf.op === "eq" ? 0 : 1 };
  if (table.keys.has(path)) return onKeys(dialect, path, leaf);
  const { relation } = table;
  if (leaf.op === "eq" && path === `${relation.path}.value`) {
    // ids are made here, in lower case
    const ids = sql`select ${sql.ref(relation.own)} from members join groups on groups.roster = members.roster
      where ${sql.ref(relation.other)} = ${leaf.wanted}`;
    return { where: sql`id in (${ids})`, isById: true, scans: 0 };
  }
  if (leaf.op !== "pr" || (path !== relation.path && path !== `${relation.path}.value`)) return undefined;
  return { where: sql`exists (${relation.any})`, scans: 1 };
}

function onKeys(dialect: SqlDialect, path: string, leaf: Leaf): Piece | undefined {
  const idWhere = (test: Sql): Sql =>
    sql`id in (select user_id from user_keys where attribute = ${path} and ${test})`;
  if (leaf.op === "pr") return { where: idWhere(sql`value != ''`), scans: 1 };
  if (leaf.op !== "ne")
    return {
      where: idWhere(compare(dialect, sql.ref("value"), leaf.op, leaf.wanted)),
      isById: leaf.op === "eq" || leaf.op === "sw",
      scans: leaf.op === "eq" ? 0 : 1,
    };
  // where there are many values, one that differs is enough
  return leaf.place.some(({ multiValued }) => multiValued)
    ? undefined
    : { where: sql`not (${idWhere(sql`value = ${leaf.wanted}`)})`, scans: 1 };
}

function onColumn(dialect: SqlDialect, { name, type, isNullable }: Column, leaf: Leaf): Sql {
  const column = sql.ref(name);
  if (leaf.op === "pr") return type === "time" ? sql`true` : sql`(${column} is not null and ${column} != '')`;
  const holds = compare(dialect, column, leaf.op, leaf.wanted);
  if (!isNullable) return holds;
  // what is not there differs from every value, and compares with none
  return leaf.op === "ne" ? sql`(${column} is null or ${holds})` : sql`(${column} is not null and ${holds})`;
}

/** Compares what is there. Stores order text by code points. */
function compare(dialect: SqlDialect, column: Expression<unknown>, op: Comparison, wanted: Scalar): Sql {
  const text = String(wanted);
  switch (op) {
    case "co":
      return dialect.contains(column, text);
    case "ew":
      return dialect.endsWith(column, text);
    case "sw": {
      // a range, which an index finds
      const end = successor(text);
      return end === undefined
        ? sql`${column} >= ${text}`
        : sql`(${column} >= ${text} and ${column} < ${end})`;
    }
    default:
      return sql`${column} ${symbols[op]} ${wanted}`;
  }
}

const symbols = { eq: sql`=`, ne: sql`!=`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const;

/** The first text after all that begin with this one; undefined where nothing comes after them. */
function successor(text: string): string | undefined {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  // the range of surrogates is no text
  return last === undefined
    ? undefined
    : String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}
