/**
 * What can be wrong with what people write, by its stable code: files of environments, of policy tests, and the agent's own. A
 * code never changes its meaning; sentences may.
 */

/** A code, for the people who meet it. */
export interface CodeEntry {
  /** What it means. */
  readonly means: string;
  /** A sentence as it is told. */
  readonly example: string;
  /** What to do about it. */
  readonly mend: string;
}

/** The kinds of problems that validation tells. */
export const problemCodes = {
  "no-such-file": {
    means: "A file or a folder is not there, or a folder has no environment in it.",
    example:
      'extends "./shared/polcy.yaml": no such file (expected an environment file, did you mean "policy.yaml"?)',
    mend: "Correct the name, or the path in `extends`.",
  },
  "unreadable-file": {
    means:
      "What is there cannot be read as a file: it is a folder, a device, a link out of the project, or this user may not read it.",
    example: 'extends "./shared": a folder (expected a file, such as environments/production.yaml)',
    mend: "Name a file, and let the user who runs the command read it.",
  },
  "not-utf8": {
    means: "The bytes of a file are not UTF-8.",
    example: "the byte 0xFC is not UTF-8 (expected the file to be saved as UTF-8)",
    mend: "Save the file as UTF-8.",
  },
  "too-large": {
    means: "A file, a text, a list or an expression is larger, longer or deeper than may be.",
    example: "more than two references (expected one, or two for a token that is rotated)",
    mend: "Take something out, or move parts into a file that is extended.",
  },
  "malformed-name": {
    means: "The name of an entry, or of an environment's file, has not the form of such a name.",
    example: 'the key "Core" is not a name (expected lower case letters, digits and hyphens, a letter first)',
    mend: "Rename it as the message says, and wherever it is mentioned.",
  },
  "extends-path": {
    means: "`extends` leads nowhere: it is no relative path, leaves the project, or goes in a circle.",
    example: "extends leads out of the project (expected a file beneath …)",
    mend: "Name one file of the project, by its path from the file that extends it.",
  },
  "yaml-syntax": {
    means: "The text is not YAML.",
    example: "[ is not closed (expected ])",
    mend: "Mend the line at the mark. Quotes around a text take away whatever meaning its marks have.",
  },
  "yaml-feature": {
    means: "Something of YAML that programs read differently, and that no environment needs.",
    example: "a tag (expected a plain value, or quotes around text that begins with !)",
    mend: "Write a plain value, or put quotes around text.",
  },
  "duplicate-key": {
    means: "A map has one key twice.",
    example: 'a second "permissions" (expected once; the first is at line 18)',
    mend: "Keep one of the two.",
  },
  "unseen-character": {
    means: "A character that cannot be seen, or that looks like a space and is none.",
    example: "a space that YAML does not know, U+00A0 (expected a plain one)",
    mend: "Delete it, and type the line anew where it was pasted.",
  },
  "wrong-type": {
    means: "A value is of another type than the one that belongs there, such as a list in place of a map.",
    example: "text (expected a list, such as [one, other])",
    mend: "Write a value of the type that the message names. Text that looks like a number needs quotes.",
  },
  "unknown-key": {
    means: "A map has a key that nothing reads.",
    example: 'unknown key "raed" (expected one of …, did you mean "read"?)',
    mend: "Correct its spelling, or look it up in docs/reference.md.",
  },
  "missing-key": {
    means: "A key is needed and not there.",
    example: 'missing "token" (expected text)',
    mend: "Add the key.",
  },
  "unknown-value": {
    means: "A value is not among the few that may stand there.",
    example:
      'unknown value "otka" (expected one of okta, entra, google, onelogin, jumpcloud, authentik, keycloak, scim, did you mean "okta"?)',
    mend: "Take one of those that the message names.",
  },
  "malformed-value": {
    means: "A text has not the form of what belongs there: a URL, a duration, a pattern, a schedule.",
    example: "not a duration (expected a whole number and its unit s, m, h or d, such as 24h)",
    mend: "Write it in the form that the message shows.",
  },
  "out-of-bounds": {
    means: "A number or a span of time is less or more than may be.",
    example: "2h is more than max (expected at most 1h)",
    mend: "Take one within the bounds that the message names.",
  },
  "too-few": {
    means: "A list or a text is empty, or has less in it than is needed.",
    example: "no repository (expected at least one pattern)",
    mend: "Add what is missing, or take the key out.",
  },
  "duplicate-item": {
    means: "One thing stands twice where it counts once, by the same name or by another one.",
    example: '"readers" stands here twice (expected each once)',
    mend: "Keep one of the two.",
  },
  "conflicting-keys": {
    means: "Two keys or values stand beside each other of which one rules the other out.",
    example: "cron beside every (expected one of them)",
    mend: "Keep the one that is meant.",
  },
  "no-effect": {
    means: "Something is declared and can never do anything.",
    example: '"!core/**" excludes all of "core/**" again (expected one of the two)',
    mend: "Complete it, or take it out.",
  },
  "secret-literal": {
    means: "A secret itself may stand where only a reference to it belongs.",
    example: "a literal value where a secret reference belongs (expected …)",
    mend: "Replace the secret, which is known to the repository now, and write a reference to the new one.",
  },
  "malformed-reference": {
    means:
      "A reference to a secret is of no kind that is known, incomplete, or of a kind that nobody resolves at this place.",
    example:
      "a reference into Vault that is not a mount, a path and a key (expected ref+vault://mount/path#/key)",
    mend: "Write the form that the message names. What terraform's machine resolves, such as `delivery.agent.token`, is of `ref+env` or `ref+file`.",
  },
  "shared-secret": {
    means: "Two environments have one secret: who can read it in the one can use it in the other.",
    example:
      "ref+env://SCIM_TOKEN is a secret of production and of staging (expected another one in each environment)",
    mend: "Give each environment a secret of its own.",
  },
  "shared-agent": {
    means: "Two environments have one agent: what is deployed to the one would take the place of the other.",
    example:
      "hg.example.com:7443 is the agent of production and of staging (expected another one in each environment)",
    mend: "Give each environment the address of its own agent in `delivery.agent.url`.",
  },
  "wrong-agent": {
    means:
      "`promote.agent` is the agent of another environment than the one that the policy is to come from.",
    example: "hg-preview.example.com:7443 is the agent of preview (expected that of staging)",
    mend: "Write the address of the agent of `promote.from` into `promote.agent.url`.",
  },
  "secret-lifetime": {
    means: "A secret may live longer than the limit, or for ever.",
    example: "2161h is longer than the limit (expected at most 90d, see …)",
    mend: "Give it a lifetime within the limit, and replace it as often.",
  },
  "misplaced-limit": {
    means: "An environment sets its own limit, which would limit nothing.",
    example: "a limit in the environment's own file (expected it in a file that the environment extends)",
    mend: "Move it into the file that the environments extend.",
  },
  "unused-secret": {
    means: "No variable names the secret.",
    example: 'secret "old-token" is not used (expected a variable of type secret to name it)',
    mend: "Take it out, or name it in a variable of type secret.",
  },
  "unknown-name": {
    means: "A variable, secret, connector, environment or function is named that there is not.",
    example:
      'no variable "SCIM_BASE_ULR" (expected a declared variable of type url, did you mean "SCIM_BASE_URL"?)',
    mend: "Correct the name, or declare what it names.",
  },
  "unknown-group": {
    means: "A group is named that no connector selects.",
    example:
      'no connector selects a group "reader" (expected a group of a connector, did you mean "readers"?)',
    mend: "Correct the name, or add the group to the `groups` of its connector.",
  },
  "unknown-attribute": {
    means: "An attribute is named that no user can have.",
    example: 'no attribute "userNmae" (expected an attribute of users, did you mean "userName"?)',
    mend: "Correct the name, or declare the attribute under `extensions` of the connector.",
  },
  "ambiguous-group": {
    means: "Several connectors select a group of this name.",
    example: '"readers" is a group of several connectors (expected okta/readers or entra/readers)',
    mend: "Write the connector before it: okta/engineering.",
  },
  "variable-name": {
    means: "The variable of a connector has a name by which people and scripts would not find it.",
    example:
      'the variable of a connector is called "BASE_URL" (expected a name that begins with SCIM_, such as SCIM_BASE_URL)',
    mend: "Let its name begin with SCIM_.",
  },
  "variable-type": {
    means: "A variable is used where one of another type belongs.",
    example: 'variable "DOMAIN" is of type string (expected a variable of type tenant-id or uuid)',
    mend: "Name a variable of that type, or correct the type of this one.",
  },
  "variable-value": {
    means: "A variable has a value that its own declaration rules out, or none where one is needed.",
    example: "0 is out of bounds (expected at least 1, its min)",
    mend: "Correct the value, or the pattern, bounds or values of the declaration.",
  },
  "unused-variable": {
    means: "Nothing uses the variable.",
    example: 'variable "DOMAIN" is not used (expected a connector, an expression or an alert to use it)',
    mend: "Take it out, or use it.",
  },
  "endpoint-path": {
    means: "The path of a connector's endpoint is none, another connector's, or has something behind it.",
    example: '"/scim/v2" is the endpoint of connector "okta" too (expected a path of its own)',
    mend: "Give each connector a URL with a path of its own, and nothing behind that.",
  },
  "shared-credentials": {
    means:
      "Two connectors take one token: whoever has it can write as either, so that neither says who has written.",
    example:
      'an access token of this issuer for this audience opens connector "okta" too (expected an audience of its own, or scopes in both of which none is the other\'s)',
    mend: "Give each connector a secret of its own, or an audience of its own at the issuer.",
  },
  "unprotected-address": {
    means: "Tokens would go over the network without TLS.",
    example: "an agent that is not on this host is reached by https only (expected https://…)",
    mend: "Use https, or a certificate for the listener. Without either only loopback will do.",
  },
  "unclear-precedence": {
    means: "It is not clear which of two connectors counts where both speak of one account.",
    example: '1 is the precedence of connector "okta" too (expected a number of its own)',
    mend: "Give every connector a precedence of its own, or none to any.",
  },
  "extension-mismatch": {
    means: "One extension is declared in two ways, or under two names, or is the standard's own.",
    example: "a schema that is known already (expected the URN of another one)",
    mend: "Declare it alike everywhere, or give one of the two another name.",
  },
  contradiction: {
    means: "Two rules of permission sets cannot both be meant.",
    example: "okta/readers is denied read here and given it in this set (…) (expected one of the two)",
    mend: "Take out the one that is not meant. The message says where the other one is.",
  },
  shadowed: {
    means: "A rule changes nothing, since another one says at least as much wherever it holds.",
    example:
      "okta/writers is given read already: it is given write in this set (…) (expected one of the two)",
    mend: "Take it out, or the other one, whose place the message names.",
  },
  "expression-syntax": {
    means: "An expression is not CEL.",
    example: "= is no operator (expected == to compare)",
    mend: "Mend it at the mark.",
  },
  "expression-type": {
    means: "An expression, or a part of one, is of another type than what is around it needs.",
    example: "no bool == string (expected both sides of one type)",
    mend: "Compare and call values of one type, and end in the type that the key asks for.",
  },
  "expression-presence": {
    means: "An expression takes what a user may not have, and would fail for that user.",
    example:
      "user.userType may be missing (expected has(user.userType) before it, or user.?userType.orValue(…))",
    mend: "Ask before it with has(…), or take it with .? and say with orValue(…) what counts instead.",
  },
  "expression-nesting": {
    means: "Macros lie so deep in each other that evaluating them could take minutes.",
    example: "all() within 2 others, which multiply (expected no more than 2 in each other)",
    mend: "Take what does not depend on the others out, or ask it in a constraint of its own.",
  },
  "expression-refused": {
    means: "An expression uses a part of CEL that cannot be checked beforehand, or whose time has no bound.",
    example:
      "matches() is not available: its running time has no bound (expected startsWith, endsWith or contains)",
    mend: "Write it with what the message names instead.",
  },
  "unreadable-payload": {
    means: "The payload of a policy test is not there, or is not the JSON body of a SCIM request.",
    example: "no payload there: no such file (expected a JSON file, from the folder of this file)",
    mend: "Name a file with such a body, by its path from the folder of the policy tests.",
  },
  "more-problems": {
    means: "There are more problems than anybody would read; the others are not told.",
    example: "there are more (only the first 100 problems are told)",
    mend: "Mend those that are told first, and validate again.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

/** The code of a kind of problem. */
export type ProblemCode = keyof typeof problemCodes;
