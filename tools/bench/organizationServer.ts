/** A simulated organization as a process of its own, told by its parent what it holds, until that lets go. */
import { startDynamicsServer, type DynamicsServer } from "../../test/servers/dynamics/dynamicsServer";
import { pollRounds } from "../../test/servers/dynamics/pollRounds";
import { createAuthority } from "../../test/servers/pki";
import type { OrganizationAnswer, OrganizationAsk, OrganizationSeed } from "./organizationProcess";

let server: DynamicsServer | undefined;

process.on("message", (ask: OrganizationAsk) => {
  void answered(ask).then((answer) => process.send?.(answer));
});
process.once("disconnect", () => process.exit(0));

async function answered(ask: OrganizationAsk): Promise<OrganizationAnswer> {
  if (ask !== "traffic") return start(ask);
  const { requests, tests } = server ?? never();
  const traffic = {
    requests: requests.all.length,
    writes: requests.writes.length,
    polls: pollRounds(requests.all),
    tests: tests.runs,
  };
  requests.clear();
  tests.runs = 0;
  return traffic;
}

async function start({ addresses, account, secondsPerMinute }: OrganizationSeed): Promise<OrganizationAnswer> {
  const authority = await createAuthority();
  server = await startDynamicsServer({
    certificate: await authority.issue(),
    windowsUsers: { [account.username]: account.password },
    // Half a minute until the test begins, and half a minute of test.
    waitMinutes: 0.5,
    runMinutes: 0.5,
    secondsPerMinute,
  });
  for (const [index, internalemailaddress] of addresses.entries())
    server.seed.addUser({ fullname: `User ${index}`, internalemailaddress });
  const profileId = server.seed.addProfile({
    name: "Of the loop",
    servertype: 0,
    incomingserverlocation: "https://mail.contoso.com/EWS/Exchange.asmx",
    outgoingserverlocation: "https://mail.contoso.com/EWS/Exchange.asmx",
    incomingcredentialretrieval: 1,
    incomingusername: "crm@contoso.com",
    incomingpassword: account.password,
  });
  return { url: server.organizationUrl, caCertificate: authority.certificate, profileId };
}

function never(): never {
  throw new Error("the organization was not started");
}
