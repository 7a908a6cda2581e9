import type { ServerSideSyncError } from "../errors";
import { serverUnavailable } from "../model/failureLines";
import type { TokenClient } from "../transport/oauth/tokenClient";
import type { Breakers } from "./breaker";
import { serverName } from "./serverFault";
import { tokenServer } from "./signIns";
import type { MailboxTestRequest, MailSide, TestName, TestResult, Unlocated } from "./types";

/** Why a test is not to begin: one of its servers, or the search for one, is down for everybody. */
export function unavailableAmong(
  sides: readonly (MailSide | Unlocated)[],
  tokens: TokenClient,
  breakers: Breakers,
): ServerSideSyncError | undefined {
  const errors = sides.flatMap((side) => ("error" in side ? [side.error] : []));
  const servers = sides.flatMap((side) => ("error" in side ? [] : serversOf(side, tokens)));
  return errors.find(({ code }) => code === serverUnavailable) ?? breakers.refusal(servers);
}

/** The mail server, and the token endpoint where a token is to be fetched. */
function serversOf({ endpoint, signIn }: MailSide, tokens: TokenClient): string[] {
  if (signIn.type !== "token-request" || tokens.isKept(signIn.request)) return [serverName(endpoint)];
  return [serverName(endpoint), serverName(tokenServer(signIn.request))];
}

/** The results of a test that does not begin. A mailbox is tested as a whole or not at all. */
export function untouched(
  { incoming, outgoing, appointmentsContactsTasks }: MailboxTestRequest,
  { code, summary: message, remedy, transient }: ServerSideSyncError,
): TestResult[] {
  const left = (test: TestName): TestResult => ({ test, status: "Not Run", code, message, remedy, transient });
  return [
    incoming === undefined ? { test: "incomingEmail", status: "Not Run" } : left("incomingEmail"),
    outgoing === undefined ? { test: "outgoingEmail", status: "Not Run" } : left("outgoingEmail"),
    ...(appointmentsContactsTasks === undefined ? [] : [left("appointmentsContactsTasks")]),
    { test: "roundTrip", status: "Not Run" },
  ];
}
