/** systemd's reader of environment files, as far as one file needs it: `parse_env_file_internal` in src/basic/env-file.c. */

type State = "key" | "before" | "value" | "escape" | "single" | "double" | "double-escape" | "comment";

/** The variables of an environment file. */
export function readSystemd(text: string): Record<string, string> {
  const read: Record<string, string> = {};
  let [state, key, value, space]: [State, string, string, number] = ["key", "", "", 0];
  const end = () => {
    if (key) read[key] = value.slice(0, value.length - space);
    [state, key, value, space] = ["key", "", "", 0];
  };
  for (const character of text) {
    const isEnd = /[\n\r]/.test(character);
    switch (state) {
      case "comment":
        if (isEnd) state = "key";
        break;
      case "key":
        if (/[#;]/.test(character) && key === "") state = "comment";
        else if (character === "=") state = "before";
        else if (!isEnd) key += character;
        break;
      case "before":
      case "value":
        if (isEnd) end();
        else if (state === "before" && character === "'") state = "single";
        else if (state === "before" && character === '"') state = "double";
        else if (character === "\\") [state, space] = ["escape", 0];
        else if (state === "value" || !/\s/.test(character)) {
          state = "value";
          space = /\s/.test(character) ? space + 1 : 0;
          value += character;
        }
        break;
      case "escape":
        state = "value";
        if (!isEnd) value += character;
        break;
      case "single":
        if (character === "'") state = "before";
        else value += character;
        break;
      case "double":
        if (character === '"') state = "before";
        else if (character === "\\") state = "double-escape";
        else value += character;
        break;
      case "double-escape":
        state = "double";
        if (/["\\`$]/.test(character)) value += character;
        else if (character !== "\n") value += `\\${character}`;
        break;
    }
  }
  end();
  return read;
}
