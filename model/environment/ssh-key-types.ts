/** The types of public keys for SSH that are taken: what OpenSSH takes by default, and no certificate. */
export const sshKeyTypes = [
  "ssh-ed25519",
  "sk-ssh-ed25519@openssh.com",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "ssh-rsa",
] as const;

export type SshKeyType = (typeof sshKeyTypes)[number];
