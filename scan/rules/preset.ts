import type { SecretLintRuleCreator } from "@secretlint/types";
import { presetRules } from "../secretlint.ts";

/**
 * secretlint's recommended rules, but for the one that lets a comment `secretlint-disable` switch them off for a whole file
 * and without a reason: a preset's own `disabled` does not reach its rules.
 */
export const recommended: readonly SecretLintRuleCreator[] = presetRules.filter(
  ({ meta }) => !meta.id.endsWith("/secretlint-rule-filter-comments"),
);

/** What the rules find, by their message's id: the messages themselves repeat the value. */
export const recommendedLooksLike: Readonly<Record<string, string>> = {
  AWSAccountID: "an AWS account id",
  AWSSecretAccessKey: "an AWS secret access key",
  AWSAccessKeyID: "an AWS access key id",
  PrivateKeyP12: "a private key of a Google Cloud service account",
  PrivateKeyJSON: "a private key of a Google Cloud service account",
  PrivateKey: "a private key",
  PackageJSON_xOauthToken: "a GitHub token",
  Npmrc_authToken: "an npm token",
  NPM_ACCESS_TOKEN: "an npm token",
  BasicAuth: "a user name and a password in a URL",
  SLACK_TOKEN: "a Slack token",
  IncomingWebhook: "a Slack webhook",
  SENDGRID_KEY: "a SendGrid API key",
  SHOPIFY_KEY: "a Shopify API key",
  GITHUB_TOKEN: "a GitHub token",
  OPENAI_TOKEN: "an OpenAI API token",
  ANTHROPIC_API_KEY: "an Anthropic API key",
  LINEAR_API_TOKEN: "a Linear API token",
  OPS_TOKEN: "a 1Password service account token",
  MongoDBConnection: "a MongoDB connection string with a password",
  MySQLConnection: "a MySQL connection string with a password",
  PostgreSQLConnection: "a PostgreSQL connection string with a password",
};
