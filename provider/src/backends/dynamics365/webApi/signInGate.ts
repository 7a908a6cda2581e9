import type { SignedResponse } from "../../../transport/httpSignIn";
import { within } from "./call";
import type { Call } from "./types";

/** A directory that is slow may refuse a good password once; a wrong one must not be tried until the account is locked. */
const mostRefusals = 2;

/**
 * Lets one request prove the password before others follow, and none once it was refused: twenty at once with a wrong
 * one, for each of a thousand mailboxes, would lock the account.
 */
export class SignInGate {
  private isProven = false;
  private refusals = 0;
  private refusal: SignedResponse | undefined;
  private proving: Promise<unknown> | undefined;

  async pass(call: Call, send: () => Promise<SignedResponse>): Promise<SignedResponse> {
    while (!this.isProven && this.refusal === undefined && this.proving !== undefined)
      await within(call, "The first sign-in to the organization", this.proving);
    if (this.refusal !== undefined) return this.refusal;
    const response = this.observed(send);
    if (!this.isProven) {
      const proving = response.catch(() => undefined);
      this.proving = proving;
      void proving.then(() => {
        if (this.proving === proving) this.proving = undefined;
      });
    }
    return response;
  }

  private async observed(send: () => Promise<SignedResponse>): Promise<SignedResponse> {
    const response = await send();
    if (response.status !== 401) {
      // Where nobody was asked for the password, it proves nothing.
      this.isProven ||= response.presented;
      this.refusals = 0;
    } else if (response.presented) {
      this.refusals += 1;
      if (!this.isProven || this.refusals > mostRefusals) this.refusal = response;
    }
    return response;
  }
}
