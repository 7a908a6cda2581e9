import type { Budget } from "../../../transport/budget";
import type { HttpResponse } from "../../../transport/http";
import type { SignedResponse } from "../../../transport/httpSignIn";
import { withVerdict } from "../../serverFault";
import { Journal, type Reason } from "./journal";
import { jsonUrl, readJson } from "./json";
import { poxUrl, readPox } from "./pox";
import { serviceOrigin } from "./serviceRecord";
import { domainOf, httpsUrl, isTrusted, mayContinueAt } from "./trust";
import { ask, askSignedIn, type DiscoveryAccess, type TestNetwork } from "./visit";

export type { DiscoveryAccess, TestNetwork } from "./visit";

/** Redirections that one search follows, of every kind. */
const mostRedirects = 10;
/** The longest that one host may take, and the part of what is left: a dead one leaves enough for the others. */
const longestVisitMs = 10_000;
const visitShare = 1 / 3;
/** Less is no use to anybody. */
const leastVisitMs = 50;

/** What refuses an account, by HTTP status; the last two are Exchange's own. */
const refusals: Readonly<Record<number, [words: string, reason: Reason]>> = {
  401: ["sign-in refused", "SIGN_IN_REFUSED"],
  456: ["account locked", "ACCOUNT_LOCKED"],
  457: ["password expired", "PASSWORD_EXPIRED"],
};

/** What a limit and a breaker know the search by: every address of a domain asks the same servers. */
export function searchName(address: string): string {
  return `autodiscover of ${domainOf(address) ?? address}`;
}

/** The EWS URL, or another address to look for. */
type Found = { url: string } | { address: string };

/**
 * Finds the EWS URL of a mailbox: autodiscover version 2 (JSON) without credentials, then plain XML with credentials,
 * then the two ways in which a domain without such a host names one. Who may be given credentials: docs/decisions/0009.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue, naming each place that was tried
 */
export async function discoverEwsUrl(
  address: string,
  access: DiscoveryAccess,
  budget: Budget,
  network: TestNetwork = {},
): Promise<string> {
  return new Search(address, access, budget, network).run();
}

class Search {
  private readonly journal: Journal;
  /** Domains of the address, and of those that it was redirected to. */
  private readonly domains: string[] = [];
  private readonly visited = new Set<string>();
  /** Servers that did not answer at all: they are not asked twice. */
  private readonly dead = new Set<string>();
  private redirects = 0;
  private answered = false;

  constructor(
    private address: string,
    private readonly access: DiscoveryAccess,
    private readonly budget: Budget,
    private readonly network: TestNetwork,
  ) {
    this.journal = new Journal(address, access.signIn);
    this.visited.add(addressKey(address));
  }

  async run(): Promise<string> {
    for (;;) {
      const found = await this.searchAddress();
      if (found === undefined) throw this.failure();
      if ("url" in found) return found.url;
      this.address = found.address;
    }
  }

  /** With what it tells of the domain's servers. */
  private failure(): Error {
    const error = this.journal.failure();
    const says = this.answered ? "heard" : "down";
    const server = searchName(this.journal.address);
    return withVerdict(error, this.answered || error.transient ? { server, says } : undefined);
  }

