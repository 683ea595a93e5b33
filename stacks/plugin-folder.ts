/** How terraform looks for the providers that lie beside a configuration. */

/** The folder, as seen from the configuration's. */
export const pluginFolder = "terraform.d/plugins";

/** The platform of this machine as Go names it: `linux_amd64`. */
export function platform(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const machine = process.arch === "x64" ? "amd64" : process.arch;
  return `${system}_${machine}`;
}
