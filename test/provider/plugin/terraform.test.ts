import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { long } from "../../long.ts";
import { Workspace } from "./workspace.ts";

let terraform: Workspace;

beforeAll(async () => {
  terraform = await Workspace.create();
});

beforeEach(() => {
  terraform.reset();
});

afterAll(() => {
  terraform.remove();
});

/** Exit codes of `terraform plan -detailed-exitcode`. */
const NO_CHANGES = 0;
const CHANGES = 2;

const plan = (...options: string[]) => terraform.run("plan", "-detailed-exitcode", ...options);
const apply = (...options: string[]) => terraform.run("apply", "-auto-approve", ...options);

/** Terraform reads templates in every string of its JSON syntax. */
const literal = (text: string) => text.replace(/([$%])\{/g, "$1$1{");

const expression = (text: string) => `$\{${text}}`;

async function expectNoChanges(): Promise<void> {
  const { code, text } = await plan();
  expect(code, text).toBe(NO_CHANGES);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

describe("a resource", () => {
  test("is created, and then there is nothing to change", async () => {
    terraform.configure({ name: "it", content: { a: "one", b: "two" } });
    const planned = await plan();
    expect(planned.code).toBe(CHANGES);
    expect(planned.text).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
    expect(planned.text).toContain("+ length = 6");

    expect((await apply()).code).toBe(0);
    expect(terraform.shelf.records.it).toMatchObject({ content: { a: "one", b: "two" }, owner: "nobody" });
    expect(terraform.state).toMatchObject({ attributes: { name: "it", length: 6, revision: 1 } });
    await expectNoChanges();
  });

  test("is updated in place from a saved plan, changed back after drift, and made again when it is gone", async () => {
    terraform.configure({ name: "it", content: { a: "one" } });
    await apply();
    terraform.configure({ name: "it", content: { a: "three" } });
    const planned = await plan("-out=saved.tfplan");
    expect(planned.text).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
    expect(planned.text).toContain('~ "a" = "one" -> "three"');
    expect(planned.text).toContain("~ length = 3 -> 5");
    expect(planned.text).toContain("~ revision = 1 -> (known after apply)");
    expect((await terraform.run("apply", "saved.tfplan")).code).toBe(0);
    expect(terraform.calls).toEqual(["create", "update"]);
    expect(terraform.state).toMatchObject({ attributes: { revision: 2 } });

    const record = terraform.shelf.records.it;
    terraform.shelf = { records: { it: { ...record, content: { a: "changed behind its back" } } } };
    const drifted = await plan();
    expect(drifted.code).toBe(CHANGES);
    expect(drifted.text).toContain('~ "a" = "changed behind its back" -> "three"');
    await apply();
    expect(terraform.shelf.records.it).toMatchObject({ content: { a: "three" } });
    await expectNoChanges();

    terraform.shelf = { records: {} };
    expect((await plan()).text).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
  });

  long(
    "is replaced when the plan requires it, and destroyed, with what the provider says about it in the plan",
    async () => {
      terraform.configure({ name: "it" });
      await apply();
      terraform.configure({ name: "other" });
      expect((await plan()).text).toContain('~ name = "it" -> "other" # forces replacement');
      await apply();
      expect(Object.keys(terraform.shelf.records)).toEqual(["other"]);

      terraform.configure(undefined);
      const planned = await plan();
      expect(planned.text).toContain("Plan: 0 to add, 0 to change, 1 to destroy.");
      expect(planned.text).toContain("Warning: other will be lost");
      await apply();
      expect(terraform.shelf.records).toEqual({});
      expect(terraform.state).toBeUndefined();
    },
  );

  long("is imported by its name", async () => {
    terraform.configure({ name: "it", content: { a: "one" } });
    await apply();
    const { shelf } = terraform;
    terraform.reset(shelf);
    expect((await terraform.run("import", "shelf_record.it", "it")).code).toBe(0);
    await expectNoChanges();

    terraform.reset(shelf);
    const missing = await terraform.run("import", "shelf_record.it", "nothing");
    expect(missing.code).toBe(1);
    expect(missing.text).toContain('Error: Cannot import shelf_record "nothing"');
    expect(missing.text).toContain("it does not exist");
  });

  long("is brought up from an older schema", async () => {
    const record = { name: "it", content: { old: "text" }, owner: "nobody", length: 4, revision: 1 };
    terraform.reset({ records: { it: record } });
    const instance = {
      schema_version: 0,
      attributes: { name: "it", text: "text", owner: "nobody", length: 4, revision: 1 },
    };
    const provider = `provider["${terraform.source}"]`;
    writeFileSync(
      join(terraform.folder, "terraform.tfstate"),
      JSON.stringify({
        version: 4,
        serial: 1,
        lineage: "test",
        resources: [{ mode: "managed", type: "shelf_record", name: "it", provider, instances: [instance] }],
      }),
    );
    terraform.configure({ name: "it", content: { old: "text" } });
    await expectNoChanges();
  });
});

describe("a data source", () => {
  const counted = (settings: object) => ({ data: { shelf_count: { all: settings } } });

  test("is asked at plan time, and what it answers may change without being a change", async () => {
    const record = { name: "other", content: {}, owner: "nobody", length: 0, revision: 1 };
    terraform.reset({ records: { other: record } });
    terraform.configure(
      { name: "it", content: { names: expression('join(",", data.shelf_count.all.names)') } },
      counted({}),
    );
    expect((await plan()).text).toContain('"names" = "other"');
    terraform.configure({ name: "it" }, counted({}));
    expect((await apply()).code).toBe(0);
    await expectNoChanges();
  });

  test("is validated, and its error stops the plan; in a check it is a warning in its own words", async () => {
    terraform.reset({ records: { other: { name: "other" } } });
    terraform.configure(undefined, counted({ at_most: -1 }));
    const invalid = await terraform.run("validate");
    expect(invalid.code).toBe(1);
    expect(invalid.text).toContain("Error: Less than nothing");

    terraform.configure(undefined, counted({ at_most: 0 }));
    const full = await plan();
    expect(full.code).toBe(1);
    expect(full.text).toContain("Error: The shelf is full");

    const assert = { condition: expression("data.shelf_count.all.at_most == 0"), error_message: "Never." };
    terraform.configure(undefined, { check: { room: { ...counted({ at_most: 0 }), assert } } });
    const checked = await plan();
    expect(checked.code).toBe(CHANGES);
    expect(checked.text).toContain("Warning: The shelf is full");
  });
});

describe("values", () => {
  test("of every type come back as they went", async () => {
    const record = {
      name: "it",
      content: {
        json: JSON.stringify({
          quotes: '"\\',
          unicode: "é 漢 🦉 \u0000 \u2028",
          template: `${expression("a")} %{b} $${expression("c")}`,
        }),
        [`a key with " and ${expression("d")} and é`]: "",
        empty: "",
        newline: "a\r\nb\tc",
      },
      amount: 0.1,
      open: false,
      places: [
        { city: "Köln", floor: -3 },
        { city: null, floor: 1e21 },
      ],
      labels: ["b", "a"],
      secret: "hunter2",
      owner: "alice",
    };
    const escaped = JSON.parse(JSON.stringify(record), (_, value) => {
      if (typeof value === "string") return literal(value);
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [literal(key), inner]));
    });
    terraform.configure(escaped);
    const applied = await apply();
    expect(applied.code, applied.text).toBe(0);
    expect(applied.text).not.toContain("hunter2");
    expect(terraform.shelf.records.it).toMatchObject({ ...record, labels: ["a", "b"] });
    await expectNoChanges();
  });

  long("may be larger than gRPC's own limit of 4 MB", async () => {
    const content = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`key-${index}`, `${index}: ${"x".repeat(100_000)}`]),
    );
    // read from a file, since terraform takes seconds for templates of that length
    writeFileSync(join(terraform.folder, "content.json"), JSON.stringify(content));
    terraform.configure({ name: "it", content: expression('jsondecode(file("content.json"))') });
    expect((await apply()).code).toBe(0);
    expect(terraform.shelf.records.it?.content).toEqual(content);
    await expectNoChanges();
  });

  test("may be known only after apply, in the resource and in the provider", async () => {
    terraform.configure(
      { name: "it", content: { a: expression("terraform_data.text.output") } },
      {
        resource: {
          shelf_record: {
            it: { name: "it", content: { a: expression("terraform_data.text.output"), b: "known" } },
          },
          terraform_data: { text: { input: "late" }, file: { input: join(terraform.folder, "shelf.json") } },
        },
        provider: { shelf: { file: expression("terraform_data.file.output") } },
      },
    );
    const planned = await plan();
    expect(planned.text).toContain('+ "a" = (known after apply)');
    expect(planned.text).toContain('+ "b" = "known"');
    expect(planned.text).toContain("+ length = (known after apply)");
    const applied = await apply();
    expect(applied.code, applied.text).toBe(0);
    expect(terraform.shelf.records.it).toMatchObject({ content: { a: "late", b: "known" }, length: 9 });
    await expectNoChanges();
  });

  test.each([
    ["null in a required attribute", { name: expression("null") }, "name must not be null."],
    ["null in a map", { name: "it", content: { a: expression("null") } }, 'content["a"] must not be null.'],
    [
      "a number with too many digits",
      { name: "it", amount: expression("12345678901234567890") },
      "amount is a number with more digits than this provider can hold.",
    ],
  ])("are refused with their place: %s", async (_, record, message) => {
    terraform.configure(record);
    const { code, text } = await terraform.run("validate");
    expect(code).toBe(1);
    expect(text).toContain("Error: Cannot validate shelf_record with shelf_record.it, on main.tf.json line");
    expect(text).toContain(message);
  });
});

