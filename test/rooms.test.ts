/** Data flows one way: who may import whom. A room that is not in the table may not exist. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

type Table = Readonly<Record<string, readonly string[]>>;

const rooms: Table = {
  model: [],
  scim: ["model"],
  policy: ["model"],
  secrets: ["model", "api"],
  stacks: ["model"],
  library: ["stacks", "model"],
  "main.ts": ["stacks", "model"],
  x509: ["model"],
  api: ["model"],
  preflight: ["model", "api"],
  report: ["model", "policy", "api"],
  "provider/plugin": ["x509"],
  provider: ["provider/plugin", "model", "api", "preflight", "report", "secrets"],
  agent: ["model", "scim", "policy", "api", "preflight", "report", "secrets", "x509"],
  scan: ["model"],
  cli: [
    ...["agent", "api", "model", "policy", "preflight", "provider", "report", "scan", "scim", "secrets"],
    ...["stacks", "x509"],
  ],
};

/** Inside the agent: from the store, which knows nobody, to those who know HTTP. */
const agentRooms: Table = {
  "agent/config-parts.ts": [],
  "agent/config.ts": ["agent/config-parts.ts"],
  "agent/strict-modes.ts": [],
  "agent/http": ["agent/config-parts.ts", "agent/config.ts"],
  "agent/store": [],
  // by whom e-mails are sent is the host's
  "agent/alerts": ["agent/store", "agent/config-parts.ts", "agent/config.ts"],
  "agent/mercurial": ["agent/store"],
  "agent/directory": ["agent/store"],
  "agent/clock": ["agent/store"],
  "agent/authentication": ["agent/alerts", "agent/clock", "agent/store", "agent/config.ts"],
  "agent/releases": [
    "agent/alerts",
    "agent/clock",
    "agent/directory",
    "agent/mercurial",
    "agent/authentication",
    "agent/store",
    "agent/config.ts",
  ],
  "agent/operations": [
    "agent/alerts",
    "agent/authentication",
    "agent/clock",
    "agent/releases",
    "agent/directory",
    "agent/mercurial",
    "agent/store",
    "agent/config.ts",
  ],
  // reads of each part what it is like; nobody who acts knows that it is counted
  "agent/metrics": [
    "agent/alerts",
    "agent/operations",
    "agent/authentication",
    "agent/http",
    "agent/store",
    "agent/config-parts.ts",
    "agent/config.ts",
  ],
  // what the host replaces while the agent runs
  "agent/renewals": [
    "agent/admin",
    "agent/alerts",
    "agent/http",
    "agent/operations",
    "agent/releases",
    "agent/config.ts",
    "agent/strict-modes.ts",
  ],
  // asks whoever a release names, as the parts that act will
  "agent/preflight": [
    "agent/alerts",
    "agent/authentication",
    "agent/clock",
    "agent/mercurial",
    "agent/http",
    "agent/store",
    "agent/config.ts",
  ],
  "agent/evaluation": ["agent/releases", "agent/directory", "agent/store"],
  "agent/scim": [
    "agent/operations",
    "agent/releases",
    "agent/directory",
    "agent/authentication",
    "agent/store",
    "agent/http",
  ],
  "agent/admin": [
    "agent/preflight",
    "agent/alerts",
    "agent/metrics",
    "agent/operations",
    "agent/evaluation",
    "agent/releases",
    "agent/authentication",
    "agent/store",
    "agent/http",
    "agent/config.ts",
  ],
  "agent/agent.ts": [
    "agent/config-parts.ts",
    "agent/preflight",
    "agent/alerts",
    "agent/metrics",
    "agent/renewals",
    "agent/clock",
    "agent/evaluation",
    "agent/admin",
    "agent/scim",
    "agent/operations",
    "agent/releases",
    "agent/authentication",
    "agent/directory",
    "agent/mercurial",
    "agent/store",
    "agent/http",
    "agent/config.ts",
    "agent/strict-modes.ts",
  ],
};

const sources = [
  "main.ts",
  ...Object.keys(rooms)
    .filter((room) => !/[./]/.test(room))
    .flatMap(filesOf),
];

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => /\.tsx?$/.test(path) && statSync(path).isFile());
}

/** Imports of packages, and of files as paths from here; those of types alone count as well. */
const imports = new Map(
  sources.map((path) => {
    const text = readFileSync(path, "utf8");
    const all = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
      ([, specifier = ""]) => specifier,
    );
    const files = all
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => normalize(join(dirname(path), specifier)));
    return [path, { packages: all.filter((specifier) => !specifier.startsWith(".")), files }] as const;
  }),
);

/** The longest name in a table that a path lies in. */
function roomIn(table: Table, path: string): string {
  const found = Object.keys(table).filter((room) => path === room || path.startsWith(`${room}/`));
  return found.sort((a, b) => b.length - a.length)[0] ?? path;
}

describe.each([
  ["the whole", rooms, sources],
  ["the agent", agentRooms, sources.filter((path) => path.startsWith("agent/"))],
])("in %s", (_, table, files) => {
  test("there are sources in every room, and in no other", () => {
    expect(new Set(files.map((path) => roomIn(table, path)))).toEqual(new Set(Object.keys(table)));
  });

  test.each(Object.keys(table))("%s imports only what it may", (room) => {
    const wrong = files
      .filter((path) => roomIn(table, path) === room)
      .flatMap((path) =>
        (imports.get(path)?.files ?? [])
          .filter((target) => files.includes(target))
          .map((target) => roomIn(table, target))
          .filter((target) => target !== room && !table[room]?.includes(target))
          .map((target) => `${path} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });
});

test("no file imports itself by way of others", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path) || way.includes(path)) return;
    for (const target of imports.get(path)?.files ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of sources) visit(path, []);
  expect(circles).toEqual([]);
});

// a move to cdktn must be a change of one import name
test("only stacks and main.ts know cdktf, and only by names that cdktn has too", () => {
  const wrong = sources
    .filter((path) => !["stacks", "main.ts"].includes(roomIn(rooms, path)))
    .filter((path) => imports.get(path)?.packages.some((name) => /^(cdktf|constructs|@cdktf\/)/.test(name)));
  expect(wrong).toEqual([]);
});

// in a thread that may be ended, each call of it has to pass the thread's gate
test("only the store's own connection calls SQLite's binding", () => {
  const users = sources.filter((path) => imports.get(path)?.packages.includes("libsql"));
  expect(users).toEqual(["agent/store/database.ts"]);
});

// those that are ever answered, but for 500, which is also a size
const statuses = "200|201|204|304|400|401|403|404|405|409|412|413|415|422|428|429|501|503";
const forbidden = new RegExp(
  `\\b(status|statusCode|${statuses})\\b|Date\\.now|new Date\\(\\)|performance\\.`,
);

test.each(["agent/operations", "agent/directory", "agent/releases", "policy"])(
  "%s names no HTTP status, and takes the time that it is given",
  (room) => {
    const wrong = sources
      .filter((path) => path.startsWith(`${room}/`))
      .flatMap((path) =>
        readFileSync(path, "utf8")
          .split("\n")
          .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line) && forbidden.test(line))
          .map((line) => `${path}: ${line.trim()}`),
      );
    expect(wrong).toEqual([]);
  },
);
