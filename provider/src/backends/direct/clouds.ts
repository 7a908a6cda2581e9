import { isIP } from "node:net";
import type { ProfileFacts } from "../../model/facts";
import { mailSystems, type Protocol } from "../../model/mailSystems";
import { known } from "../../model/unknown";

/** A cloud of Microsoft: who gives tokens, and for which Exchange Online. */
interface Cloud {
  authority: string;
  /** Resource of an app's own tokens. */
  resource: string;
  /** Resource of a user's permissions for IMAP, POP3, SMTP and EWS. */
  userResource: string;
}

export const clouds: Readonly<Record<"public" | "us-government" | "china", Cloud>> = {
  public: {
    authority: "login.microsoftonline.com",
    resource: "https://outlook.office365.com",
    userResource: "https://outlook.office.com",
  },
  "us-government": {
    authority: "login.microsoftonline.us",
    resource: "https://outlook.office365.us",
    userResource: "https://outlook.office365.us",
  },
  china: {
    authority: "login.partner.microsoftonline.cn",
    resource: "https://partner.outlook.cn",
    userResource: "https://partner.outlook.cn",
  },
};

/** As the profile says; otherwise by the host of the mail server. */
export function cloudOf({ serverAuthority }: Pick<ProfileFacts, "serverAuthority">, host: string): Cloud {
  if (serverAuthority !== null && serverAuthority !== "automatic") return clouds[serverAuthority];
  if (/\.office365\.us$/i.test(host)) return clouds["us-government"];
  return /\.outlook\.cn$/i.test(host) ? clouds.china : clouds.public;
}

type Systems = Pick<ProfileFacts, "emailSystem" | "serverAuthority">;

/** Everything that the app may do with the resource. A declared one ends in a slash only where the token's audience does. */
export function appScope(facts: Systems, host: string, protocol: Protocol, resourceId?: string): string {
  if (resourceId !== undefined) return resourceId.endsWith("/.default") ? resourceId : `${resourceId}/.default`;
  if (protocol === "ews" && mailSystems[facts.emailSystem].family === "exchange-server") {
    // Exchange Server with hybrid modern authentication is registered under its own URL, with the slash.
    return `https://${isIP(host) === 6 ? `[${host}]` : host}//.default`;
  }
  return `${cloudOf(facts, host).resource}/.default`;
}

const userPermissions: Readonly<Record<Protocol, string>> = {
  ews: "EWS.AccessAsUser.All",
  imap: "IMAP.AccessAsUser.All",
  pop3: "POP.AccessAsUser.All",
  smtp: "SMTP.Send",
};

/** What a user's token is for. */
export function userScope(facts: Systems, host: string, protocol: Protocol): string {
  const own = protocol === "ews" && mailSystems[facts.emailSystem].family === "exchange-server";
  if (own) return appScope(facts, host, protocol);
  return `${cloudOf(facts, host).userResource}/${userPermissions[protocol]}`;
}

/** True for accounts of Microsoft, personal ones included. */
export function isMicrosofts({ emailSystem }: Systems): boolean {
  const { family } = mailSystems[emailSystem];
  return family === "exchange-online" || family === "exchange-server" || family === "consumer-microsoft";
}

/** Tenant of a user's account where none is declared: personal accounts have one of their own. */
export function userTenant(facts: Systems & Pick<ProfileFacts, "exchangeOnlineTenantId">): string {
  if (mailSystems[facts.emailSystem].family === "consumer-microsoft") return "consumers";
  return known(facts.exchangeOnlineTenantId) ?? "organizations";
}
