import { isStandInPassword } from "../placeholder.ts";
import { patternRule } from "../rule.ts";

/**
 * A user name and a password in base64 (RFC 7617, section 2): in a header, in Docker's `auths` (config.json), and as `_auth`
 * in npm's configuration.
 */
export const basicAuth = patternRule({
  name: "basic-auth",
  looksLike: "a user name and a password in base64",
  pattern:
    /(?:authorization["'`]?[ \t]{0,8}[:=,][ \t]{0,8}["'`]?basic[ \t]{1,8}|"auth"\s{0,40}:\s{0,40}"|(?<!\w)_auth[ \t]{0,8}=[ \t]{0,8}"?)(?<secret>[A-Za-z\d+/]{8,4096}={0,2})/dgi,
  accepts: ({ secret = "" }) => {
    const text = Buffer.from(secret, "base64").toString("utf8");
    const [, password] = /^[^:\p{Cc}\uFFFD]+:([^\p{Cc}\uFFFD]{4,})$/u.exec(text) ?? [];
    return password !== undefined && !isStandInPassword(password);
  },
});
