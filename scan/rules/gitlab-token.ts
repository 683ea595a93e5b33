import { prefixedTokenRule } from "../prefixed.ts";

/** GitLab's other tokens, by their prefixes (GitLab's documentation, "Token overview"): of people, deploys, runners, jobs and more. */
export const gitlabToken = prefixedTokenRule({
  name: "gitlab-token",
  looksLike: "a GitLab token",
  pattern:
    /(?<!\w)(?<secret>gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|ffct)-(?<random>[\w-]{20,}(?:\.[\w-]+)*))/dg,
});
