import { setTimeout as delay } from "node:timers/promises";
import { WebApi, bindTo, isText } from "../../provider/src/backends/dynamics365/webApi";
import { pollPlan } from "../../provider/src/backends/dynamics365/poller";
import { Budget } from "../../provider/src/transport/budget";
import type { OrganizationFacts, OrganizationSeed } from "./organizationProcess";

const set = "mailboxes";
const serverSideSync = 2;
const passed = 1;
/** For one mailbox; the organization's minute is shorter than a clock's. */
const longestSeconds = 120;

/** What a script does: configures a mailbox, schedules its test, looks at it until that is over, takes the next one. */
export async function configureOneByOne(
  { url, caCertificate, profileId }: OrganizationFacts,
  account: OrganizationSeed["account"],
  addresses: readonly string[],
): Promise<void> {
  const api = new WebApi({
    organizationUrl: url,
    deployment: "on-premises",
    credentials: { auth: "windows", ...account },
    caCertificates: caCertificate,
  });
  try {
    for (const address of addresses) await configure(api, profileId, address);
  } finally {
    api.close();
  }
}

async function configure(api: WebApi, profileId: string, address: string): Promise<void> {
  const call = { budget: Budget.ofSeconds(longestSeconds) };
  const query = { select: ["mailboxid"], filter: isText("emailaddress", address) };
  const id = String((await api.list(set, query, call))[0]?.mailboxid);
  const columns = {
    "emailserverprofile@odata.bind": bindTo("emailserverprofiles", profileId),
    incomingemaildeliverymethod: serverSideSync,
    outgoingemaildeliverymethod: serverSideSync,
  };
  await api.update(set, id, columns, call);
  await api.update(set, id, { testemailconfigurationscheduled: true }, call);
  const select = ["testemailconfigurationscheduled", "incomingemailstatus", "outgoingemailstatus"];
  for (;;) {
    // As soon as the back end looks for the first time.
    await delay(pollPlan.firstMs);
    const now = await api.retrieve(set, id, { select }, call);
    if (now?.testemailconfigurationscheduled === true && call.budget.remaining() > 0) continue;
    if (now?.incomingemailstatus === passed && now.outgoingemailstatus === passed) return;
    throw new Error(`the test of ${address} has failed, or did not end: ${JSON.stringify(now)}`);
  }
}
