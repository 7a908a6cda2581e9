import { globalAgent } from "node:https";
import {
  AffectedTaskOccurrence,
  BasePropertySet,
  DeleteMode,
  EmailMessage,
  ExchangeService,
  ExchangeVersion,
  Folder,
  FolderId,
  ItemSchema,
  ItemView,
  Mailbox,
  MimeContent,
  PropertySet,
  SearchFilter,
  SendCancellationsMode,
  SortDirection,
  Uri,
  WebCredentials,
  WellKnownFolderName,
  XhrApi,
  type ItemId,
} from "ews-javascript-api";
import { buildTestMessage } from "../../provider/src/testing/message";

/** What the process is asked to do, once for each message that it gets. */
export interface LibraryJob {
  url: string;
  method: "basic" | "ntlm";
  address: string;
  account: string;
  secret: string;
}
/** What it says when it is done. */
export interface LibraryAnswer {
  error?: string;
}

process.on("message", (job: LibraryJob) => {
  test(job).then(
    () => process.send?.({}),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());

/** The seven calls of a whole test, with the library's own HTTP. */
async function test(job: LibraryJob): Promise<void> {
  const { address } = job;
  const service = serviceFor(job);
  const folder = (name: WellKnownFolderName) => new FolderId(name, new Mailbox(address));
  const { token, raw } = buildTestMessage(address, new Date());
  const find = async (text: string): Promise<ItemId[]> => {
    const view = new ItemView(20);
    view.PropertySet = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.ItemClass, ItemSchema.Subject]);
    view.OrderBy.Add(ItemSchema.DateTimeReceived, SortDirection.Descending);
    const filter = new SearchFilter.ContainsSubstring(ItemSchema.Subject, text);
    return (await service.FindItems(folder(WellKnownFolderName.Inbox), filter, view)).Items.map(({ Id }) => Id);
  };
  await find(token);
  const message = new EmailMessage(service);
  message.MimeContent = new MimeContent("UTF-8", Buffer.from(raw, "utf8").toString("base64"));
  await message.Send();
  for (const name of [WellKnownFolderName.Calendar, WellKnownFolderName.Contacts, WellKnownFolderName.Tasks])
    await Folder.Bind(service, folder(name), PropertySet.IdOnly);
  const found = await find(token);
  if (found.length !== 1) throw new Error(`found ${found.length} messages instead of one`);
  await service.DeleteItems(
    found,
    DeleteMode.HardDelete,
    SendCancellationsMode.SendToNone,
    AffectedTaskOccurrence.AllOccurrences,
  );
  // Its connections are those of the whole process: the next test is to connect anew.
  globalAgent.destroy();
}

function serviceFor({ url, method, account, secret }: LibraryJob): ExchangeService {
  const service = new ExchangeService(ExchangeVersion.Exchange2013_SP1);
  service.Url = new Uri(url);
  service.Credentials = new WebCredentials(account, secret);
  service.XHRApi = method === "ntlm" ? new XhrApi().useNtlmAuthentication(account, secret) : new XhrApi();
  return service;
}
