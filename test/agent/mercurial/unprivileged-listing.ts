/** `node unprivileged-listing.cjs ROOT`, when it is bundled: the repositories beneath a folder, for a user who is not root. */
import { listRepositories } from "../../../agent/mercurial/repositories.ts";

if (process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(65534);
  process.setuid?.(65534);
}
void listRepositories(String(process.argv[2])).then((listed) => console.log(JSON.stringify(listed)));
