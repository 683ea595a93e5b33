import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { canonicalJson, type ReadonlyJson } from "../model/canonical.ts";
import { type SectionName, sectionNames } from "../model/digest.ts";
import { entryText } from "../model/entry-text.ts";
import type { Accept } from "../model/environment/bounds.ts";
import { literal } from "./literal.ts";

export interface HgscimReleaseConfig {
  readonly environment: string;
  /** Whether Terraform refuses to destroy it. */
  readonly preventDestroy: boolean;
  /** What was accepted beyond the bounds. */
  readonly accept?: Accept | undefined;
}

/**
 * The one resource of an environment, `hgscim_release`: a release becomes active whole or not at all, so everything that
 * belongs to it is an entry of one of its sections.
 */
export class HgscimRelease extends TerraformResource {
  readonly #environment: string;
  readonly #accept: Accept | undefined;
  readonly #sections = new Map<SectionName, Map<string, string>>(
    sectionNames.map((name) => [name, new Map()]),
  );

  constructor(scope: Construct, id: string, { environment, preventDestroy, accept }: HgscimReleaseConfig) {
    super(scope, id, {
      terraformResourceType: "hgscim_release",
      terraformGeneratorMetadata: { providerName: "hgscim" },
      lifecycle: { preventDestroy },
    });
    this.#environment = environment;
    this.#accept = accept;
  }

  /** Adds entries to a section, each under its name. */
  add(section: SectionName, entries: Readonly<Record<string, ReadonlyJson>>): void {
    for (const [name, entry] of Object.entries(entries))
      this.#sections.get(section)?.set(name, literal(entryText(section, entry)));
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    const sections = [...this.#sections].map(([name, entries]) => [name, Object.fromEntries(entries)]);
    return {
      environment: this.#environment,
      accept: this.#accept && literal(canonicalJson(this.#accept)),
      ...Object.fromEntries(sections),
    };
  }
}
