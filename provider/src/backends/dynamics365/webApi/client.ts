import type { ServerSideSyncError } from "../../../errors";
import { DialogError } from "../../../transport/dialog";
import { isInDoubt } from "../../../transport/inDoubt";
import { readPage, readRecord, textIn } from "./answers";
import { batchOf, readBatch, type BatchPart } from "./batch";
import { refusalIn } from "./errors";
import { isCode } from "./call";
import { guid, queryString, recordPath, type Query } from "./literals";
import { Metadata, type Attribute, type Option } from "./metadata";
import { Requester, type ApiRequest, type RequesterOptions } from "./requester";
import type { Call, Columns, WebApiRecord } from "./types";

export type { Attribute, Option } from "./metadata";

/** More than an organization has mailboxes; a list without end is a fault of the server. */
const mostRecords = 100_000;
const recordsOnAPage = 500;

/** With a lookup that may lead to several tables comes the name of the one that it leads to. */
const annotations = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"';

/** Who the caller is in the organization. */
export interface Caller {
  userId: string;
  businessUnitId: string;
  organizationId: string;
}

export interface ListQuery extends Query {
  maxPageSize?: number;
}

/**
 * The Web API of an organization (OData v4): one sign-in, and a few connections that are kept, for everything that the
 * process asks of it. Every method takes a {@link Call} and throws ServerSideSyncError only; where `isInDoubt(error)`, a
 * change may have been made although the answer was lost, and the caller has to read before it goes on.
 */
export class WebApi {
  private readonly requester: Requester;
  private readonly metadata: Metadata;

  constructor(options: RequesterOptions) {
    this.requester = new Requester(options);
    this.metadata = new Metadata((path, call) => this.find(path, call, "dynamics-not-available"));
  }

  /** A record; undefined where there is none. */
  retrieve(
    set: string,
    id: string,
    query: Pick<Query, "select" | "expand">,
    call: Call,
  ): Promise<WebApiRecord | undefined> {
    return this.find(`${recordPath(set, id)}${queryString(query)}`, call);
  }

  /** All records that the query finds, page after page. */
  async list(set: string, { maxPageSize = recordsOnAPage, ...query }: ListQuery, call: Call): Promise<WebApiRecord[]> {
    const first = this.read(`${set}${queryString(query)}`);
    const headers = { prefer: `odata.maxpagesize=${maxPageSize},${annotations}` };
    const records: WebApiRecord[] = [];
    for (let path: string | undefined = first.path; path !== undefined;) {
      const request: ApiRequest = { ...this.read(path), headers };
      const page = await this.answered(request, call, ({ body }) => readPage(body));
      records.push(...page.records);
      if (records.length > mostRecords) throw await this.requester.explain(tooMany(), first, call);
      if (page.next !== undefined && !this.isSameList(page.next, first.path))
        throw await this.requester.explain(foreignLink(page.next), first, call);
      path = page.next;
    }
    return records;
  }

  /**
   * Creates a record with an id that the caller made, so that a lost answer does no harm: asked again, the server says
   * that it is there.
   *
   * @param idColumn the table's key, such as `emailserverprofileid`
   * @returns false where a record with this id was there before this call, untouched
   */
  async create(set: string, id: string, idColumn: string, columns: Columns, call: Call): Promise<boolean> {
    const request: ApiRequest = {
      method: "POST",
      path: this.read(set).path,
      body: JSON.stringify({ ...columns, [idColumn]: guid(id) }),
      isRepeatable: false,
      secrets: secretsIn(columns),
    };
    let wasLost = false;
    for (;;) {
      try {
        await this.requester.send(request, call);
        return true;
      } catch (error) {
        if (isCode(error, "dynamics-duplicate-record") && (await this.retrieve(set, id, { select: [idColumn] }, call)))
          return wasLost;
        // Once more, with the retries of its own: then it is there, or can be made.
        if (!isInDoubt(error) || wasLost || call.signal?.aborted === true || call.budget.remaining() === 0) throw error;
        wasLost = true;
      }
    }
  }

  /**
   * Changes columns of a record that exists; it never creates one.
   *
   * @param options.ifMatch an etag, where somebody else's change in between must stop this one
   * @param options.isRepeatable false where making the change twice is not the same as making it once
   * @throws ServerSideSyncError `dynamics-record-not-found`, `dynamics-changed-meanwhile`, ...
   */
  async update(
    set: string,
    id: string,
    columns: Columns,
    call: Call,
    { ifMatch = "*", isRepeatable = false }: { ifMatch?: string; isRepeatable?: boolean } = {},
  ): Promise<void> {
    await this.requester.send(
      {
        method: "PATCH",
        path: recordPath(set, id),
        headers: { "if-match": ifMatch },
        body: JSON.stringify(columns),
        isRepeatable,
        secrets: secretsIn(columns),
      },
      call,
    );
  }