  private async searchAddress(): Promise<Found | undefined> {
    const domain = domainOf(this.address);
    if (domain === undefined) {
      this.journal.note(this.address, "has no domain to ask");
      return undefined;
    }
    this.domains.push(domain);
    // The host made for it comes first: what stands under the bare domain is mostly a website.
    const origins = [`https://autodiscover.${domain}`, `https://${domain}`];
    for (const origin of origins) {
      const found = await this.tryJson(jsonUrl(origin, this.address));
      if (found !== undefined) return found;
    }
    for (const origin of origins) {
      const found = await this.tryPox(poxUrl(origin));
      if (found !== undefined) return found;
    }
    for (const find of [() => this.redirectedByHttp(domain), () => this.namedByDns(domain)]) {
      const url = await find();
      const found = url && ((await this.tryJson(jsonUrl(url.origin, this.address))) ?? (await this.tryPox(url)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private async tryJson(start: URL): Promise<Found | undefined> {
    for (let url: URL | undefined = start; url !== undefined && this.isNew("JSON", url);) {
      const place = `JSON at ${url.origin}`;
      const response = await this.visit(place, url, ask);
      if (response === undefined) return undefined;
      if (isRedirect(response)) {
        url = this.follow(place, "JSON", url, response.headers.location?.[0] ?? "");
        continue;
      }
      const answer = readJson(response);
      if ("url" in answer) return this.accept(place, url, answer.url);
      this.journal.note(place, answer.problem, isTransient(response) ? "TRY_AGAIN" : undefined);
      return undefined;
    }
    return undefined;
  }

  private async tryPox(start: URL): Promise<Found | undefined> {
    for (let url: URL | undefined = start; url !== undefined && this.isNew("XML", url);) {
      const place = `XML at ${url.origin}`;
      const response = await this.visit(place, url, (target, access, budget, network) =>
        askSignedIn(target, this.address, access, budget, network),
      );
      if (response === undefined) return undefined;
      const next = isRedirect(response)
        ? { redirectUrl: response.headers.location?.[0] ?? "" }
        : this.understand(place, url, response);
      if (next === undefined || !("redirectUrl" in next)) return next;
      url = this.follow(place, "XML", url, next.redirectUrl);
    }
    return undefined;
  }

  private understand(place: string, url: URL, response: SignedResponse): Found | { redirectUrl: string } | undefined {
    const { status } = response;
    const [words, reason] = refusals[status] ?? [];
    if (reason !== undefined) {
      this.journal.note(place, `HTTP ${status} (${words})`, reason);
      // Each host that is shown a wrong password brings the account closer to being locked: the first refusal ends the search.
      if (response.presented) throw this.journal.failure();
      return undefined;
    }
    if (status !== 200) {
      this.journal.note(place, `HTTP ${status}`, isTransient(response) ? "TRY_AGAIN" : undefined);
      return undefined;
    }
    const answer = readPox(response.body);
    if ("redirectUrl" in answer) return answer;
    if ("url" in answer) return this.accept(place, url, answer.url);
    if ("redirectAddress" in answer) return this.moveTo(place, answer.redirectAddress);
    if ("problem" in answer) this.journal.note(place, answer.problem);
    else
      this.journal.note(
        place,
        `error ${answer.error}: ${answer.message}`,
        answer.error === "500" ? "ADDRESS_UNKNOWN" : undefined,
      );
    return undefined;
  }

  /** Asked without TLS, so what comes back is a hint and no more; it is asked nothing but this. */
  private async redirectedByHttp(domain: string): Promise<URL | undefined> {
    const url = new URL(`http://autodiscover.${domain}/autodiscover/autodiscover.xml`);
    const place = `redirection of ${url.origin}`;
    const response = await this.visit(place, url, ask);
    if (response === undefined) return undefined;
    if (!isRedirect(response)) {
      this.journal.note(place, `HTTP ${response.status}`);
      return undefined;
    }
    return this.hinted(place, response.headers.location?.[0] ?? "");
  }

  private async namedByDns(domain: string): Promise<URL | undefined> {
    const name = `_autodiscover._tcp.${domain}`;
    const place = `SRV record ${name}`;
    try {
      const origin = await serviceOrigin(name, this.slice(), this.network.resolveSrv);
      if (origin !== undefined) return this.hinted(place, origin);
      this.journal.note(place, "names no host");
    } catch (error) {
      this.journal.noteThrown(place, error, name);
    }
    return undefined;
  }

  /** A hint names a host and nothing else: whoever made it does not choose what is asked there. One tried already is no news. */
  private hinted(place: string, target: string): URL | undefined {
    const named = httpsUrl(target);
    const url = named && poxUrl(named.origin);
    if (url === undefined || this.visited.has(this.keyOf("XML", url))) {
      this.journal.note(place, url === undefined ? "leads to no https URL" : `leads to ${url.host}, which was tried`);
      return undefined;
    }
    return this.follow(place, "XML", undefined, url.href);
  }

  /** The next URL of a redirection, or undefined where it ends. With credentials it has to stay among the trusted hosts. */
  private follow(place: string, kind: "JSON" | "XML", from: URL | undefined, location: string): URL | undefined {
    const url = httpsUrl(location, from);
    if (url === undefined) {
      this.journal.note(place, "redirects to no https URL");
      return undefined;
    }
    if (kind === "XML" && !isTrusted(url.hostname, this.domains)) {
      this.journal.note(place, `leads to ${url.host}, ${this.outside()}`, "UNTRUSTED_REDIRECT");
      return undefined;
    }
    this.redirects += 1;
    if (this.redirects > mostRedirects || this.visited.has(this.keyOf(kind, url))) {
      const why = this.redirects > mostRedirects ? `is redirection ${this.redirects}` : "was asked already";
      this.journal.note(place, `redirects to ${url.host}, which ${why}`, "REDIRECT_LOOP");
      return undefined;
    }
    return url;
  }

  /** An EWS URL: from a trusted host it may be anywhere, from another only at a trusted one. */
  private accept(place: string, from: URL, text: string): Found | undefined {
    const url = httpsUrl(text);
    if (url === undefined) {
      this.journal.note(place, "names an EWS URL that is not https");
      return undefined;
    }
    if (isTrusted(from.hostname, this.domains) || isTrusted(url.hostname, this.domains)) return { url: url.href };
    this.journal.note(place, `names EWS at ${url.host}, ${this.outside()}`, "UNTRUSTED_REDIRECT");
    return undefined;
  }

  private moveTo(place: string, address: string): Found | undefined {
    const domain = domainOf(address);
    this.redirects += 1;
    if (domain === undefined || /[\s<>]/.test(address)) {
      this.journal.note(place, "names an address that is none");
      return undefined;
    }
    if (!mayContinueAt(domain, this.domains)) {
      this.journal.note(place, `names the address ${address}, ${this.outside()}`, "UNTRUSTED_REDIRECT");
      return undefined;
    }
    const key = addressKey(address);
    if (this.redirects > mostRedirects || this.visited.has(key)) {
      this.journal.note(place, `names the address ${address} again`, "REDIRECT_LOOP");
      return undefined;
    }
    this.visited.add(key);
    return { address };
  }

  private async visit<T extends HttpResponse>(
    place: string,
    url: URL,
    how: (url: URL, access: DiscoveryAccess, budget: Budget, network: TestNetwork) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.dead.has(url.origin)) return undefined;
    if (this.budget.remaining() < leastVisitMs) {
      this.journal.note(place, "was not tried: no time was left", "TRY_AGAIN");
      return undefined;
    }
    try {
      const response = await how(url, this.access, this.slice(), this.network);
      this.answered = true;
      return response;
    } catch (error) {
      this.dead.add(url.origin);
      this.journal.noteThrown(place, error, url.hostname);
      return undefined;
    }
  }

  private slice(): Budget {
    return this.budget.slice(Math.min(longestVisitMs, this.budget.remaining() * visitShare));
  }

  private isNew(kind: string, url: URL): boolean {
    const key = this.keyOf(kind, url);
    const isNew = !this.visited.has(key);
    this.visited.add(key);
    return isNew;
  }

  private keyOf(kind: string, url: URL): string {
    return `${kind} ${this.address.toLowerCase()} ${url.href}`;
  }

  private outside(): string {
    return `which is outside ${this.domains[0] ?? ""}`;
  }
}

function addressKey(address: string): string {
  return `address ${address.toLowerCase()}`;
}

function isRedirect({ status }: HttpResponse): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function isTransient({ status }: HttpResponse): boolean {
  return status === 429 || status >= 500;
}
