import { ServerSideSyncError } from "../../../errors";
import { Budget } from "../../../transport/budget";
import { HttpClient, type HttpRequest } from "../../../transport/http";
import { withBearer, withPassword, type SignedResponse } from "../../../transport/httpSignIn";
import { inDoubt } from "../../../transport/inDoubt";
import { within } from "./call";
import type { Call } from "./types";

/** What a connection proves its caller with. */
export type Proof = { username: string; password: string } | { token: string } | "none";

/** One connection to the organization, kept between calls: NTLM signs it in once. It carries one request at a time. */
export class OrganizationConnection {
  private budget = Budget.ofSeconds(0);
  private readonly client: HttpClient;
  private byPassword: ((request: HttpRequest) => Promise<SignedResponse>) | undefined;
  private usedAt = performance.now();
  isClosed = false;

  constructor(host: string, caCertificates: string | undefined) {
    this.client = new HttpClient(host, caCertificates, () => this.budget);
  }

  get idleMs(): number {
    return performance.now() - this.usedAt;
  }

  /** One exchange; what ends it early closes the connection. */
  async send(request: HttpRequest, proof: Proof, call: Call): Promise<SignedResponse> {
    this.budget = call.budget;
    const send = this.sender(proof);
    const close = () => {
      this.close();
    };
    try {
      return await within(call, "The organization's answer", send(request), close);
    } catch (error) {
      // Given up in the middle: the change may be made all the same.
      const isGivenUp = error instanceof ServerSideSyncError && request.method !== "GET";
      throw isGivenUp ? inDoubt(error) : error;
    } finally {
      this.usedAt = performance.now();
    }
  }

  close(): void {
    this.isClosed = true;
    this.client.close();
  }

  private sender(proof: Proof): (request: HttpRequest) => Promise<SignedResponse> {
    if (proof === "none") return async (request) => ({ ...(await this.client.send(request)), presented: false });
    if ("token" in proof) return withBearer(this.client, proof.token);
    this.byPassword ??= withPassword(this.client, proof, "ntlm");
    return this.byPassword;
  }
}