describe("diagnostics", () => {
  test("point at the element of a map", async () => {
    terraform.configure({ name: "it", content: { good: "word", bad: "forbidden" } });
    const { code, text } = await terraform.run("validate");
    expect(code).toBe(1);
    expect(text).toMatch(
      /Error: A forbidden word with shelf_record\.it, on main\.tf\.json line \d+, in resource\.shelf_record\.it\.content: \d+: "bad": "forbidden" content\.bad holds it/,
    );
  });

  test("point at the provider's configuration", async () => {
    terraform.configure({ name: "it" }, { provider: { shelf: { file: "shelf.txt" } } });
    const { code, text } = await plan();
    expect(code).toBe(1);
    expect(text).toMatch(/Error: A shelf is a \.json file .* in provider\.shelf: \d+: "file": "shelf\.txt"/);
  });

  long("warn beneath the plan", async () => {
    terraform.configure({ name: "it", content: { first: "warn" } });
    const { code, text } = await plan();
    expect(code).toBe(CHANGES);
    expect(text).toMatch(
      /Plan: 1 to add.*Warning: The shelf is nearly full.*"first": "warn".*0 records lie on it/,
    );
  });
});

describe("a failure", () => {
  test("of create leaves nothing", async () => {
    terraform.reset({ records: {}, trouble: { create: "the disk is full" } });
    terraform.configure({ name: "it" });
    const { code, text } = await apply();
    expect(code).toBe(1);
    expect(text).toContain("Error: Cannot create it with shelf_record.it");
    expect(text).toContain("the disk is full");
    expect(terraform.state).toBeUndefined();
    terraform.shelf = { records: {} };
    expect((await plan()).text).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
  });

  test("of update keeps what is active, untainted, and of delete the resource", async () => {
    terraform.configure({ name: "it", content: { a: "one" } });
    await apply();
    terraform.configure({ name: "it", content: { a: "two" } });
    for (const [trouble, told] of [
      ["the disk is full", "the disk is full"],
      ["throw", "the shelf fell: a screw was loose"],
    ] as const) {
      terraform.shelf = { ...terraform.shelf, trouble: { update: trouble } };
      const { code, text } = await apply();
      expect(code).toBe(1);
      expect(text).toContain(told);
      expect(text).not.toMatch(/ at .*:\d+:\d+/);
      expect(terraform.state).toMatchObject({ attributes: { content: { a: "one" } } });
      expect(terraform.state).not.toHaveProperty("status");
    }
    expect((await plan()).text).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");

    terraform.shelf = { ...terraform.shelf, trouble: { delete: "throw" } };
    const { code, text } = await terraform.run("destroy", "-auto-approve");
    expect(code).toBe(1);
    expect(text).toContain("Error: Cannot destroy shelf_record");
    expect(terraform.state).toMatchObject({ attributes: { name: "it" } });
  });

  long("has its stack in the log, as a line that Terraform understands", async () => {
    terraform.reset({ records: {}, trouble: { create: "throw" } });
    terraform.configure({ name: "it" });
    terraform.variables = { TF_LOG_PROVIDER: "ERROR" };
    expect((await apply()).text).toMatch(
      /\[ERROR\] provider\.\S+: create shelf_record: Error: the shelf fell .* at /,
    );
  });
});

