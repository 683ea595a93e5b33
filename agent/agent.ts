/**
 * The agent: runs one environment's active release beside a Mercurial host. It keeps what identity providers send,
 * decides who may do what, and keeps the access file that Mercurial looks into equal to that.
 */
import { dirname } from "node:path";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { defaultSocket } from "../api/local-socket.ts";
import { milliseconds } from "../model/duration.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Milliseconds, Time } from "../model/time.ts";
import { describeDuration } from "../report/duration.ts";
import { maxBodyBytes } from "../scim/json.ts";
import type { StoreFailure } from "../secrets/stores/failure.ts";
import { SecretStores } from "../secrets/stores/stores.ts";
import { AdminTokens } from "./admin/admin-tokens.ts";
import { localHolder } from "./admin/holder.ts";
import { metricRoutes } from "./admin/metric-routes.ts";
import { Planners } from "./admin/planners.ts";
import { probeRoutes } from "./admin/probe-routes.ts";
import { adminErrorForm } from "./admin/refusal.ts";
import { adminRoutes, maxAdminBytes } from "./admin/routes.ts";
import { Alerts } from "./alerts/alerts.ts";
import { pauseAfter } from "./alerts/backoff.ts";
import { diskIsTight, hostEvent } from "./alerts/host-event.ts";
import { Sender } from "./alerts/sender.ts";
import { Authentication } from "./authentication/authentication.ts";
import { RefusedTokens } from "./authentication/refused-tokens.ts";
import { tokensOf } from "./authentication/token-list.ts";
import { readTokenUses, TokenUses } from "./authentication/token-uses.ts";
import { AgentClock } from "./clock/clock.ts";
import { loadClock } from "./clock/row.ts";
import { timesOf } from "./clock/rule.ts";
import { type AgentConfig, allowsEgress } from "./config.ts";
import { fillUserKeys } from "./directory/user-keys.ts";
import { Evaluation } from "./evaluation/evaluation.ts";
import { listen } from "./http/address.ts";
import { Arrivals } from "./http/arrivals.ts";
import { HeardRequests } from "./http/heard.ts";
import { listenLocally } from "./http/local-socket.ts";
import { makeServer, type ServerSettings } from "./http/server.ts";
import { Certificates, type ListenerName } from "./http/tls/certificates.ts";
import { ownPairFiles } from "./http/tls/own.ts";
import { AccessFile } from "./mercurial/access-file.ts";
import { readHeld, readHeldAtStart } from "./mercurial/held.ts";
import { lookUp } from "./mercurial/look-up.ts";
import { Watermark } from "./mercurial/watermark.ts";
import { Metrics } from "./metrics/metrics.ts";
import { Cycles } from "./operations/cycles.ts";
import { Disk } from "./operations/disk.ts";
import { watchEvents } from "./operations/event-watch.ts";
import { readQuarantines } from "./operations/quarantine/quarantines.ts";
import { watchRepositories } from "./operations/repository-watch.ts";
import { findRestored, noteRestored, restoreRelease } from "./operations/restore.ts";
import { forgetAudit } from "./operations/retention.ts";
import { watchSecrets } from "./operations/secret-watch.ts";
import { Slots } from "./operations/slots.ts";
import { endingTokens } from "./operations/token-ends.ts";
import { keepTokenUses } from "./operations/token-uses-kept.ts";
import { warnOfTwins } from "./operations/twins.ts";
import { type VerificationParts, Verifier } from "./operations/verification/verification.ts";
import { Writer } from "./operations/writer.ts";
import { Preflight } from "./preflight/preflight.ts";
import { type PreflightSchedule, watchPreflight } from "./preflight/watch.ts";
import { wayOut } from "./releases/altered.ts";
import { Archive } from "./releases/archive.ts";
import { keepDoors } from "./releases/doors.ts";
import { entranceOf } from "./releases/entrance.ts";
import { readRemovals } from "./releases/removals.ts";
import { makeRuntime } from "./releases/runtime.ts";
import { releaseOf } from "./releases/serving.ts";
import { readVerification } from "./releases/verified.ts";
import { watchRenewals } from "./renewals/renewals.ts";
import { scimErrorForm } from "./scim/error-form.ts";
import { LargeGroups } from "./scim/large-group.ts";
import { scimRoutes } from "./scim/routes.ts";
import { openStore } from "./store/sqlite.ts";
import { onlyOurs } from "./strict-modes.ts";

