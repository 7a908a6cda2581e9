import type { ColumnValue, ColumnValues } from "../columns/column";
import type { EmailServerProfileColumn } from "../columns/emailServerProfile";
import { authenticationProtocols, credentialRetrievals, recordStates, serverTypes } from "../columns/optionSet";
import { profileByName, profileNotFound, readProfileRecord } from "../findProfile";
import type { QuestionContext } from "./context";

/** How a profile's record says that a direction is connected. Names are those of declarations; null where it says nothing, or what they cannot name. */
export interface ProfileConnectionResult {
  serverLocation: string | null;
  port: number | null;
  /** "Use SSL". */
  useSsl: boolean | null;
  authenticationProtocol: string | null;
  /** "Authenticate Using". */
  credentialSource: string | null;
  useImpersonation: boolean | null;
  username: string | null;
  /** Whether a password is stored; nobody can read it. */
  hasPassword: boolean;
}

/** An email server profile as it is. */
export interface EmailServerProfileResult {
  id: string;
  name: string;
  description: string | null;
  state: "active" | "inactive";
  serverType: string | null;
  autodiscover: boolean | null;
  incoming: ProfileConnectionResult;
  outgoing: ProfileConnectionResult;
  useSameSettingsForOutgoing: boolean | null;
  exchangeOnlineTenantId: string | null;
  maxConcurrentConnections: number | null;
  minPollingIntervalMinutes: number | null;
  processEmailsReceivedAfter: string | null;
  ownerEmailAddress: string | null;
}

export type ProfileReference = { id: string } | { name: string };

/** @throws ServerSideSyncError `record-not-found`, or `record-ambiguous` with the ids of all that have the name */
export async function askProfile(
  context: QuestionContext,
  reference: ProfileReference,
): Promise<EmailServerProfileResult> {
  const { call } = context;
  if ("name" in reference) return profileResult((await profileByName(context, reference.name, call)).observed);
  const observed = await readProfileRecord(context, reference.id, call);
  if (observed === undefined) throw profileNotFound(`with the id ${reference.id}`);
  return profileResult(observed);
}

function profileResult(values: ColumnValues): EmailServerProfileResult {
  const of = (column: EmailServerProfileColumn) => values[column];
  return {
    id: text(of("emailserverprofileid")) ?? "",
    name: text(of("name")) ?? "",
    description: text(of("description")),
    state: recordStates.nameOf(of("statecode")) ?? "active",
    serverType: serverTypes.nameOf(of("servertype")) ?? null,
    autodiscover: flag(of("useautodiscover")),
    incoming: connection(values, "incoming"),
    outgoing: connection(values, "outgoing"),
    useSameSettingsForOutgoing: flag(of("usesamesettingsforoutgoingconnections")),
    exchangeOnlineTenantId: text(of("exchangeonlinetenantid")),
    maxConcurrentConnections: number(of("maxconcurrentconnections")),
    minPollingIntervalMinutes: number(of("minpollingintervalinminutes")),
    processEmailsReceivedAfter: text(of("processemailsreceivedafter")),
    ownerEmailAddress: text(of("owneremailaddress")),
  };
}

function connection(values: ColumnValues, side: "incoming" | "outgoing"): ProfileConnectionResult {
  return {
    serverLocation: text(values[`${side}serverlocation`]),
    port: number(values[`${side}portnumber`]),
    useSsl: flag(values[`${side}usessl`]),
    authenticationProtocol: authenticationProtocols.nameOf(values[`${side}authenticationprotocol`]) ?? null,
    credentialSource: credentialRetrievals.nameOf(values[`${side}credentialretrieval`]) ?? null,
    useImpersonation: flag(values[`${side}useimpersonation`]),
    username: text(values[`${side}username`]),
    hasPassword: values[`is${side}passwordset`] === true,
  };
}

function text(value: ColumnValue | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: ColumnValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function flag(value: ColumnValue | undefined): boolean | null {
  return typeof value === "boolean" ? value : null;
}
