import { isKnown } from "../../model/unknown";
import {
  anySide,
  directions,
  isOfFamily,
  isSystem,
  onSides,
  sidesWhere,
  signsInAs,
  usesExchange,
} from "../connections";
import { onlineSupportPage, told, type ProfileRule, type ProfileSubject, type Subject } from "../rule";
import { and, not, or, is, where, type Trilean } from "../trilean";
import type { CheckedConnection } from "../../model/profile";

const online = (subject: Subject) => subject.organization.deployment === "online";
const exchangeOnline = (subject: Subject) => and(isSystem(subject, "exchange-online"), usesExchange(subject));
const byOAuth = (subject: Subject) => anySide(subject, (connection) => signsInAs(connection, "oauth"));

/** China needs a location of its own, so autodiscover is off there. */
const isChina = ({ profile }: Subject) => is(profile.serverAuthority, "china") === true;

interface Deviation {
  path: string;
  setting: string;
  differs: Trilean;
}

function deviations(subject: Subject): Deviation[] {
  const { profile } = subject;
  const bySide = directions.flatMap((direction): Deviation[] => [
    {
      path: `${direction}.credentials`,
      setting: `other credentials than "server-to-server" for ${direction} email`,
      differs: not(signsInAs(profile[direction], "server-to-server")),
    },
    {
      path: `${direction}.useImpersonation`,
      setting: `impersonation for ${direction} email`,
      differs: is(profile[direction].useImpersonation, true),
    },
  ]);
  const ofType = {
    path: "serverType",
    setting: 'another server type than "exchange-online"',
    differs: where(profile.serverType, (type) => type !== "exchange-online"),
  };
  // The other settings are Exchange's own: over IMAP, POP3 and SMTP there are none to deviate.
  if (usesExchange(subject) === false) return [ofType];
  const ofAutodiscover = {
    path: "autodiscover",
    setting: "no autodiscover",
    differs: and(is(profile.autodiscover, false), !isChina(subject)),
  };
  return [...bySide, ofAutodiscover, ofType];
}
const present = (subject: Subject) => deviations(subject).filter(({ differs }) => differs === true);

const tenantOf = ({ credentials }: CheckedConnection) =>
  credentials !== null && "tenantId" in credentials ? credentials.tenantId : undefined;

const tenantPage =
  "https://github.com/MicrosoftDocs/power-platform/blob/01fd7bb52e0543a2d6ddc0068934f7a990d0834a/power-platform/admin/connect-exchange-online-server-profile-oauth.md";

function withoutTenant(connection: CheckedConnection, subject: ProfileSubject): Trilean {
  return and(
    isOfFamily(subject, "exchange-online"),
    signsInAs(connection, "oauth"),
    tenantOf(connection) === undefined && subject.profile.exchangeOnlineTenantId === null,
  );
}

function contradictingTenant(connection: CheckedConnection, { profile }: ProfileSubject): Trilean {
  const [ofConnection, ofProfile] = [tenantOf(connection), profile.exchangeOnlineTenantId];
  if (ofConnection === undefined || ofProfile === null) return false;
  if (!isKnown(ofConnection) || !isKnown(ofProfile)) return undefined;
  return ofConnection.toLowerCase() !== ofProfile.toLowerCase();
}

