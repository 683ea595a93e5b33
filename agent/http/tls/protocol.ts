/** What listeners speak: TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only (RFC 9325, section 4.2). */
export const protocol = {
  minVersion: "TLSv1.2",
  ciphers: [
    ...["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"],
    ...["ECDHE+AESGCM", "ECDHE+CHACHA20"],
  ].join(":"),
} as const;
