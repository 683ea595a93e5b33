/** What an identity provider is tried with: for each step what to press there, and why it most likely does not come. */

import type { Connector } from "../../model/environment/connector.ts";
import { type ConnectorStep, connectorSteps } from "../../model/environment/connector-step.ts";

/** Each as a person calls it. */
export const stepNames: Readonly<Record<ConnectorStep, string>> = {
  connection: "test connection",
  create: "create",
  update: "update",
  group: "group push",
  role: "role change",
  deactivate: "deactivate",
  reactivate: "reactivate",
  delete: "delete",
};

export interface StepGuide {
  /** What to do at the provider. */
  readonly press: string;
  /** The likely cause where it does not come. */
  readonly missing: string;
}

const guides: Readonly<Record<Connector["idp"], Readonly<Record<ConnectorStep, StepGuide>>>> = {
  okta: {
    connection: {
      press: "Provisioning > Integration > Edit > Test Connector Configuration",
      missing: "Okta does not reach the base URL, or does not trust its certificate",
    },
    create: {
      press: "Assignments > Assign: a test user",
      missing: "Create Users is off under Provisioning > To App",
    },
    update: {
      press: "change the user's last name under Directory > People; else Provisioning > To App > Force Sync",
      missing: "Update User Attributes is off under Provisioning > To App",
    },
    group: {
      press: "Push Groups: a group with the test user in it",
      missing:
        "Push Groups is not among the supported actions, or it is the group by which people are assigned",
    },
    role: {
      press: "move the user to another pushed group; Push Groups > Active > Push now",
      missing: "the user is not assigned to the app, or the group is not pushed",
    },
    deactivate: {
      press: "unassign the user",
      missing: "Deactivate Users is off under Provisioning > To App, or another assigned group has the user",
    },
    reactivate: {
      press: "assign the same user again",
      missing: "it was another user, or Create Users is off under Provisioning > To App",
    },
    delete: {
      press: "Push Groups: unlink the group, and have it deleted in the target app",
      missing: "the group was left in the target app; users are never deleted by Okta",
    },
  },
  entra: {
    connection: {
      press: "Provisioning > Test Connection",
      missing: "Entra does not get through, or does not trust the certificate",
    },
    create: {
      press: "Provision on demand: a test user who is assigned",
      missing: "the user is not assigned to the app, or Create is off among the target object actions",
    },
    update: {
      press: "change the user's job title; Provision on demand",
      missing: "the attribute is not in the mapping, or Update is off among the target object actions",
    },
    group: {
      press: "Provision on demand: a group with the test user in it",
      missing: "the mapping of groups is off, or the group is not assigned to the app",
    },
    role: {
      press: "put the user into another provisioned group, or take them out; Provision on demand: that group",
      missing: "the mapping of groups has no members, or the group is not assigned to the app",
    },
    deactivate: {
      press: "block the user's sign-in, or unassign the user; Provision on demand",
      missing: "active is not in the mapping, or users out of scope are skipped (SkipOutOfScopeDeletions)",
    },
    reactivate: {
      press: "take that back; Provision on demand",
      missing: "it was another user, or the user is not assigned again",
    },
    delete: {
      press: "delete the user for good under Deleted users; it comes with the next cycle",
      missing: "cycles run every 40 minutes (watch with --for 1h), or Delete is off among the actions",
    },
  },
  google: {
    connection: {
      press: "Autoprovisioning: activate it",
      missing: "Google comes in rounds of some hours",
    },
    create: {
      press: "turn the app on for a test user",
      missing: "Google comes in rounds of some hours, or the app is off for the user's unit",
    },
    update: {
      press: "change the user's department",
      missing: "Google comes in rounds of some hours, or the attribute is not in the mapping",
    },
    group: { press: "no button: Google sends no groups", missing: "Google sends no groups" },
    role: { press: "no button: Google sends no groups", missing: "Google sends no groups" },
    deactivate: {
      press: "suspend the user",
      missing: "the deprovisioning of suspended users is off, or its time is not over",
    },
    reactivate: {
      press: "reactivate the user",
      missing: "Google comes in rounds of some hours",
    },
    delete: {
      press: "delete the user",
      missing: "the deprovisioning of deleted users is off, or its time is not over",
    },
  },
  onelogin: {
    connection: {
      press: "Configuration: API Status > Enable, then Save",
      missing: "OneLogin does not reach the base URL, or the API is disabled",
    },
    create: {
      press: "Users > a test user > Applications: give the user the app",
      missing: "Enable provisioning is off, or Create user waits for an administrator's approval",
    },
    update: {
      press: "change the user's last name",
      missing: "Update user waits for an administrator's approval, or the template has no such attribute",
    },
    group: {
      press:
        "make the group once by hand, as the guide to OneLogin says, or give the user a role that makes one; Refresh the entitlements",
      missing: "OneLogin maps to groups that it finds: Groups is not included in user provisioning",
    },
    role: {
      press: "put the user into a role of a rule; Reapply entitlement mappings",
      missing: "no rule sets groups from that role, or Groups is not included in user provisioning",
    },
    deactivate: {
      press: "suspend the user",
      missing: "Do Nothing is chosen for who is deleted or loses the app, or it waits for approval",
    },
    reactivate: {
      press: "activate the user again",
      missing: "Update user waits for an administrator's approval",
    },
    delete: {
      press: "take the app from the user, where Delete is chosen for that",
      missing: "Suspend is chosen for who is deleted or loses the app, or Delete user waits for approval",
    },
  },
  jumpcloud: {
    connection: {
      press: "Identity Management > Test Connection",
      missing: "JumpCloud does not reach the base URL, or does not trust its certificate",
    },
    create: {
      press: "put a test user into a group of the app",
      missing: "the group is not among the app's User Groups, or the integration is not activated",
    },
    update: {
      press: "change the user's last name",
      missing: "the user is in no group of the app, or the attribute is not in the mapping",
    },
    group: {
      press: "put the test user into a group of the app; a group without members is not made",
      missing: "management of User Groups and Group Membership is off",
    },
    role: {
      press: "put the user into another group of the app",
      missing: "that group is not among the app's User Groups",
    },
    deactivate: {
      press: "take the user out of all groups of the app",
      missing: "another group of the app still has the user",
    },
    reactivate: {
      press: "put the user back",
      missing: "it was another user, or the group is none of the app",
    },
    delete: {
      press: "Test Connection deletes the user and the group that it made",
      missing: "the test stopped before: look at what was refused",
    },
  },
  authentik: {
    connection: {
      press: "the provider's page > Sync now",
      missing: "the provider is no backchannel provider of an application, or the URL is not reached",
    },
    create: {
      press: "create a test user",
      missing: "the user filter of the provider leaves the user out",
    },
    update: {
      press: "change the user's name",
      missing: "the user filter of the provider leaves the user out, or the worker does not run",
    },
    group: {
      press: "create a group with the test user in it",
      missing: "the provider has no property mapping of groups, or the worker does not run",
    },
    role: {
      press: "put the user into another group",
      missing: "the user was never sent, and so is no member",
    },
    deactivate: {
      press: "deactivate the user",
      missing: "the user filter of the provider leaves the user out: who falls out of it is not taken away",
    },
    reactivate: { press: "activate the user again", missing: "it was another user" },
    delete: { press: "delete the user", missing: "the user was never sent" },
  },
  keycloak: {
    connection: {
      press: "create a test user, or synchronise all users: there is no button of its own",
      missing: "scim is not among the event listeners of the realm, or the endpoint is not reached",
    },
    create: {
      press: "create a test user",
      missing: "scim is not among the event listeners, or propagation-user is off",
    },
    update: {
      press: "change the user's last name",
      missing: "propagation-user is off, or the user has the attribute scim-skip",
    },
    group: {
      press: "create a group, and put the test user into it",
      missing: "propagation-group is off, or the group has the attribute scim-skip",
    },
    role: {
      press: "put the user into another group, or take them out of the first",
      missing: "propagation-group is off, or the user was never sent",
    },
    deactivate: { press: "disable the user", missing: "propagation-user is off" },
    reactivate: { press: "enable the user again", missing: "it was another user" },
    delete: { press: "delete the user", missing: "propagation-user is off, or the user was never sent" },
  },
  scim: {
    connection: {
      press: "test the connection, or read a list of users",
      missing: "the base URL is another one, is not reached, or its certificate is not trusted",
    },
    create: { press: "create a test user", missing: "the user is not in scope, or creating is off" },
    update: {
      press: "change the user's name",
      missing: "updating is off, or the attribute is not in the mapping",
    },
    group: { press: "push a group with the test user in it", missing: "pushing groups is off" },
    role: {
      press: "put the user into another group",
      missing: "memberships are not sent, or the group is not pushed",
    },
    deactivate: {
      press: "deactivate the user",
      missing: "deactivating is off, or active is not in the mapping",
    },
    reactivate: { press: "activate the same user again", missing: "it was another user" },
    delete: { press: "delete the user", missing: "the provider deactivates and never deletes" },
  },
};

const ofUsers: readonly ConnectorStep[] = ["create", "update", "deactivate", "reactivate"];
const ofGroups: readonly ConnectorStep[] = ["group", "role"];

/** The steps that a connector is tried with, in their order: without those of what it may not write, or its provider does not. */
export function stepsOfConnector({ idp, auth }: Pick<Connector, "idp" | "auth">): readonly (StepGuide & {
  readonly step: ConnectorStep;
})[] {
  const allow = auth?.allow ?? [];
  const hasGroups = idp !== "google" && allow.includes("groups");
  const without = [
    ...(allow.includes("users") ? [] : ofUsers),
    ...(hasGroups ? [] : ofGroups),
    // it deletes nothing else
    ...(idp === "okta" && !hasGroups ? ["delete"] : []),
  ];
  return connectorSteps
    .filter((step) => !without.includes(step))
    .map((step) => ({ step, ...guides[idp][step] }));
}
