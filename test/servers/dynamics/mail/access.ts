import type { Row } from "../columns";
import { textIn } from "../store";
import type { Direction } from "../tester";

export type Protocol = "pop3" | "imap" | "smtp" | "ews";
/** What the columns of a mailbox and its profile say about one direction. */
export interface Access {
  protocol: Protocol;
  host: string;
  port: number;
  /** EWS only. */
  url: string;
  tls: boolean;
  address: string;
  /** As kept in the columns; empty where there are none. */
  username: string;
  password: string;
  anonymous: boolean;
  impersonates: boolean;
  /** 0 auto detect, 1 Negotiate, 2 NTLM, 3 Basic, 4 OAuth. */
  authentication: number;
  /** Signs in by a token: server to server, or OAuth. */
  byToken: boolean;
}

/** Reads the columns as server-side synchronization does (dynamics.md 2.1 and 2.4). */
export function accessOf(mailbox: Row, profile: Row, direction: Direction, autodiscovered: string): Access {
  const side = direction === "outgoing" ? "outgoing" : "incoming";
  const account = profile.usesamesettingsforoutgoingconnections === true ? "incoming" : side;
  const retrieval = Number(profile[`${account}credentialretrieval`] ?? 0);
  const owner = retrieval === 0 ? "mailbox" : "profile";
  const location = profile.useautodiscover === true ? autodiscovered : textIn(profile, `${side}serverlocation`);
  const protocol = protocolOf(Number(profile.servertype ?? 0), direction);
  const url = protocol === "ews" && URL.canParse(location) ? new URL(location) : undefined;
  return {
    protocol,
    host: url?.hostname ?? location,
    port: Number(profile[`${side}portnumber`] ?? 0),
    url: url?.href ?? "",
    tls: profile[`${side}usessl`] === true,
    address: textIn(mailbox, "emailaddress"),
    username: owner === "mailbox" ? textIn(mailbox, "username") : textIn(profile, `${account}username`),
    password: owner === "mailbox" ? textIn(mailbox, "password") : textIn(profile, `${account}password`),
    anonymous: Number(profile[`${side}credentialretrieval`] ?? retrieval) === 4,
    impersonates: profile[`${account}useimpersonation`] === true || retrieval === 2 || retrieval === 7,
    authentication: Number(profile[`${side}authenticationprotocol`] ?? 0),
    byToken: [2, 5, 6, 7].includes(retrieval),
  };
}

function protocolOf(serverType: number, direction: Direction): Protocol {
  if (serverType !== 1 && serverType !== 4) return "ews";
  if (direction === "outgoing") return "smtp";
  return serverType === 4 ? "imap" : "pop3";
}
