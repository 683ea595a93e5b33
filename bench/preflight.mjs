/** `hgscim preflight` of 3 connectors and 40 variables: with everything reachable, and where nothing answers; beside the same looks by hand. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { createServer as createPlainServer } from "node:net";
import { join, resolve } from "node:path";
import { startAgent } from "./agent.mjs";
import { makeEnvironment } from "./environment.mjs";
import { built, quantile } from "./measure.mjs";

const runs = 5;
const [token, scimToken] = ["a".repeat(48), randomBytes(32).toString("hex")];
// only what this run starts talks on them
const ports = { admin: 17743, scim: 17780 };
const others = Array.from({ length: 28 }, (_, i) => `SCIM_TEXT_${i}`);

export const note = `Whole processes with a real agent; medians of ${runs} where everything answers, one run where nothing does: then the addresses of all connectors, issuers and receivers are sinkholes, which take a connection and say
nothing, and in the last row the agent is one, too. Beside it: \`getent\`, \`openssl s_client\` and \`curl\` (10 s each at most) for each address, one after the other; they look at no secret, no variable, no key and no repository.`;

export async function run() {
  const { selfSignedCertificate } = await built("x509/self-signed.js");
  const { pem, key } = selfSignedCertificate({ hosts: ["localhost", "127.0.0.1"] });
  const keys = { keys: [{ kty: "EC", crv: "P-256", kid: "one", use: "sig", alg: "ES256", ...point }] };
  const server = createServer({ cert: pem, key }, ({ url = "" }, response) => {
    const [, issuer = ""] = /^\/(entra|keycloak)\//.exec(url) ?? [];
    const base = `${origin}/${issuer}`;
    const body = url.endsWith("/keys") ? keys : { issuer: base, jwks_uri: `${base}/keys` };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const hole = createPlainServer((socket) => void socket.on("error", () => undefined).resume());
  for (const one of [server, hole]) {
    one.listen(0, "127.0.0.1");
    await once(one, "listening");
  }
  const origin = `https://localhost:${server.address().port}`;
  const sinkhole = `localhost:${hole.address().port}`;
  const own = `127.0.0.1:${ports.scim}`;
  const reachable = { scim: `https://${own}`, idp: origin };
  const silent = { scim: `https://${sinkhole}`, idp: `https://${sinkhole}` };

  const folder = makeEnvironment(1, (text) => environment(text, reachable));
  const file = join(folder, "environments/local.yaml");
  const well = readFileSync(file, "utf8");
  mkdirSync(join(folder, "agent"));
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, pem);
  const agent = await startAgent(join(folder, "agent"), {
    ...{ token, scimToken, egress: [own, new URL(origin).host, sinkhole] },
    secrets: { NODE_EXTRA_CA_CERTS: authority },
    scim: { listen: own },
    admin: { listen: `127.0.0.1:${ports.admin}` },
  });
  const ca = readFileSync(join(folder, "agent/data/tls/certificate.pem"), "utf8");
  const preflight = async () => {
    const begun = performance.now();
    const env = { ...process.env, HGSCIM_TOKEN: token, HGSCIM_CA: ca };
    const command = [process.execPath, resolve("dist/cli/main.js"), "preflight", "local", "--json"];
    const output = await outputOf(command, { cwd: folder, env });
    const seconds = (performance.now() - begun) / 1_000;
    const { checks } = JSON.parse(output);
    return { seconds, checks, failed: checks.filter(({ state }) => state === "failed") };
  };
  const row = (what, ours, beside, goal) => ({
    ...{ what, ours: `${ours.toFixed(2)} s`, beside: `${beside.toFixed(1)} s` },
    ...{ ratio: (ours / beside).toFixed(2), goal },
  });
  try {
    const [all, byHand] = [[], []];
    await preflight();
    for (let i = 0; i < runs; i++) {
      all.push(await preflight());
      byHand.push(await looks(reachable, authority));
    }
    const [first] = all;
    if (first.failed.length > 0) throw new Error(JSON.stringify(first.failed, null, 2));
    writeFileSync(file, environmentOf(well, reachable, silent));
    const away = await preflight();
    const handAway = await looks(silent, authority);
    writeFileSync(file, readFileSync(file, "utf8").replace(`127.0.0.1:${ports.admin}`, sinkhole));
    process.env.HGSCIM_AGENTS = `${sinkhole}=ref+env://HGSCIM_TOKEN,${sinkhole}=ref+env://HGSCIM_CA`;
    const nobody = await preflight();
    return [
      row(
        `everything answers: ${first.checks.length} checks`,
        quantile(
          all.map(({ seconds }) => seconds),
          0.5,
        ),
        quantile(byHand, 0.5),
        "under 3 s",
      ),
      row(`nothing answers: ${away.failed.length} failed`, away.seconds, handAway, "at most 10 s"),
      row("nor does the agent", nobody.seconds, handAway, "at most 10 s"),
    ];
  } finally {
    agent.process.kill();
    await once(agent.process, "close");
    for (const one of [server, hole]) one.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
    delete process.env.HGSCIM_AGENTS;
  }
}

/** A point of P-256: what a key of an issuer has. */
const point = {
  x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
  y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
};

