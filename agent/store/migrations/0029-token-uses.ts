/** When each token was used last, and from where: null where nobody has seen that. */
export const tokenUses = [
  `ALTER TABLE tokens ADD COLUMN last_used INTEGER`,
  `ALTER TABLE tokens ADD COLUMN last_from TEXT`,
];
