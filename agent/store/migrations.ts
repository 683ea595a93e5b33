/**
 * The steps by which a store came to its present tables, in the language of SQLite. Stores out there have taken them: a
 * step is never changed, and a new one gets the next number. An engine that comes later begins with the tables of its day.
 */
import { type Migration, sql } from "kysely";
import { tables } from "./migrations/0001-tables.ts";
import { audit } from "./migrations/0002-audit.ts";
import { identity } from "./migrations/0003-identity.ts";
import { names } from "./migrations/0004-names.ts";
import { clock } from "./migrations/0005-clock.ts";
import { releaseCopy } from "./migrations/0006-release-copy.ts";
import { rosters } from "./migrations/0007-rosters.ts";
import { seenRepositories } from "./migrations/0008-repositories.ts";
import { clockReference } from "./migrations/0009-clock-reference.ts";
import { limitsMeasured } from "./migrations/0010-limits-measured.ts";
import { tokenConnectors } from "./migrations/0011-token-connectors.ts";
import { active } from "./migrations/0012-active.ts";
import { doors } from "./migrations/0013-doors.ts";
import { room } from "./migrations/0014-room.ts";
import { run } from "./migrations/0015-run.ts";
import { sshKeys } from "./migrations/0016-ssh-keys.ts";
import { events } from "./migrations/0017-events.ts";
import { heldOperations } from "./migrations/0018-holds.ts";
import { alerts } from "./migrations/0019-alerts.ts";
import { failures } from "./migrations/0020-failures.ts";
import { breakGlass } from "./migrations/0021-break-glass.ts";
import { precedence } from "./migrations/0022-precedence.ts";
import { suspensions } from "./migrations/0023-suspensions.ts";
import { failing } from "./migrations/0024-failing.ts";
import { holdSizes } from "./migrations/0025-hold-sizes.ts";
import { approvals } from "./migrations/0026-approvals.ts";
import { verification } from "./migrations/0027-verification.ts";
import { triedSteps } from "./migrations/0028-tried-steps.ts";
import { tokenUses } from "./migrations/0029-token-uses.ts";

/** Steps by their names, whose order is theirs. */
export type Migrations = Readonly<Record<string, Migration>>;

export const sqliteMigrations: Migrations = {
  "0001-tables": statements(tables),
  "0002-audit": statements(audit),
  "0003-identity": { up: identity },
  "0004-names": { up: names },
  "0005-clock": statements(clock),
  "0006-release-copy": statements(releaseCopy),
  "0007-rosters": statements(rosters),
  "0008-repositories": statements(seenRepositories),
  "0009-clock-reference": statements(clockReference),
  "0010-limits-measured": statements(limitsMeasured),
  "0011-token-connectors": statements(tokenConnectors),
  "0012-active": { up: active },
  "0013-doors": statements(doors),
  "0014-room": statements(room),
  "0015-run": statements(run),
  "0016-ssh-keys": statements(sshKeys),
  "0017-events": statements(events),
  "0018-holds": statements(heldOperations),
  "0019-alerts": statements(alerts),
  "0020-failures": statements(failures),
  "0021-break-glass": statements(breakGlass),
  "0022-precedence": statements(precedence),
  "0023-suspensions": statements(suspensions),
  "0024-failing": statements(failing),
  "0025-hold-sizes": statements(holdSizes),
  "0026-approvals": statements(approvals),
  "0027-verification": statements(verification),
  "0028-tried-steps": statements(triedSteps),
  "0029-token-uses": statements(tokenUses),
};

/** A step of nothing but SQL. It runs inside a transaction. */
function statements(texts: readonly string[]): Migration {
  return {
    async up(db) {
      for (const text of texts) await sql.raw(text).execute(db);
    },
  };
}
