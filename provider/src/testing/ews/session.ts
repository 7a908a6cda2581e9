import type * as EwsModule from "ews-javascript-api";
import type { ExchangeService, FolderId, Item, SearchFilter } from "ews-javascript-api";
import { ServerSideSyncError } from "../../errors";
import type { Budget } from "../../transport/budget";
import { DialogError } from "../../transport/dialog";
import { HttpClient } from "../../transport/http";
import { withBearer, withPassword } from "../../transport/httpSignIn";
import { inDoubt } from "../../transport/inDoubt";
import { describeEndpoint, redactorFor } from "../diagnosis";
import type { Phase } from "../fault";
import { diagnosed } from "../faultOf";
import type { Endpoint, ExchangeOptions, SignIn } from "../types";
import { ServerSaid } from "../greeting";
import { tokenOfSubject } from "../message";
import { escapeXml } from "./soap";
import { EwsExchange } from "./exchange";

const oldest = "Exchange2010_SP2";
const userAgent = "pulumi-server-side-sync";
const newestItems = 20;

/** Folders that every mailbox has. */
export type FolderName = "Inbox" | "SentItems" | "Calendar" | "Contacts" | "Tasks";

/** What was found of an item. */
export interface FoundItem {
  id: string;
  itemClass: string;
  /** Token of the test that made it, where one did. */
  token: string | undefined;
}

/** One signed-in connection to the Exchange Web Services of a mailbox. Calls run one after the other. */
export class EwsSession {
  private readonly client: HttpClient;
  private readonly exchange: EwsExchange;
  private readonly library = loadLibrary();
  private service: ExchangeService;
  private version: ExchangeOptions["version"];
  private queue: Promise<unknown> = Promise.resolve();
  private signedIn = false;
  /** The refusal of the first sign-in: asking again would only bring the account closer to being locked. */
  private refusal: ServerSideSyncError | undefined;

  constructor(
    private readonly mailbox: string,
    private readonly endpoint: Endpoint,
    private readonly signIn: Exclude<SignIn, { type: "anonymous" }>,
    private readonly options: ExchangeOptions,
    private readonly budget: Budget,
  ) {
    this.client = new HttpClient(endpoint.host, endpoint.caCertificates, budget);
    const send =
      signIn.type === "access-token"
        ? withBearer(this.client, signIn.accessToken)
        : withPassword(this.client, signIn, options.method);
    this.exchange = new EwsExchange(send, describeEndpoint(endpoint), redactorFor(signIn));
    Object.assign(this.exchange.headers, { "user-agent": userAgent });
    // Exchange Online finds the mailbox's server by it; with impersonation it is always to be sent.
    if (options.impersonate) this.exchange.headers["x-anchormailbox"] = mailbox;
    this.version = options.version;
    this.service = this.createService();
  }

  /** `Exchange Server 2016 (15.1.2507.6)`, once anything was answered. */
  get serverVersion(): string | undefined {
    return this.exchange.serverVersion;
  }

  openFolder(name: FolderName): Promise<void> {
    return this.call(`Opening the folder ${name}`, async ({ Folder, PropertySet }) => {
      await Folder.Bind(this.service, this.folder(name), PropertySet.IdOnly);
    });
  }

  /** The newest items of a folder that tests made whose token begins so; what others wrote about them stays out. */
  async findTests(folder: FolderName, prefix: string): Promise<FoundItem[]> {
    const found = await this.find(
      folder,
      ({ SearchFilter: filters, ItemSchema }) => new filters.ContainsSubstring(ItemSchema.Subject, escapeXml(prefix)),
    );
    return found.filter(({ token }) => token?.startsWith(prefix) === true);
  }

  /** The newest items of a folder that are of a class, such as `REPORT.IPM.Note.NDR`. */
  findByClass(folder: FolderName, itemClass: string): Promise<FoundItem[]> {
    return this.find(
      folder,
      ({ SearchFilter: filters, ItemSchema }) => new filters.IsEqualTo(ItemSchema.ItemClass, escapeXml(itemClass)),
    );
  }

  /** Sends a message as it is, with a copy in Sent Items where asked. */
  send(raw: string, saveCopy: boolean): Promise<void> {
    return this.callOnce("Sending the message", async ({ EmailMessage, MimeContent }) => {
      const message = new EmailMessage(this.service);
      message.MimeContent = new MimeContent("UTF-8", Buffer.from(raw, "utf8").toString("base64"));
      await (saveCopy ? message.SendAndSaveCopy(this.folder("SentItems")) : message.Send());
    });
  }