/** Exchange Online: same tenant, other tenant, and what its owner takes away. */
export const exchangeOnlineRules: readonly ProfileRule[] = [
  {
    id: "exchange-online-same-tenant",
    scope: "profile",
    severity: "error",
    acceptable: true,
    when: "Online with Exchange Online of the same tenant, by anything but the profile that Dynamics has for it",
    rows: ["O3", "O4"],
    path: (subject) => present(subject)[0]?.path ?? "serverType",
    needs: ["emailSystem", "serverType", "incoming.protocol", "incoming.credentials.source"],
    applies: (subject) =>
      online(subject) &&
      and(
        isSystem(subject, "exchange-online"),
        not(byOAuth(subject)),
        or(...deviations(subject).map(({ differs }) => differs)),
      ),
    message: (subject) =>
      `Dynamics 365 online and Exchange Online of the same tenant go together with server-to-server authentication only; this profile has ${present(
        subject,
      )
        .map(({ setting }) => setting)
        .join(", ")}.`,
    remedy:
      'Remove these settings and use the profile "Microsoft Exchange Online" that Dynamics has; for another tenant use source "oauth"; or accept the risk.',
    reference: onlineSupportPage,
  },
  {
    id: "exchange-online-other-tenant",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "Online with Exchange Online by OAuth, as for another tenant",
    rows: ["O5"],
    ...onSides<ProfileSubject>("credentials", (connection, subject) =>
      and(online(subject), isOfFamily(subject, "exchange-online"), signsInAs(connection, "oauth")),
    ),
    needs: ["emailSystem", "incoming.credentials.source", "outgoing.credentials.source"],
    message: () =>
      "Exchange Online of another tenant has limited support: no Dynamics 365 App for Outlook, and email addresses are approved by a global or Exchange administrator of the primary tenant.",
    remedy: "Accept the risk where these limits are fine.",
    reference: onlineSupportPage,
  },
  {
    id: "exchange-online-profile-not-creatable",
    scope: "profile",
    severity: "error",
    when: 'A new profile of server type "exchange-online" in an organization',
    path: "adopt",
    needs: ["serverType"],
    applies: ({ organization, profile }) =>
      and(organization.backend === "dynamics365", is(profile.serverType, "exchange-online"), profile.adopt === null),
    message: () =>
      'A profile of type "exchange-online" cannot be created: Dynamics makes the one that there is, and documents no value for another.',
    remedy: 'Take it over with adopt: { name: "Microsoft Exchange Online" }.',
    reference: "https://learn.microsoft.com/power-platform/admin/connect-exchange-online",
  },
  {
    id: "tenant-id",
    scope: "profile",
    severity: "error",
    when: "OAuth to Exchange Online without a tenant, or with another one than the profile's",
    serverErrors: ["TenantIDIsEmpty", "TenantIDValueChanged"],
    ...onSides<ProfileSubject>("credentials.tenantId", (connection, subject) =>
      or(withoutTenant(connection, subject), contradictingTenant(connection, subject)),
    ),
    needs: ["exchangeOnlineTenantId", "incoming.credentials.tenantId", "outgoing.credentials.tenantId"],
    message: (subject) => {
      const { profile } = subject;
      const [direction] = sidesWhere(subject, contradictingTenant);
      if (direction === undefined) return "OAuth to Exchange Online needs to know the tenant.";
      const own = told(subject, `${direction}.credentials.tenantId`, tenantOf(profile[direction]));
      const stated = told(subject, "exchangeOnlineTenantId", profile.exchangeOnlineTenantId);
      return `The credentials name the tenant ${own}, the profile names ${stated}.`;
    },
    remedy: "Set credentials.tenantId, the directory id of the Exchange Online tenant; it may stand in one place only.",
    reference: tenantPage,
  },
  {
    id: "exchange-online-ews-retirement",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "On-premises with Exchange Online over EWS, which its owner retires",
    path: "emailSystem",
    needs: ["emailSystem", "incoming.protocol", "outgoing.protocol"],
    applies: (subject) => and(!online(subject), exchangeOnline(subject)),
    message: () =>
      "Exchange Online blocks EWS in phases from 2026-10-01 and ends it on 2027-04-01; until then a tenant needs EWSEnabled and an allow list with the application. Exchange Server is not affected.",
    remedy:
      "Check EWSEnabled and EWSAllowedAppIDs of the tenant, and plan another way: Dynamics 365 online, or Exchange Server for these mailboxes.",
    reference:
      "https://www.neowin.net/forum/topic/1463574-exchange-online-ews-is-dying-here-is-what-it-admins-can-do-to-prepare/",
  },
];
