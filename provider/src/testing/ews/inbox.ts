import type { Inbox } from "../inbox";
import type { EwsSession, FoundItem } from "./session";

const returnedMessage = "REPORT.IPM.Note.NDR";
const isReport = ({ itemClass }: FoundItem) => itemClass.toUpperCase().startsWith("REPORT");

/**
 * The inbox of an Exchange mailbox. EWS has no folder that stays open: the first search is what opens it.
 */
export function openEwsInbox(session: EwsSession): Inbox {
  const find = async (prefix: string) => (await session.findTests("Inbox", prefix)).filter((item) => !isReport(item));
  const idsOf = (items: readonly FoundItem[]) => items.map(({ id }) => id);
  return {
    firstPollMs: 200,
    // Every search asks the server anew.
    refresh: () => Promise.resolve(),
    findMessage: async (token) => idsOf(await find(token)),
    findLeftOvers: async (prefix, currentToken) =>
      idsOf((await find(prefix)).filter(({ token }) => token !== currentToken)),
    findReports: async () => idsOf(await session.findByClass("Inbox", returnedMessage)).reverse(),
    source: (id) => session.source(id),
    remove: async (ids) => {
      // Every item has its own answer.
      await session.remove(ids);
      return true;
    },
    // The session is shared by all parts of the test.
    close: () => Promise.resolve(),
  };
}
