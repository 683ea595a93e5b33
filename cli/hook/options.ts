/** The options of hooks, which their installation writes into them. */
import { Option } from "@commander-js/extra-typings";

export const mainOption = new Option(
  "--main <branch>",
  "the branch that is deployed, with which others are to go together; that which the repository has as its own when none is named",
);

export const askOption = new Option(
  "--ask",
  "ask the agents too, whether the change is within their bounds; where they cannot be asked, nothing goes through",
);
