import type { Inbox } from "../inbox";
import type { EwsSession, FoundItem } from "./session";

const returnedMessage = "REPORT.IPM.Note.NDR";
const isReport = ({ itemClass }: FoundItem) => itemClass.toUpperCase().startsWith("REPORT");

/**
 * Opens the inbox of an Exchange mailbox.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function openEwsInbox(session: EwsSession): Promise<Inbox> {
  await session.openFolder("Inbox");
  const idsOf = (items: readonly FoundItem[]) => items.map(({ id }) => id);
  return {
    firstPollMs: 200,
    // Every search asks the server anew.
    refresh: () => Promise.resolve(),
    findMessage: async (token) =>
      idsOf((await session.findBySubject("Inbox", token)).filter((item) => !isReport(item))),
    findLeftOvers: async (prefix) =>
      idsOf((await session.findBySubject("Inbox", prefix)).filter((item) => !isReport(item))),
    findReports: async () => idsOf(await session.findByClass("Inbox", returnedMessage)).reverse(),
    source: (id) => session.source(id),
    remove: (ids) => session.remove(ids),
    // The session is shared by all parts of the test.
    close: () => Promise.resolve(),
  };
}
