import { selfSignedCertificate } from "../../x509/self-signed.ts";
import { clientCertificate, handshakeLine, makeSocketFolder, startedByTerraform } from "./handshake.ts";
import { endWithParent } from "./lifetime.ts";
import type { Provider } from "./provider.ts";
import type { Schema } from "./schema.ts";
import { listen } from "./server.ts";
import { createService } from "./service.ts";

/**
 * Serves a provider to the Terraform that started this process, until Terraform is done with it. Started by anybody
 * else it says so in one sentence and exits with 1.
 *
 * Resolves when Terraform has been told where to connect; the process ends by itself.
 */
export async function serve<S extends Schema, Client>(provider: Provider<S, Client>): Promise<void> {
  if (!startedByTerraform(process.env)) {
    process.stderr.write(
      "This is a Terraform provider: Terraform starts it by itself when a configuration requires it, so run `terraform plan` or `terraform apply` instead.\n",
    );
    process.exit(1);
  }
  endWithParent();
  const folder = makeSocketFolder();
  process.on("exit", folder.remove);
  const client = clientCertificate(process.env);
  const own = client === undefined ? undefined : selfSignedCertificate();
  const tls = client === undefined || own === undefined ? undefined : { client, own };
  await listen(createService(provider), folder.socket, tls, () => process.exit(0));
  process.stdout.write(`${handshakeLine(folder.socket, own)}\n`);
}