  /** Deletes a record. What is gone already counts as deleted. */
  async remove(set: string, id: string, call: Call): Promise<void> {
    try {
      await this.requester.send({ method: "DELETE", path: recordPath(set, id), isRepeatable: true }, call);
    } catch (error) {
      if (!isCode(error, "dynamics-record-not-found")) throw error;
    }
  }

  /** Reads several things in one request, in their order; each by itself may fail. At most 100. */
  async batch(paths: readonly string[], call: Call): Promise<(WebApiRecord | ServerSideSyncError)[]> {
    if (paths.length === 0) return [];
    const { body, contentType } = batchOf(
      paths.map((path) => new URL(path, this.requester.root)),
      annotations,
    );
    const request: ApiRequest = {
      method: "POST",
      path: "$batch",
      headers: { "content-type": contentType, prefer: "odata.continue-on-error" },
      body,
      isRepeatable: true,
    };
    const parts = await this.answered(request, call, (response) => readBatch(response, paths.length));
    return Promise.all(parts.map((part, index) => this.partOf(part, paths[index] ?? "", call)));
  }

  async whoAmI(call: Call): Promise<Caller> {
    return this.answered(this.read("WhoAmI()"), call, ({ body }) => {
      const answer = readRecord(body);
      return {
        userId: required(answer, "UserId"),
        businessUnitId: required(answer, "BusinessUnitId"),
        organizationId: required(answer, "OrganizationId"),
      };
    });
  }

  /** Version of the server, such as `9.1.18.22`. */
  async version(call: Call): Promise<string> {
    return this.answered(this.read("RetrieveVersion()"), call, ({ body }) => required(readRecord(body), "Version"));
  }

  /** The options of a column; undefined where the organization has no such column. Asked once. */
  optionSet(table: string, column: string, call: Call): Promise<readonly Option[] | undefined> {
    return this.metadata.optionSet(table, column, call);
  }

  /** The columns of a table by name; undefined where the organization has no such table. Asked once. */
  attributes(table: string, call: Call): Promise<ReadonlyMap<string, Attribute> | undefined> {
    return this.metadata.attributes(table, call);
  }

  /** Closes what is kept. */
  close(): void {
    this.requester.close();
  }

  private async find(path: string, call: Call, ...absent: string[]): Promise<WebApiRecord | undefined> {
    try {
      return await this.answered(this.read(path), call, ({ body }) => readRecord(body));
    } catch (error) {
      if (isCode(error, "dynamics-record-not-found", ...absent)) return undefined;
      throw error;
    }
  }

  private read(path: string): ApiRequest {
    return { method: "GET", path, headers: { prefer: annotations }, isRepeatable: true };
  }

  /** The answer in a form; one that does not have it is an error about the request. */
  private async answered<T>(
    request: ApiRequest,
    call: Call,
    form: (response: Awaited<ReturnType<Requester["send"]>>) => T,
  ): Promise<T> {
    const response = await this.requester.send(request, call);
    try {
      return form(response);
    } catch (thrown) {
      throw await this.requester.explain(thrown, request, call);
    }
  }

  private async partOf({ status, body }: BatchPart, path: string, call: Call) {
    try {
      if (status >= 200 && status < 300) return readRecord(body);
      throw refusalIn({ status, body, headers: {}, presented: true });
    } catch (thrown) {
      return this.requester.explain(thrown, this.read(path), call);
    }
  }

  /** A link to anywhere else would take the sign-in with it. */
  private isSameList(link: string, first: string): boolean {
    const wanted = new URL(first, this.requester.root);
    const next = URL.canParse(link, this.requester.root.href) ? new URL(link, this.requester.root) : undefined;
    return next?.origin === wanted.origin && next.pathname === wanted.pathname;
  }
}

function required(answer: WebApiRecord, name: string): string {
  const value = textIn(answer, name);
  if (value === undefined) throw new DialogError("NOT_ODATA", `an answer without ${name}`);
  return value;
}

/** A server may quote what it refuses. */
function secretsIn(columns: Columns): string[] {
  return Object.entries(columns).flatMap(([name, value]) =>
    /password|secret/i.test(name) && typeof value === "string" ? [value] : [],
  );
}

function foreignLink(link: string): DialogError {
  return new DialogError("FOREIGN_LINK", `the next page is at ${link.replace(/[?#].*$/s, "")}`);
}

function tooMany(): DialogError {
  return new DialogError("TOO_MANY_RECORDS", `more than ${mostRecords} records`);
}
