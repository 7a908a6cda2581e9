import { withHostSlots } from "../../../provider/src/transport/hostLimit";
import type { DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import type { Listening } from "../../servers/sandbox/imapServer";
import { MailStore } from "../../servers/sandbox/mailStore";
import { startPop3Server } from "../../servers/sandbox/pop3Server";
import { startSmtpServer } from "../../servers/sandbox/smtpServer";
import { BackendWorld, type Kept } from "./backendWorld";
import { caller, callersOfTests } from "./caller";

const password = "P1peline-Secret";
const address = "ann@contoso.com";
const mailPassword = "Ma1lbox-Secret";
/** The least that can be declared. */
const timeoutSeconds = 5;
/** Tests at once at one mail host, by default. */
const mostAtOnce = 4;

describe("the direct test before Dynamics' own", () => {
  const callers = callersOfTests();
  let mailServers: Listening[] = [];
  afterEach(async () => {
    await Promise.all(mailServers.splice(0).map((server) => server.close()));
  });

  async function start(): Promise<{ server: DynamicsServer; world: BackendWorld; profile: Kept; mailboxId: string }> {
    const server = await callers.start({ secondsPerMinute: 0.005, windowsUsers: { [caller]: password } });
    const { mailboxId } = server.seed.addUser({ fullname: "Ann", internalemailaddress: address });
    const certificate = await callers.authority.issue();
    const users = { [address]: mailPassword };
    const store = new MailStore([address]);
    const pop3 = await startPop3Server(certificate, users, store);
    const smtp = await startSmtpServer(certificate, users, store);
    mailServers = [pop3, smtp];
    const credentials = { auth: "windows", username: caller, password } as const;
    const world = new BackendWorld(server, credentials, callers.authority.certificate);
    const profile = await world.profile({
      name: "POP3",
      emailSystem: "other",
      incoming: { serverLocation: "127.0.0.1", port: pop3.port, security: "tls" },
      outgoing: { serverLocation: "127.0.0.1", port: smtp.port, security: "starttls" },
      caCertificates: callers.authority.certificate,
    });
    server.requests.clear();
    return { server, world, profile, mailboxId };
  }
  const declared = (password: string) => ({
    emailAddress: address,
    credentials: { type: "password", password } as const,
    test: { preflight: true, timeoutSeconds },
  });

  test("one that fails is told, and nothing is written", async () => {
    const { server, world, profile } = await start();
    const { failures } = await world.binding(profile, declared("Another-Secret"));
    expect(failures).toEqual([
      expect.stringContaining("pop3-authentication-failed"),
      expect.stringContaining("smtp-authentication-failed"),
    ]);
    expect(server.requests.writes).toEqual([]);
  });

  test("one that has waited for its turn leaves the organization all of its time, and looks at the mailbox again", async () => {
    const { server, world, profile, mailboxId } = await start();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const others = Array.from({ length: mostAtOnce }, () => withHostSlots(["127.0.0.1"], mostAtOnce, () => held));
    const binding = world.binding(profile, declared(mailPassword));
    // Other mailboxes are tested until everything together would be too late.
    setTimeout(release, timeoutSeconds * 1000);
    await Promise.all(others);
    expect(server.requests.writes).toEqual([]);
    // Somebody changes the mailbox before its turn is over: that is what is to be given back.
    server.editByHand("mailboxes", mailboxId, { outgoingemaildeliverymethod: 1 });
    const { failures, outputs } = await binding;
    expect(failures).toEqual([]);
    expect(outputs).toMatchObject({ incomingEmailStatus: "Success", outgoingEmailStatus: "Success" });
    world.operation();
    await world.release({ id: "binding", outputs: { ...outputs, emailAddress: address }, failures });
    expect(server.record("mailboxes", mailboxId).columns.outgoingemaildeliverymethod).toBe(1);
  });
});
