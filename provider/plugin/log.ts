/**
 * Says something to the developer: a line of JSON on stderr, which Terraform shows under `TF_LOG`. Never a value out of
 * a configuration or a state.
 *
 * Source: hashicorp/go-plugin, log_entry.go.
 */
export function log(level: "debug" | "info" | "warn" | "error", message: string): void {
  process.stderr.write(`${JSON.stringify({ "@level": level, "@message": message })}\n`);
}