export interface RunningAgent {
  /** Where identity providers connect, `https://host:port`. */
  readonly scim: string;
  /** Where releases come from. */
  readonly admin: string;
  /** Where releases come from on this host. */
  readonly socket: string;
  /** The file of the agent's own certificate, which clients have to trust; undefined when no listener uses it. */
  readonly ca: string | undefined;
  /** Looks at once what the host has replaced. */
  look(): Promise<void>;
  /** Ends open requests, then closes the store. */
  stop(): Promise<void>;
}

export interface AgentSurroundings {
  /** The system's clock, which the agent's own follows. */
  readonly clock?: () => Time;
  /** The time that the system is up, which nobody sets; a clock that is given goes evenly when this is absent. */
  readonly uptime?: () => Milliseconds;
  /** Sockets that a service manager listens on for the agent, by the listener's name: `scim`, `admin`. */
  readonly handedOver?: ReadonlyMap<string, number>;
  /** Is handed the access file when it is open. */
  readonly opened?: (access: AccessFile) => void;
  /** How the extension of this host is asked what it would answer. */
  readonly lookUp?: VerificationParts["lookUp"];
  /** How often it is looked whether Mercurial goes by what is stored. */
  readonly verifyEvery?: Milliseconds;
  /** Certificate authorities, PEM, beside the public ones, for what is asked before a release is active. */
  readonly authorities?: readonly string[];
  /** How often it is looked what secrets are by now. */
  readonly secretsEvery?: Milliseconds;
  /** Where the configuration comes from, which is read again for its admin tokens. */
  readonly configFile?: string | undefined;
  /** How often it is looked what the host has replaced. */
  readonly renewalsEvery?: Milliseconds;
  /** When it is looked whether what the active release names still works. */
  readonly preflights?: PreflightSchedule;
  /** How long evaluating a release for everybody may take. */
  readonly deadline?: Milliseconds;
  /** How much the store and the access file's journal each keep for removals on a full disk, in bytes. */
  readonly room?: number | undefined;
}

/** How a listener speaks: with its certificate; or plain http, which it does on loopback alone, to a proxy. */
type Transport = Pick<ServerSettings, "certificate" | "behindProxy">;

/** How a store that does not answer is asked again. */
const storeBackoff: { readonly first: Milliseconds; readonly max: Milliseconds } = {
  first: 1_000,
  max: 60_000,
};

/** How often the time is kept: by so much at most the next process knows it too little. */
const timekeeping: Milliseconds = 60_000;

/**
 * Starts an agent. It answers when it listens and the access file holds exactly what the store says.
 *
 * @throws {Error} with a sentence for the person who started it: an address in use, a store that is open elsewhere, a folder that
 * others can write to
 */
