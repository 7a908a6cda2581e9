import { Agent, get } from "node:https";
import type { IncomingMessage } from "node:http";
import type { OrganizationAccess } from "../../test/servers/sandbox/organization";
import type { Records, Row } from "./records";

/** What a stack may touch, with the key of each set. */
const sets = {
  mailboxes: "mailboxid",
  emailserverprofiles: "emailserverprofileid",
  queues: "queueid",
  organizations: "organizationid",
};
const answerMs = 10_000;

/** Looks at the organization as somebody else, through its Web API and with nothing of the provider. */
export class Onlooker {
  private readonly agent: Agent;

  constructor(
    private readonly organization: OrganizationAccess,
    caCertificate: string,
  ) {
    this.agent = new Agent({ ca: caCertificate });
  }

  /** Every column that the Web API shows, of everything that a stack may touch. */
  async records(): Promise<Records> {
    const tables = Object.entries(sets).map(async ([set, key]): Promise<[string, Record<string, Row>]> => {
      const rows = await this.list(set);
      return [set, Object.fromEntries(rows.map((row) => [String(row[key]), row]))];
    });
    return Object.fromEntries(await Promise.all(tables));
  }

  /** The texts of all alerts. */
  async alerts(): Promise<string[]> {
    const rows = await this.list("tracelogs");
    // A token names a record: type, id, and the name to be shown.
    return rows.map(({ text }) => String(text).replace(/@\[\d+,[^,\]]*,"?([^"\]]*)"?\]/g, "$1"));
  }

  private async list(set: string): Promise<Row[]> {
    const response = await this.ask(new URL(set, this.organization.apiUrl));
    let body = "";
    for await (const chunk of response.setEncoding("utf8")) body += String(chunk);
    if (response.statusCode !== 200)
      throw new Error(
        `organization-unreadable: The organization answered ${response.statusCode} to a look at its ${set}.`,
      );
    return (JSON.parse(body) as { value: Row[] }).value;
  }

  private ask(url: URL): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.organization.readerToken}`, accept: "application/json" };
      const options = { agent: this.agent, headers, signal: AbortSignal.timeout(answerMs) };
      get(url, options, resolve).on("error", reject);
    });
  }
}
