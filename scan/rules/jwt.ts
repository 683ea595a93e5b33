import { patternRule } from "../rule.ts";

/** Signed JSON Web Tokens (RFC 7519, compact form of RFC 7515): the header has to read as one. */
export const jwt = patternRule({
  name: "jwt",
  looksLike: "a signed JSON Web Token",
  pattern: /(?<![\w-])(?<secret>(?<header>eyJ[\w-]{8,2000})\.eyJ[\w-]{8,8000}\.[\w-]{16,2000})(?![\w-])/dg,
  accepts: ({ header = "" }) => {
    try {
      return typeof JSON.parse(Buffer.from(header, "base64url").toString("utf8")).alg === "string";
    } catch {
      return false;
    }
  },
});
