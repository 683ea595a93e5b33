/** Whose each public key is: the account that had it first, for as long as it is not given up. */
export const sshKeys = [
  "CREATE TABLE ssh_keys (type TEXT NOT NULL, blob TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (type, blob))",
  "CREATE INDEX ssh_keys_by_account ON ssh_keys (account)",
];
