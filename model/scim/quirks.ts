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

const onelogin = {
  introduction: "https://onelogin.service-now.com/kb_view_customer.do?sysparm_article=KB0010298",
  template: "https://scim.dev/guide/applications/onelogin",
} as const;

const jumpcloud = {
  custom:
    "https://jumpcloud.com/support/provision-and-manage-users-and-groups-in-apps-using-custom-scim-identity-management-integration",
  groups: "https://jumpcloud.com/wp-json/wp/v2/support/85119",
} as const;

const authentik = {
  provider: "https://docs.goauthentik.io/add-secure-apps/providers/scim/",
  groups: "https://github.com/goauthentik/authentik/blob/main/authentik/providers/scim/clients/groups.py",
  users: "https://github.com/goauthentik/authentik/blob/main/authentik/providers/scim/clients/users.py",
} as const;

const keycloak = {
  extension: "https://github.com/mitodl/keycloak-scim",
  groups:
    "https://github.com/mitodl/keycloak-scim/blob/main/src/main/java/sh/libre/scim/core/GroupAdapter.java",
  users:
    "https://github.com/mitodl/keycloak-scim/blob/main/src/main/java/sh/libre/scim/core/UserAdapter.java",
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
  {
    idp: "onelogin",
    name: "names the schema of SCIM 1.1",
    what: "The template of the older app has `urn:scim:schemas:core:1.0` in `schemas`, and SCIM 2.0 in all else. It is taken as the schema of the address.",
    source: onelogin.template,
  },
  {
    idp: "onelogin",
    name: "suspends or deletes",
    what: "Who leaves is suspended (`active: false`) or deleted (DELETE), as the app is set. Access ends with either.",
    source: onelogin.introduction,
  },
  {
    idp: "onelogin",
    name: "reads the groups that are here",
    what: "It lists `/Groups`, and maps its own roles to what it found: a group has to be here before somebody can come into it.",
    source: onelogin.introduction,
  },
  {
    idp: "jumpcloud",
    name: "tests with a user and a group of its own",
    what: "**Test Connection** makes a user with the address that you give and a group, and deletes both. They count as any other, and are in the audit.",
    source: jumpcloud.custom,
  },
  {
    idp: "jumpcloud",
    name: "takes over a group of the same name",
    what: "A group is found by its `displayName`, whatever its case, and managed from then on.",
    source: jumpcloud.groups,
  },
  {
    idp: "jumpcloud",
    name: "deactivates who is in no assigned group",
    what: "Who is in no group of the app any more is sent with `active: false`; the groups keep the member.",
    source: jumpcloud.groups,
  },
  {
    idp: "jumpcloud",
    name: "deletes a group that it manages",
    what: "DELETE, when the group is deleted there. One that is taken from the app alone stays here, with its members.",
    source: jumpcloud.groups,
  },
  {
    idp: "authentik",
    name: "asks what is supported",
    what: "GET of `/ServiceProviderConfig` before all else: since `patch` is there, members are changed by PATCH.",
    source: authentik.provider,
  },
  {
    idp: "authentik",
    name: "puts whole users",
    what: "Each change, `active` too, is a PUT of the user with its `id`; `externalId` is the hashed id of the user there.",
    source: authentik.users,
  },
  {
    idp: "authentik",
    name: "writes an operation for each member",
    what: "PATCH with `add` and `remove` of the path `members`, each with a list of one as its value. A `remove` takes that one out, and not all.",
    source: authentik.groups,
  },
  {
    idp: "authentik",
    name: "replaces a group without a path",
    what: "PATCH `replace` of the whole group, `schemas`, `id` and `externalId` in it, without `members`: these stay.",
    source: authentik.groups,
  },
  {
    idp: "authentik",
    name: "goes through pages without a count",
    what: "`?startIndex=` behind what it has seen, until it has seen `totalResults`: pages of any size.",
    source: authentik.groups,
  },
  {
    idp: "authentik",
    name: "deletes who is gone",
    what: "DELETE of a user who is deleted there.",
    source: authentik.users,
  },
  {
    idp: "keycloak",
    name: "puts whole users",
    what: "Each change is a PUT with `id`, an empty list of `roles`, and a `meta.location` that is no whole address. A user who is disabled has `active: false`.",
    source: keycloak.users,
  },
  {
    idp: "keycloak",
    name: "refers to members by a part of an address",
    what: "`$ref: Users/…` beside the `value` of a member. The `value` counts.",
    source: keycloak.groups,
  },
  {
    idp: "keycloak",
    name: "leaves out the members of an empty group",
    what: "The PUT of a group without members has no `members`: everybody has left.",
    source: keycloak.groups,
  },
  {
    idp: "keycloak",
    name: "deletes who is deleted",
    what: "DELETE of a user or group that is deleted there, with a content type and no body.",
    source: keycloak.extension,
  },
] as const satisfies readonly Quirk[];

/** The names of a provider's quirks. */
export type QuirkName<Idp extends Quirk["idp"]> = Extract<
  (typeof quirks)[number],
  { readonly idp: Idp }
>["name"];
