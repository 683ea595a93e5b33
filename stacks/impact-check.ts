/**
 * What makes Terraform keep in a plan file what a release does to people: a data source with the structure, and a check whose
 * message is the verdict.
 *
 * The check stands in a module of its own, which is there only when something changes: a data source of a check is read again at
 * the apply, which Terraform counts as a change of every plan.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformDataSource, type TerraformStack } from "cdktf";
import { providerSource } from "./hgscim-provider.ts";

/** The module's name, and that of its folder in the stack's. */
const name = "impact";

/** The data source of a release, by its digest, and the module with the check. */
export class ImpactCheck extends TerraformDataSource {
  readonly #digest: string;

  constructor(stack: TerraformStack, digest: string) {
    super(stack, name, {
      terraformResourceType: "hgscim_impact",
      terraformGeneratorMetadata: { providerName: "hgscim" },
    });
    this.#digest = digest;
    stack.addOverride(`module.${name}`, {
      source: `./${name}`,
      count: `\${${this.fqn}.changed ? 1 : 0}`,
    });
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return { digest: this.#digest };
  }
}

/** Writes the module into a stack's folder. */
export function writeImpactCheck(stackFolder: string, digest: string): void {
  const check = {
    data: { hgscim_verdict: { release: { digest } } },
    // Terraform wants one; what fails is the reading
    assert: {
      condition: `\${data.hgscim_verdict.release.digest == "${digest}"}`,
      error_message: "The verdict is about another release.",
    },
  };
  const module = {
    terraform: { required_providers: { hgscim: { source: providerSource } } },
    check: { [name]: check },
  };
  mkdirSync(join(stackFolder, name), { recursive: true });
  writeFileSync(
    join(stackFolder, name, "main.tf.json"),
    `${JSON.stringify(module, null, 2)}
`,
  );
}