  source(id: string): Promise<string | undefined> {
    return this.call("Reading a message", async ({ Item: items, ItemId, ItemSchema, PropertySet, BasePropertySet }) => {
      const properties = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.MimeContent]);
      const item = await items.Bind(this.service, new ItemId(id), properties);
      const content = (item.MimeContent as { Content?: string } | null)?.Content;
      return content === undefined ? undefined : Buffer.from(content, "base64").toString("utf8");
    });
  }

  /** Deletes for good: nothing goes to Deleted Items. What is gone already counts as deleted. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.removeOne(id);
  }

  private async removeOne(id: string): Promise<void> {
    try {
      await this.call("Deleting", async ({ ItemId, DeleteMode, SendCancellationsMode, AffectedTaskOccurrence }) => {
        const { HardDelete } = DeleteMode;
        const { AllOccurrences } = AffectedTaskOccurrence;
        await this.service.DeleteItems([new ItemId(id)], HardDelete, SendCancellationsMode.SendToNone, AllOccurrences);
      });
    } catch (error) {
      if (!(error instanceof ServerSideSyncError) || error.code !== "ews-item-not-found") throw error;
    }
  }

  /** Creates something in a folder by the library's own means, and says its id. */
  create(
    what: string,
    make: (
      library: typeof EwsModule,
      service: ExchangeService,
    ) => { item: Item; save: (item: Item) => Promise<unknown> },
  ): Promise<string> {
    return this.callOnce(what, async (library) => {
      const { item, save } = make(library, this.service);
      await save(item);
      return item.Id.UniqueId;
    });
  }

  folder(name: FolderName): FolderId {
    const { FolderId: folders, Mailbox, WellKnownFolderName: names } = this.library;
    // An account that does not impersonate names the mailbox, which need not be its own.
    return this.options.impersonate
      ? new folders(names[name])
      : new folders(names[name], new Mailbox(escapeXml(this.mailbox)));
  }

  close(): void {
    this.client.close();
  }

  private find(folder: FolderName, filter: (library: typeof EwsModule) => SearchFilter): Promise<FoundItem[]> {
    return this.call("Searching the mailbox", async (library) => {
      const { ItemView, ItemSchema, PropertySet, BasePropertySet, SortDirection } = library;
      const view = new ItemView(newestItems);
      view.PropertySet = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.ItemClass, ItemSchema.Subject]);
      view.OrderBy.Add(ItemSchema.DateTimeReceived, SortDirection.Descending);
      const found = await this.service.FindItems(this.folder(folder), filter(library), view);
      return found.Items.map((item) => ({
        id: item.Id.UniqueId,
        // Items need have neither.
        itemClass: (item.ItemClass as string | null) ?? "",
        token: tokenOfSubject((item.Subject as string | null) ?? ""),
      }));
    });
  }

  /** Runs one call after the last; what fails is diagnosed by what the server really said, not by what the library makes of it. */
  private call<T>(what: string, work: (library: typeof EwsModule) => Promise<T>, once = false): Promise<T> {
    const next = this.queue.then(() => this.attempt(what, work, once));
    this.queue = next.catch(() => undefined);
    return next;
  }

  /** A call that must not happen twice: where it may have happened, its error says so, and the test does not repeat it. */
  private callOnce<T>(what: string, work: (library: typeof EwsModule) => Promise<T>): Promise<T> {
    return this.call(what, work, true);
  }

  private async attempt<T>(what: string, work: (library: typeof EwsModule) => Promise<T>, once: boolean): Promise<T> {
    if (this.refusal !== undefined) throw this.refusal;
    this.exchange.fault = undefined;
    try {
      const result = await this.budget.run(what, work(this.library));
      this.signedIn = true;
      return result;
    } catch (thrown) {
      const unreadable = new DialogError("NOT_SOAP", "an answer of EWS in which what was asked for is missing");
      const fault: unknown = thrown instanceof ServerSideSyncError ? thrown : (this.exchange.fault ?? unreadable);
      if (isTooNew(fault) && this.version !== oldest) {
        this.version = oldest;
        this.service = this.createService();
        return this.attempt(what, work, once);
      }
      const phase: Phase = this.signedIn ? "mailbox" : "sign-in";
      const { endpoint, signIn, mailbox } = this;
      const answered = this.client.hasAnswered;
      const diagnosis = await diagnosed(fault, phase, { endpoint, signIn, mailbox, answered }, this.budget);
      if (isRefusal(fault)) this.refusal = diagnosis;
      throw once && this.exchange.mayHaveBeenDone ? inDoubt(diagnosis) : diagnosis;
    }
  }

  private createService(): ExchangeService {
    const {
      ExchangeService: services,
      ExchangeVersion,
      Uri,
      WebCredentials,
      ImpersonatedUserId,
      ConnectingIdType,
      TimeZoneInfo,
    } = this.library;
    // The zone of this machine may be one that an older server does not know.
    const service = new services(ExchangeVersion[this.version], TimeZoneInfo.Utc);
    service.Url = new Uri(this.options.url);
    // The library wants some; our own exchange signs in, and sends none of these.
    service.Credentials = new WebCredentials("-", "-");
    service.XHRApi = this.exchange;
    if (this.options.impersonate)
      service.ImpersonatedUserId = new ImpersonatedUserId(ConnectingIdType.SmtpAddress, escapeXml(this.mailbox));
    return service;
  }
}

function isTooNew(fault: unknown): boolean {
  return fault instanceof ServerSaid && fault.code.responseCode === "ErrorInvalidServerVersion";
}

/** Wrong or locked (456) or expired (457). */
const refusals = [401, 456, 457];

function isRefusal(fault: unknown): boolean {
  return fault instanceof ServerSaid && fault.code.replyCode !== undefined && refusals.includes(fault.code.replyCode);
}

/** Half a second and some fifty megabytes: loaded by the first EWS test only. */
function loadLibrary(): typeof EwsModule {
  return require("ews-javascript-api") as typeof EwsModule;
}
