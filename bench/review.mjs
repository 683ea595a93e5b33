/** A change that takes push from 5,000 of 50,000 people in 400 repositories: its review, beside what a plan says of it. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { startAgent } from "./agent.mjs";
import { built, quantile, scale, time } from "./measure.mjs";
import { Connection } from "./scim/connection.mjs";

const people = Math.max(Math.round(50_000 * scale), 500);
const losing = people / 10;
const repositories = 400;
const runs = 5;
// only what this run starts talks on them
const ports = { admin: 17543, scim: 17580 };

export const note = `${people.toLocaleString("en")} people read ${repositories} repositories, ${losing.toLocaleString("en")} of them push; the change takes push away. Whole processes, with a real agent, in turn;
the medians of ${runs}. Beside it is the other way to the names: \`hgscim plan --json\`, the structured plan with the impact's data source, of which 10,000 changes are listed at most.`;

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-"));
  const [token, scimToken] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
  cpSync("environments", join(folder, "environments"), { recursive: true });
  // what is measured is the review, and not the samples of policy tests
  rmSync(join(folder, "environments/tests"), { recursive: true });
  edit(folder, "environments/local.yaml", (text) =>
    text
      .replace("127.0.0.1:7443", `127.0.0.1:${ports.admin}`)
      .replace("127.0.0.1:7480", `127.0.0.1:${ports.scim}`),
  );
  for (let i = 0; i < repositories; i++)
    mkdirSync(join(folder, "repositories", `core/team-${i % 20}/repository-${i}`, ".hg"), {
      recursive: true,
    });
  const agent = await startAgent(folder, {
    token,
    scimToken,
    scim: { listen: `127.0.0.1:${ports.scim}`, tls: "off" },
    admin: { listen: `127.0.0.1:${ports.admin}` },
  });
  const ca = readFileSync(join(folder, "data/tls/certificate.pem"), "utf8");
  const env = { HGSCIM_TOKEN: token, HGSCIM_CA: ca };
  const hgscim = (...args) => ({
    command: [process.execPath, resolve("dist/cli/main.js"), ...args],
    cwd: folder,
    env,
  });
  try {
    // no provider comes to its listener, which speaks plain http here
    await time(hgscim("deploy", "local", "--yes", "--no-preflight"));
    await staff({ base: `${agent.scim}/scim/okta/v2`, token: scimToken });
    edit(folder, "environments/shared/policy.yaml", (text) =>
      text.replace("write: [core-team]", "write: [docs-team]"),
    );
    const times = { review: [], plan: [], agent: [] };
    const client = (await built("api/client.js")).adminClient({ url: agent.admin, token, ca });
    const loaded = await (await built("model/load.js")).loadEnvironment(
      join(folder, "environments/local.yaml"),
    );
    for (let i = -1; i < runs; i++) {
      const review = await time(hgscim("review", "local", "--format", "html"));
      const plan = await time(hgscim("plan", "local", "--json"));
      const start = performance.now();
      const answer = await client.review(loaded.value.release);
      if (answer.value?.lose !== losing) throw new Error(JSON.stringify(answer).slice(0, 500));
      const asked = (performance.now() - start) / 1_000;
      if (i < 0) continue;
      times.review.push(review);
      times.plan.push(plan);
      times.agent.push(asked);
    }
    const { stdout: html } = spawnSync(
      process.execPath,
      hgscim("review", "local", "--format", "html").command.slice(1),
      {
        cwd: folder,
        env: { ...process.env, ...env },
        maxBuffer: 1 << 26,
      },
    );
    const shown = await shownIn(folder, html);
    const median = (values) => quantile(values, 0.5);
    const [review, plan] = [median(times.review), median(times.plan)];
    return [
      {
        what: `review of ${losing.toLocaleString("en")} people in ${repositories} repositories, with the page`,
        ours: seconds(review),
        beside: `plan --json: ${seconds(plan)}`,
        ratio: `${(plan / review).toFixed(1)} times faster`,
        goal: "under 2 s",
      },
      row("of that, the agent's answer", seconds(median(times.agent)), ""),
      row("size of the page", `${(html.length / 1e6).toFixed(2)} MB`, "under 1 MB"),
      row("until it can be read in Chromium", seconds(shown.painted), "within 1 s"),
      row("until a name is found in it", seconds(shown.found), ""),
    ];
  } finally {
    agent.process.kill();
    await once(agent.process, "close");
    rmSync(folder, { recursive: true });
  }
}

/** Everybody reads, and a tenth is in the group that pushes. */
async function staff(server) {
  const lanes = await Promise.all(Array.from({ length: 16 }, () => Connection.open(server)));
  const members = [];
  let next = 0;
  const bring = async (lane) => {
    while (next < people) {
      const i = next++;
      const user = { userName: `u${i}@example.com`, externalId: `id-${i}`, active: true };
      members[i] = { value: (await lane.expect(201, "POST", "/Users", user)).json.id };
    }
  };
  await Promise.all(lanes.map(bring));
  const groups = { engineering: members, "core-team": members.slice(0, losing), "docs-team": [] };
  for (const [displayName, some] of Object.entries(groups))
    await lanes[0].expect(201, "POST", "/Groups", { displayName, members: some });
  for (const lane of lanes) lane.close();
}

/** Seconds until the page is painted, and until a filter has found somebody: the medians. */
async function shownIn(folder, html) {
  const file = join(folder, "review.html");
  writeFileSync(file, html);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  const taken = { painted: [], found: [] };
  for (let i = -1; i < runs; i++) {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    const painted = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now(),
    );
    const found = await page.evaluate(() => {
      const start = performance.now();
      const input = document.querySelector("input[name=person]");
      input.value = "u42@";
      input.dispatchEvent(new Event("input", { bubbles: true }));
      // until it is laid out
      document.body.getBoundingClientRect();
      return performance.now() - start;
    });
    await page.close();
    if (i < 0) continue;
    taken.painted.push(painted / 1_000);
    taken.found.push(found / 1_000);
  }
  await browser.close();
  return { painted: quantile(taken.painted, 0.5), found: quantile(taken.found, 0.5) };
}

function edit(folder, file, change) {
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

const seconds = (taken) => `${taken.toFixed(2)} s`;
const row = (what, ours, goal) => ({ what, ours, beside: "", ratio: "", goal });
