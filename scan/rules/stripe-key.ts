import { prefixedTokenRule } from "../prefixed.ts";

/** Stripe's keys of live mode, secret and restricted, and the secrets of its webhooks; those of test mode move no money. */
export const stripeKey = prefixedTokenRule({
  name: "stripe-key",
  looksLike: "a Stripe key",
  pattern: /(?<!\w)(?<secret>(?:[sr]k_live_|whsec_)(?<random>[A-Za-z\d+/]{20,}))/dg,
});
