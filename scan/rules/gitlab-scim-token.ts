import { patternRule } from "../rule.ts";

/** GitLab's SCIM tokens, by their prefix (GitLab's documentation, "Token overview"). */
export const gitlabScimToken = patternRule({
  name: "gitlab-scim-token",
  looksLike: "a GitLab SCIM token",
  pattern: /(?<!\w)(?<secret>glsoat-[\w-]{20,}(?:\.[\w-]+)*)/dg,
});
