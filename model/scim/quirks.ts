/**
 * What identity providers send that the RFCs do not foresee, or do otherwise than one would expect. The guides in docs/ show
 * it as tables; each has a test of its name in test/agent/providers/.
 */
import type { Connector } from "../environment/connector.ts";

export interface Quirk {
  /** Short and unique for the provider: the name of its test. */
  readonly name: string;
  readonly idp: Exclude<Connector["idp"], "scim">;
  /** What is sent, and what is made of it. */
  readonly what: string;
  /** The page on which somebody answers for it: the provider, where it says it at all. */
  readonly source: string;
}

const okta = {
  protocol: "https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20",
  questions: "https://developer.okta.com/docs/concepts/scim/faqs/",
  groupPush: "https://help.okta.com/en-us/Content/Topics/users-groups-profiles/usgp-enable-group-push.htm",
} as const;

const learn = "https://learn.microsoft.com/en-us/entra/identity/app-provisioning";
const entra = {
  endpoint: `${learn}/use-scim-to-provision-users-and-groups`,
  compliance: `${learn}/application-provisioning-config-problem-scim-compatibility`,
  mapping: `${learn}/customize-application-attributes`,
  lifecycle: `${learn}/how-provisioning-works`,
} as const;

const google = {
  provisioning: "https://support.google.com/a/answer/7681608",
  deprovisioning:
    "https://knowledge.workspace.google.com/admin/users/advanced/configure-screensteps-user-provisioning",
  groups: "https://docs.aws.amazon.com/singlesignon/latest/userguide/gs-gwp.html",
} as const;

export const quirks = [
  {
    idp: "okta",
    name: "asks for the userName before it creates",
    what: "A list filtered by `userName eq`, with `startIndex` and `count`. Nobody found is an empty list, answered 200.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "sends a password",
    what: "A random `password` with every new user. It is taken and forgotten.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "sends back the whole user",
    what: "An update is a GET, then a PUT of all of it, with `id`, `meta` and `groups`. These are not changed by it.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "deactivates without a path",
    what: "Apps of the catalogue send PATCH `replace` with `{ active: false }` as its value.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "deactivates by PUT",
    what: "Apps of the wizard send the whole user with `active: false`.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "never deletes a user",
    what: "Who leaves is inactive for good, has no access and keeps memberships, which count again after `active: true`.",
    source: okta.questions,
  },
  {
    idp: "okta",
    name: "imports page by page",
    what: "Lists by `startIndex` and `count=100`, 100 further each time: smaller pages (`pageSize`) would lose people and are an error.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "pushes members in parts",
    what: "A group is created empty. Then come PATCHes, each with some `remove` and `add` operations.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "pushes all members at once",
    what: "PATCH `replace` of `members` with the whole list: who is not in it has left.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "repeats the name of a group",
    what: "PATCH `replace` with `{ id, displayName }` beside each change of members. The `id` is ignored.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "puts whole groups",
    what: "Apps of the wizard PUT the group with all its members, in place of PATCH.",
    source: okta.protocol,
  },
  {
    idp: "okta",
    name: "deletes a group that is unlinked",
    what: "DELETE, when the group is unlinked and to be deleted in the target app. Its members stay users.",
    source: okta.groupPush,
  },
  {
    idp: "entra",
    name: "asks for a user that is not there",
    what: "Test Connection filters by a random GUID. The answer is 200 with an empty list, never 404.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "writes operations with a capital letter",
    what: "`Add`, `Replace`, `Remove` in the `op` of a PATCH.",
    source: entra.compliance,
  },
  {
    idp: "entra",
    name: "writes false as text",
    what: '`"False"` for `active`, unless the Tenant URL has the flag. It is false; whatever is neither is refused.',
    source: entra.compliance,
  },
  {
    idp: "entra",
    name: "names sub-attributes in a value",
    what: "With the flag, PATCH `replace` without a path and names such as `name.givenName` or `urn:…:User:department`.",
    source: entra.compliance,
  },
  {
    idp: "entra",
    name: "lists the members to remove",
    what: "`Remove` with the path `members` and a list as its value: these leave, the others stay.",
    source: entra.compliance,
  },
  {
    idp: "entra",
    name: "refers to null",
    what: "`$ref: null` beside the `value` of a member. It says nothing.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "replaces an e-mail that is not there",
    what: '`emails[type eq "work"].value` of a user without one: it is added with that type.',
    source: "https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49200",
  },
  {
    idp: "entra",
    name: "writes the manager as text",
    what: "The id alone, or a list of one `{ $ref, value }`, where `{ value }` belongs.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "chooses the manager to remove",
    what: '`remove` with the path `manager[value eq "id"]`, as if there could be several.',
    source: "https://github.com/thomaspoignant/scim-patch/issues/453",
  },
  {
    idp: "entra",
    name: "leaves out the schema of the manager",
    what: "The path `manager` alone, for the enterprise extension's attribute.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "sends null for what a user does not have",
    what: "`addresses: null`, and `department: null` outside its extension. Null is no value; a misplaced name is ignored.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "names schemas that nobody has",
    what: "A misspelt enterprise URN of users, and one of Microsoft's own with groups, in `schemas`. They say nothing.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "sends extensions that nobody declared",
    what: "A mapped `urn:…:extension:…:User:tag`, in a body or as a path. It is ignored, and the rest of the request is done.",
    source: entra.mapping,
  },
  {
    idp: "entra",
    name: "chooses the role by primary",
    what: '`roles[primary eq "True"].value`, with the boolean as text: that role, made if there is none.',
    source: entra.mapping,
  },
  {
    idp: "entra",
    name: "writes app roles as JSON in text",
    what: "PATCH `Add` of `roles` whose `value` is JSON with `id`, `value` and `displayName`. It is kept as it is sent: no role of the name, and takes none away.",
    source: entra.mapping,
  },
  {
    idp: "entra",
    name: "replaces all app roles",
    what: "PATCH `replace` of `roles`, by AssertiveAppRoleAssignmentsComplex: who lost a role loses what it gave.",
    source: entra.mapping,
  },
  {
    idp: "entra",
    name: "asks for groups without their members",
    what: "`excludedAttributes=members`, on one group and on lists.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "filters by what it matches on",
    what: "`userName`, `externalId`, `displayName` by `eq`; `userName` and `displayName` in any case of letters.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "asks whether a reference is there",
    what: "A filter by `id` and by `manager` or `members` together.",
    source: entra.endpoint,
  },
  {
    idp: "entra",
    name: "disables first and deletes later",
    what: "`active` false when a user is unassigned, blocked or deleted; DELETE 30 days after the deletion.",
    source: entra.lifecycle,
  },
  {
    idp: "entra",
    name: "does not send the groups of who comes back",
    what: "`active` true and no memberships: those from before count again.",
    source: entra.lifecycle,
  },
  {
    idp: "google",
    name: "sends users and no groups",
    what: "Nothing comes to `/Groups`. Derived groups, by attributes of the user, take their place.",
    source: google.groups,
  },
  {
    idp: "google",
    name: "suspends in place of deleting",
    what: "`active: false`. Google does not publish the request: PATCH with and without a path and PUT are all understood.",
    source: google.provisioning,
  },
  {
    idp: "google",
    name: "deletes after a time of its own",
    what: "DELETE when the deprovisioning delay is over. It has no effect on access that went with the suspension.",
    source: google.deprovisioning,
  },
] as const satisfies readonly Quirk[];

/** The names of a provider's quirks. */
export type QuirkName<Idp extends Quirk["idp"]> = Extract<
  (typeof quirks)[number],
  { readonly idp: Idp }
>["name"];