function environment(text, { scim, idp }) {
  const variables = [
    `  SCIM_ENTRA_URL: { type: url, value: "${scim}/scim/entra/v2" }`,
    `  SCIM_KEYCLOAK_URL: { type: url, value: "${scim}/scim/keycloak/v2" }`,
    ...["ENTRA", "KEYCLOAK"].flatMap((name) => [
      `  SCIM_${name}_ISSUER: { type: url, value: "${idp}/${name.toLowerCase()}" }`,
      `  SCIM_${name}_KEYS: { type: url, value: "${idp}/${name.toLowerCase()}/keys" }`,
      `  SCIM_${name}_AUDIENCE: { type: string, value: "api://hgscim-${name.toLowerCase()}" }`,
    ]),
    ...others.map((name, i) => `  ${name}: { type: string, value: team-${i} }`),
  ];
  const connector = (name) => `  ${name}:
    idp: ${name}
    endpoint: { var: SCIM_${name.toUpperCase()}_URL }
    auth: { oauth: { issuer: { var: SCIM_${name.toUpperCase()}_ISSUER }, audience: { var: SCIM_${name.toUpperCase()}_AUDIENCE }, jwks: { var: SCIM_${name.toUpperCase()}_KEYS } } }
    mapping: { account: user.userName }
    groups: []
`;
  return `${text
    .replace("127.0.0.1:7443", `127.0.0.1:${ports.admin}`)
    .replace("127.0.0.1:7480", `127.0.0.1:${ports.scim}`)
    .replace("variables:\n", `variables:\n${variables.join("\n")}\n`)}
connectors:
${connector("entra")}${connector("keycloak")}
constraints:
  teams:
    on: [user.create]
    require: ${others.map((name) => `vars.${name} != ""`).join(" && ")}
`;
}

/** The same with other addresses. */
function environmentOf(text, from, to) {
  return text.replaceAll(from.scim, to.scim).replaceAll(from.idp, to.idp);
}

/** What somebody does by hand for each address, one after the other; seconds. */
async function looks({ scim, idp }, authority) {
  const urls = [
    ...["okta", "entra", "keycloak"].map((name) => `${scim}/scim/${name}/v2/ServiceProviderConfig`),
    ...["entra", "keycloak"].flatMap((name) => [
      `${idp}/${name}/keys`,
      `${idp}/${name}/.well-known/openid-configuration`,
    ]),
  ];
  const begun = performance.now();
  for (const url of urls) {
    const { hostname, host } = new URL(url);
    await outputOf(["getent", "hosts", hostname]);
    await outputOf(["timeout", "10", "openssl", "s_client", "-connect", host, "-servername", hostname]);
    await outputOf(["curl", "-sS", "--max-time", "10", "--cacert", authority, url]);
  }
  return (performance.now() - begun) / 1_000;
}

/** What a command prints, whatever it ends with: the servers that it asks are in this process. */
async function outputOf([program, ...args], options = {}) {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  for await (const part of child.stdout.setEncoding("utf8")) output += part;
  return output;
}
