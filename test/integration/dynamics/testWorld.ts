import type { DynamicsServer, DynamicsServerOptions } from "../../servers/dynamics/dynamicsServer";
import type { RecordSnapshot, NewUser } from "../../servers/dynamics/seed";
import { until } from "../../servers/processes";
import { exchangeProfile, type Callers } from "./caller";

export const address = "ann@contoso.com";
/** Fast, and still with an order: a minute is five milliseconds. */
const fast = { secondsPerMinute: 0.005 };

/** An organization with one mailbox that synchronizes its e-mail. */
export interface World {
  server: DynamicsServer;
  mailboxId: string;
  profile: string;
  callers: Callers;
  columns: () => RecordSnapshot["columns"];
  alerts: () => RecordSnapshot["columns"][];
}
export async function startWorld(
  callers: Callers,
  options: Partial<DynamicsServerOptions> = {},
  user: Partial<NewUser> = {},
): Promise<World> {
  const server = await callers.start({ ...fast, ...options });
  const profile = server.seed.addProfile({
    ...exchangeProfile,
    incomingcredentialretrieval: 1,
    incomingusername: "crm",
    incomingpassword: "x",
  });
  const { mailboxId } = server.seed.addUser({
    fullname: "Ann",
    internalemailaddress: address,
    ...user,
    mailbox: {
      emailserverprofile: { table: "emailserverprofile", id: profile },
      incomingemaildeliverymethod: 2,
      outgoingemaildeliverymethod: 2,
      actdeliverymethod: 2,
      ...user.mailbox,
    },
  });
  return {
    server,
    mailboxId,
    profile,
    callers,
    columns: () => server.record("mailboxes", mailboxId).columns,
    alerts: () =>
      Object.values(server.snapshot().tracelog)
        .map(({ columns }) => columns)
        .filter(({ _regardingobjectid_value: id }) => id === mailboxId),
  };
}

export async function testAndEnable(
  { server, mailboxId, columns, callers }: World,
  changes: object = {},
): Promise<void> {
  const { status } = await callers.ask(
    server,
    "PATCH",
    `mailboxes(${mailboxId})`,
    { testemailconfigurationscheduled: true, ...changes },
    { "if-match": "*" },
  );
  expect(status).toBe(204);
  await until("the test to end", () => columns().testemailconfigurationscheduled === false, 10_000);
}

export const never = "1900-01-01T00:00:00Z";
export const succeeded = {
  incomingemailstatus: 1,
  outgoingemailstatus: 1,
  enabledforincomingemail: true,
  enabledforoutgoingemail: true,
};
