/** What the pipelines ask a forge for, as far as they do: GitHub's `gh` as a program of the PATH, and GitLab's registry of packages by HTTP. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface Forge {
  /** What a job has of it in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Keeps an artifact of a run of GitHub's, newest first by the number. */
  keep(run: number, event: string, name: string, file: string): void;
  /** The comments on the pull request, in their order. */
  comments(): Comment[];
  /** Somebody comments on it. */
  comment(login: string, body: string): void;
  /** Packages of GitLab's by their path in the registry. */
  readonly packages: Map<string, string>;
  stop(): Promise<void>;
}

interface Comment {
  /** Its place among all. */
  readonly id: number;
  readonly user: { readonly login: string };
  readonly body: string;
}

/** @see https://cli.github.com/manual/gh_run_download, https://docs.gitlab.com/user/packages/generic_packages/ */
export async function startForge(folder: string): Promise<Forge> {
  const runs = join(folder, "runs");
  mkdirSync(runs, { recursive: true });
  const comments = join(folder, "comments.json");
  writeFileSync(comments, "[]");
  const read = (): Comment[] => JSON.parse(readFileSync(comments, "utf8"));
  const gh = join(folder, "gh");
  writeFileSync(
    gh,
    `#!/bin/sh
case "$*" in
  "api repos/acme/policy/actions/artifacts?name="*)
    name=\${2#*name=}; for run in $(ls '${runs}' | sort -rn); do [ ! -e "${runs}/$run/$name" ] || echo "$run"; done ;;
  "run view "*" --json event --jq .event") cat "${runs}/$3/event" ;;
  "run download "*) cp "${runs}/$3/$5/approval" . ;;
  "pr list --state merged --search "*) echo grace ;;
  "api repos/acme/policy/actions/runs/7/approvals "*) echo "grace, hal" ;;
  "api --paginate repos/acme/policy/issues/5/comments --jq "*) jq -r "$5" '${comments}' ;;
  "api repos/acme/policy/issues/5/comments -F body=@review.md")
    jq --rawfile body review.md '. + [{ id: length, user: { login: "github-actions[bot]" }, body: $body }]' '${comments}' >next && mv next '${comments}' ;;
  "api -X PATCH repos/acme/policy/issues/comments/"*" -F body=@review.md")
    jq --argjson id "\${4##*/}" --rawfile body review.md '.[$id].body = $body' '${comments}' >next && mv next '${comments}' ;;
  *) echo "gh $*: not expected" >&2; exit 1 ;;
esac
`,
  );
  chmodSync(gh, 0o755);
  const packages = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url?.split("/hgscim-approval/")[1] ?? "";
    const answer = (status: number, text = "") => response.writeHead(status).end(text);
    if (request.headers["job-token"] !== "job") return void answer(401);
    const stored = packages.get(path);
    if (request.method === "GET") return void (stored === undefined ? answer(404) : answer(200, stored));
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    request.on("end", () => {
      packages.set(path, text);
      answer(201);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      ...{ GITHUB_REPOSITORY: "acme/policy", GITHUB_RUN_ID: "7", GITHUB_SHA: "tip", PULL: "5" },
      ...{ GITHUB_OUTPUT: join(folder, "output"), GITHUB_STEP_SUMMARY: join(folder, "summary") },
      ...{ CI_API_V4_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, CI_PROJECT_ID: "5" },
      ...{ CI_JOB_TOKEN: "job", GITLAB_USER_LOGIN: "grace", USER_NAME: "grace" },
    },
    keep(run, event, name, file) {
      mkdirSync(join(runs, String(run), name), { recursive: true });
      writeFileSync(join(runs, String(run), "event"), `${event}\n`);
      copyFileSync(file, join(runs, String(run), name, "approval"));
    },
    comments: read,
    comment(login, body) {
      const there = read();
      writeFileSync(comments, JSON.stringify([...there, { id: there.length, user: { login }, body }]));
    },
    packages,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
      }),
  };
}