describe("the process", () => {
  long("serves without TLS when Terraform wants none", async () => {
    terraform.configure({ name: "it" });
    terraform.variables = { TF_DISABLE_PLUGIN_TLS: "1" };
    expect((await apply()).code).toBe(0);
  });

  test("ends what it waits for when Terraform is interrupted, and not itself", async () => {
    terraform.reset({ records: {}, trouble: { create: "wait" } });
    terraform.configure({ name: "it" });
    const { process: child, outcome } = terraform.start("apply", "-auto-approve");
    await until(() => terraform.calls.includes("create"));
    // the whole group, as a keyboard does
    process.kill(-(child.pid ?? 0), "SIGINT");
    const { code, text } = await outcome;
    expect(code).toBe(1);
    expect(text).toContain("Terraform was interrupted");
    expect(terraform.state).toBeUndefined();
    expect(terraform.leftovers()).toEqual([]);
  });

  test("leaves, with its socket, when Terraform is killed", async () => {
    terraform.reset({ records: {}, trouble: { create: "wait" } });
    terraform.configure({ name: "it" });
    const { process: child, outcome } = terraform.start("apply", "-auto-approve");
    await until(() => terraform.calls.includes("create"));
    expect(terraform.leftovers()).toHaveLength(2);
    child.kill("SIGKILL");
    await outcome;
    await until(() => terraform.leftovers().length === 0);
  });
});
