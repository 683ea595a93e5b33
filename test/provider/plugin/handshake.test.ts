import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Client, credentials, status } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { calls } from "../../../provider/plugin/messages.ts";
import { decode } from "../../../provider/plugin/protobuf.ts";
import { type Certificate, selfSignedCertificate } from "../../../x509/self-signed.ts";
import { Workspace } from "./workspace.ts";

/** What Terraform puts into the environment. */
const COOKIE = {
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
};

let workspace: Workspace;
let stop: () => Promise<unknown> = async () => {};

beforeAll(async () => {
  workspace = await Workspace.create();
}, 60_000);

afterEach(() => stop());

afterAll(() => {
  workspace.remove();
});

/** Starts the provider as Terraform does, and reads its line. */
async function start(environment: { readonly [name: string]: string }) {
  const process: ChildProcess = spawn(workspace.provider, {
    env: { ...workspace.environment, ...COOKIE, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(process, "exit");
  stop = () => {
    process.kill();
    return exit;
  };
  if (process.stdout === null) throw new Error("no stdout");
  const [line] = await once(createInterface(process.stdout), "line");
  const [version, protocol, network, socket = "", kind, certificate = ""] = String(line).split("|");
  return { line: [version, protocol, network, kind], socket, certificate, process, exit };
}

const pem = (unpadded: string) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(unpadded, "base64").toString("base64")}\n-----END CERTIFICATE-----\n`;

/** Calls the provider; answers the response's bytes, or throws what gRPC says. */
async function call(
  { socket, certificate }: { readonly socket: string; readonly certificate: string },
  path: string,
  { client, request = Buffer.of() }: { readonly client?: Certificate; readonly request?: Buffer },
): Promise<Buffer> {
  const connection = new Client(
    `unix:${socket}`,
    certificate === ""
      ? credentials.createInsecure()
      : credentials.createSsl(
          Buffer.from(pem(certificate)),
          client === undefined ? null : Buffer.from(client.key),
          client === undefined ? null : Buffer.from(client.pem),
        ),
    { "grpc.ssl_target_name_override": "localhost" },
  );
  try {
    return await new Promise((resolve, reject) =>
      connection.makeUnaryRequest<Buffer, Buffer>(
        path,
        (bytes) => bytes,
        (bytes) => bytes,
        request,
        (error, response = Buffer.of()) => (error === null ? resolve(response) : reject(error)),
      ),
    );
  } finally {
    connection.close();
  }
}

test("a start by hand is answered with one helpful sentence", async () => {
  const outcome = await new Promise((resolve) =>
    execFile(workspace.provider, { env: workspace.environment }, (error, stdout, stderr) =>
      resolve({ code: error?.code, stdout, stderr }),
    ),
  );
  expect(outcome).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^This is a Terraform provider: .* instead\.\n$/),
  });
});

test("Terraform is told where to connect, and only it can", async () => {
  const terraform = selfSignedCertificate();
  const provider = await start({ PLUGIN_CLIENT_CERT: terraform.pem });
  expect(provider.line).toEqual(["1", "6", "unix", "grpc"]);
  expect(provider.certificate).toMatch(/^[A-Za-z0-9+/]+$/);
  expect(statSync(dirname(provider.socket)).mode & 0o777).toBe(0o700);

  const metadata = await call(provider, "/tfplugin6.Provider/GetMetadata", { client: terraform });
  expect(decode(calls.GetMetadata.response, metadata)).toEqual({
    server_capabilities: { plan_destroy: true, get_provider_schema_optional: true },
    resources: [{ type_name: "shelf_record" }],
    data_sources: [{ type_name: "shelf_count" }],
  });

  const unavailable = expect.objectContaining({ code: status.UNAVAILABLE });
  for (const client of [selfSignedCertificate(), undefined])
    await expect(
      call(provider, "/tfplugin6.Provider/GetMetadata", client === undefined ? {} : { client }),
    ).rejects.toEqual(unavailable);
  await expect(call({ ...provider, certificate: "" }, "/tfplugin6.Provider/GetMetadata", {})).rejects.toEqual(
    unavailable,
  );
});

test("other calls are unimplemented, and other bytes are no request", async () => {
  const provider = await start({});
  await expect(call(provider, "/tfplugin6.Provider/GetFunctions", {})).rejects.toMatchObject({
    code: status.UNIMPLEMENTED,
  });
  await expect(
    call(provider, "/tfplugin6.Provider/ReadResource", { request: Buffer.from("0a05", "hex") }),
  ).rejects.toMatchObject({ code: status.INTERNAL, details: "Error deserializing request" });
  await expect(call(provider, "/tfplugin6.Provider/ReadResource", {})).rejects.toMatchObject({
    code: status.INTERNAL,
    details: 'this provider has no resource type ""',
  });
});

test("it leaves when it is told to, and takes its socket along", async () => {
  const provider = await start({});
  await call(provider, "/plugin.GRPCController/Shutdown", {});
  expect(await provider.exit).toEqual([0, null]);
  expect(existsSync(dirname(provider.socket))).toBe(false);
});

test.each(["SIGTERM", "SIGHUP"] as const)("it leaves on %s, and takes its socket along", async (signal) => {
  const provider = await start({});
  provider.process.kill(signal);
  expect(await provider.exit).toEqual([0, null]);
  expect(existsSync(dirname(provider.socket))).toBe(false);
});

test("the socket's folder moves where the temporary folder's name is too long for a socket", async () => {
  const long = join(workspace.folder, "x".repeat(100));
  mkdirSync(long);
  const { socket } = await start({ TMPDIR: long });
  expect(socket).toMatch(/^\/tmp\/terraform-provider-/);
  expect(existsSync(socket)).toBe(true);
});
