/** Values that an identity provider hands out, or bounds: client ids, tenants, pages. No message repeats a value: a secret may stand there. */
import { z } from "zod";
import { entropy } from "../entropy.ts";
import { coded } from "../issue.ts";

/** How secrets begin that stand beside a client id, and are pasted in its place: of Entra, Google and Okta; and tokens (RFC 7519). */
const secretForms = [/^.{3}[78]Q~/, /^GOCSPX-/, /^SSWS /, /^00[\w-]{40}$/, /^eyJ[\w-]+\.eyJ/];

/**
 * What nobody gives away as an id: longer at a stretch than the ids of any provider (authentik's have 40 characters, Google's 45
 * before the dot), and as random as a key.
 */
function looksRandom(text: string): boolean {
  return (text.match(/[\w-]{48,}/g) ?? []).some((run) => entropy(run) > 4);
}

/** The id of a client (RFC 6749, section 2.2): characters that can be seen, as appendix A.1 has it without the blank. */
export const ClientId = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, {
    error: "not a client id (expected 1 to 255 characters without blanks, as the identity provider shows it)",
    abort: true,
  })
  .refine((text) => !secretForms.some((form) => form.test(text)) && !looksRandom(text), {
    error: "looks like a client secret (expected the client's id; a secret has a reference: type secret)",
    params: coded("secret-literal"),
  });

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const domain = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/i;
/** What stands for no single tenant in Entra's addresses: login.microsoftonline.com/common. */
const ofMany = ["common", "organizations", "consumers"];

/** A tenant, as Entra names it: by its UUID, or by a domain name of it. */
export const TenantId = z
  .string()
  .refine((text) => !ofMany.includes(text.toLowerCase()), {
    error: "the tenants of many, and no tenant (expected the one tenant's UUID or domain name)",
    abort: true,
  })
  .refine((text) => uuid.test(text) || domain.test(text), {
    error:
      "not a tenant (expected its UUID, 8-4-4-4-12 hexadecimal digits, or a domain name such as contoso.onmicrosoft.com)",
    abort: true,
  })
  .refine((text) => !/^[0-]+$/.test(text), {
    error: "the UUID of nothing (expected the tenant's, as Entra's overview shows it)",
  });

/** Whether a tenant is named by its UUID: tokens name none otherwise. */
export const isUuid = (text: string): boolean => uuid.test(text);

/** The most resources that one answer has, whatever is asked for. */
export const mostInOnePage = 1000;

/** How many resources are in one answer to a list. */
export const PageSize = z
  .int({ error: `not a page size (expected a whole number, 1 to ${mostInOnePage})` })
  .min(1, { error: `an empty page (expected 1 to ${mostInOnePage} resources)` })
  .max(mostInOnePage, {
    error: `more than any provider is answered in one page (expected 1 to ${mostInOnePage})`,
  });