export async function startAgent(
  given: AgentConfig,
  log: FastifyBaseLogger,
  {
    clock: system,
    uptime = system ?? (() => performance.now()),
    handedOver = new Map(),
    opened,
    lookUp: asksExtension = lookUp,
    verifyEvery,
    authorities,
    secretsEvery,
    configFile,
    renewalsEvery,
    preflights,
    room: keptFree,
    ...evaluating
  }: AgentSurroundings = {},
): Promise<RunningAgent> {
  // whoever judges by the admin tokens judges by those that are taken by now
  const config: AgentConfig = {
    ...given,
    get tokens() {
      return admins.list;
    },
  };
  const socket = config.socket ?? defaultSocket(config.data);
  if (config.strictModes !== "off") {
    const closed = onlyOurs({
      "the store": config.data,
      "the access file": config.access,
      "the socket": socket,
      ...(config.watermark !== undefined && { "the watermark": config.watermark }),
    });
    if (!closed.ok) throw new Error(closed.error);
  }
  const {
    store,
    reads,
    longReads,
    room,
    close: closeStore,
  } = await openStore(config.data, config.environment, {
    strictModes: config.strictModes,
    room: keptFree,
  });
  let certificates: Certificates;
  try {
    certificates = new Certificates(config, log);
  } catch (error) {
    await closeStore();
    throw error;
  }
  await fillUserKeys(store);
  await warnOfTwins(log, store);
  const metrics = new Metrics();
  const watermark = config.watermark === undefined ? undefined : new Watermark(config.watermark, log);
  const access = await AccessFile.open(config.access, config.environment, {
    noted: (audit) => {
      metrics.accessWritten();
      watermark?.note(audit);
    },
    strictModes: config.strictModes,
    room: keptFree,
    waited: (span) =>
      log.warn(
        { waited: Math.round(span) },
        `a write waited ${describeDuration(span)} for whoever holds the access file`,
      ),
  });
  opened?.(access);
  const read = system ?? Date.now;
  const moment = () => {
    const { now: at, clock: found } = clock.read();
    return { at, measured: found.measured };
  };
  const stores = new SecretStores({
    config,
    measured: uptime,
    pause: (failed) => pauseAfter(failed, storeBackoff),
  });
  /** As it was last: who is told that a store is away is told by it. */
  const lastValue = async (reference: string) => {
    const { value, problem } = await stores.resolve(reference);
    return value === undefined ? fail(problem?.reason ?? reference) : ok(value);
  };
  /** As it is now: who looks at it tells what is wrong. */
  const presentSecret = async (reference: string): Promise<Result<string, StoreFailure>> => {
    const { value, problem } = await stores.resolve(reference);
    return value === undefined || problem ? fail(problem ?? { reason: reference }) : ok(value);
  };
  const presentValue = async (reference: string) => {
    const found = await presentSecret(reference);
    return found.ok ? found : fail(found.error.reason);
  };
  const alerts = new Alerts({
    reads,
    store: (work) => writer.aside(work),
    isTight: () => writer.isTight,
    moment,
    release: async () => releaseOf(writer.serving) ?? (await new Archive(reads).lastRelease()),
    sender: new Sender({
      host: config,
      resolve: lastValue,
      mayConnect: (url) => allowsEgress(config, url),
      times: () => timesOf(clock.read()),
    }),
    log,
  });
  const kept = await loadClock(store, read());
  const doubted = (problem: string) => alerts.tell(hostEvent("clock", problem));
  const clock = new AgentClock({ system: read, uptime, kept, log, doubted });
  const admins = new AdminTokens(given.tokens, () => clock.now());
  const cannotBeStored = (what: string) => (error: unknown) => {
    log.error(error, `${what} cannot be stored now`);
    return undefined;
  };
  const held = await readHeldAtStart(config.access);
  const { environment } = config;
  const seen = Math.max(held.audit ?? -1, watermark?.read() ?? -1);
  let unnoted = await findRestored(store, seen, clock.now());
  const noteCopy = async () => {
    if (unnoted) await noteRestored(store, unnoted, held, { environment, ...clock.read() });
    unnoted = undefined;
  };
  await noteCopy().catch(cannotBeStored("that the store is a copy from before"));
  // what is intact is read all the same
  const restored = await restoreRelease(store, clock.now()).catch(
    cannotBeStored("the intact text of the release"),
  );
  if (restored !== undefined)
    log.error(
      { release: restored },
      "what is stored of the active release was altered, and its copy was put in its place: find out who changed the store",
    );
  const archive = new Archive(store);
  if (held.release === "" && seen < 0 && (await archive.hasRun()))
    log.warn(
      "the access file is new, and is made from the store: nobody can tell whether the store is a copy from before, and who left since has access again if it is",
    );
  if (await archive.hasOtherHistory())
    log.error(
      "the activations in the store were altered: which release is active is certain, but none of them counts for how long a policy ran; find out who changed the store",
    );
  const last = await archive.lastActive(environment, held.release, unnoted);
  if (!last.ok)
    log.error(
      `${last.error.detail}: no release runs, Mercurial goes on with what the access file holds, and identity providers can only take access away, until a release is activated (${wayOut(last.error)})`,
    );
  const active = last.ok ? last.value : null;
  const release = last.ok ? last.value?.release : last.error.release;
  const entrance =
    release &&
    (await entranceOf(store, { host: config, stores }, release, log, clock.now()).catch((error) => {
      if (last.ok) throw error;
      log.error(error, "the stored release lets nobody in");
      return undefined;
    }));
  if (last.ok || entrance)
    await store
      .transaction()
      .execute((store) => keepDoors(store, entrance ?? null, clock.now()))
      .catch(cannotBeStored("how connectors are let in"));
  const runtime =
    active && entrance ? { ...makeRuntime(active, new Map()), connectors: entrance.connectors } : null;
  const lastVerified = await readVerification(store);
  const evaluation = new Evaluation({ folder: config.data, host: config, ...evaluating });
  const writer = new Writer({
    store,
    access,
    host: config,
    stores,
    disk: new Disk(room, dirname(config.access), log, () => alerts.tell(diskIsTight())),
    evaluation,
    log,
    clock,
    active: runtime,
    first: noteCopy,
    committed: () => alerts.wake(),
    settle: (outcome) => verification.settle(outcome),
    shutBecause: lastVerified.state === "shut" ? lastVerified.detail : undefined,
    watch: metrics.watch,
    quarantines: await readQuarantines(store),
    removals: await readRemovals(
      store,
      config.environment,
      last.ok ? undefined : { why: last.error, held: () => readHeld(config.access) },
    ),
  });
  const verification = new Verifier({
    ...{ writer, evaluation, reads, config, log, looked: metrics.looked, every: verifyEvery },
    lookUp: asksExtension,
    resolve: presentValue,
  });
  const uses = new TokenUses(await readTokenUses(store), clock.measured());
  const refused = new RefusedTokens(clock.measured());
  const arrivals = new Arrivals();
  const heard = new HeardRequests();
  const preflight = new Preflight({
    ...{ config, certificates, reads, arrivals, clock, system: read, authorities },
    mark: (account, nonce) => writer.probe(account, nonce),
    active: () => writer.active?.active.release,
    resolve: presentValue,
    find: presentSecret,
  });
  await writer.reconcile();
  await writer.keepTime();
  alerts.start();
  const cycles = new Cycles();
  const timekeeper = setInterval(() => void writer.keepTime(), timekeeping).unref();
  const secrets = watchSecrets({
    ...{ entrance, config, stores, writer, log, raised: alerts.tell, every: secretsEvery },
  });
  const renewals = watchRenewals({
    ...{ certificates, config: given, admins, file: configFile },
    ...{ writer, log, raised: alerts.tell, every: renewalsEvery },
  });
  const endUses = keepTokenUses(uses, writer, log);
  const watches = [
    renewals.end,
    watchRepositories(config.repositories, writer, log),
    secrets.end,
    watchPreflight(preflight, alerts.tell, log, preflights),
    ...(config.retention ? [forgetAudit(milliseconds(config.retention.audit), writer, log)] : []),
    watchEvents({
      ...{ reads, moment, cycles, log, tell: alerts.tell },
      release: () => writer.active?.program.release,
      endings: () => [
        ...endingTokens(tokensOf(writer.active?.connectors ?? [], [], clock.now())),
        ...certificates.endings,
      ],
    }),
  ];
  const endWatch = () => {
    for (const end of watches) end();
  };

  const servers: FastifyInstance[] = [];
  try {
    const transportOf = (name: ListenerName): Transport =>
      config[name].tls === "off" ? { behindProxy: true } : { certificate: certificates.of(name) };
    const scim = makeServer({ ...transportOf("scim"), bodyLimit: maxBodyBytes, form: scimErrorForm }, log);
    servers.push(scim);
    scimRoutes(
      scim,
      { reads, writer, largeGroups: new LargeGroups(longReads) },
      new Authentication({
        ...{ config, log, clock, uses, refused, tell: alerts.tell },
        heard: (connector) => cycles.heard(connector, moment()),
      }),
      arrivals,
      heard,
      (...request) => metrics.requested(...request),
    );
    const planners = new Planners();
    const { health } = renewals;
    const asked = {
      ...{ config, admins, certificates, reads, writer, health, evaluation, planners },
      ...{ alerts, verification, preflight, heard, uses, secrets },
      slots: new Slots({ config, stores, uses, refused, reads, writer }),
    };
    const admin = makeServer(
      { ...transportOf("admin"), bodyLimit: maxAdminBytes, form: adminErrorForm },
      log,
    );
    servers.push(admin);
    adminRoutes(admin, { ...asked, identify: admins.identify });
    metricRoutes(admin, metrics, { certificates, health, reads, writer, secrets: secrets.told });
    const local = makeServer({ bodyLimit: maxAdminBytes, form: adminErrorForm }, log);
    servers.push(local);
    adminRoutes(local, { ...asked, identify: localHolder });
    probeRoutes(local, writer);
    await listenLocally(local, socket);
    const own = [config.scim, config.admin].some(({ tls }) => tls === undefined);
    const addresses = {
      scim: await listen(scim, config.scim, handedOver.get("scim")),
      admin: await listen(admin, config.admin, handedOver.get("admin")),
      socket,
      ca: own ? ownPairFiles(config.data).certificate : undefined,
    };
    preflight.listens(addresses);
    void verification.resume();
    log.info(
      { ...addresses, environment: config.environment, release: active?.digest ?? null },
      "the agent is ready",
    );
    return {
      ...addresses,
      look: renewals.look,
      async stop() {
        clearInterval(timekeeper);
        endWatch();
        evaluation.close();
        await Promise.all(servers.map((server) => server.close()));
        await verification.close();
        await alerts.close();
        await endUses();
        await writer.close();
        access.close();
        await closeStore();
      },
    };
  } catch (error) {
    clearInterval(timekeeper);
    endWatch();
    await Promise.all(servers.map((server) => server.close()));
    await verification.close();
    await alerts.close();
    await endUses();
    await writer.close();
    access.close();
    await closeStore();
    throw error;
  }
}
