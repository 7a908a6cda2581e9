import { within } from "./call";
import type { OrganizationConnection } from "./connection";
import type { Call } from "./types";

/**
 * A server closes idle connections without a word, and a change sent on one that is just being closed may or may not
 * have been made. Reads are repeated; changes go over a connection that was used a moment ago, or over a new one.
 */
const freshMs = 5000;

/** The connections to one organization: no more at once than the limit, the others wait in the order of their arrival. */
export class ConnectionPool {
  private readonly idle: OrganizationConnection[] = [];
  private used = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly open: () => OrganizationConnection,
    private readonly limit: number,
  ) {}

  /** Work on a connection that is nobody else's meanwhile. */
  async with<T>(call: Call, isChange: boolean, work: (connection: OrganizationConnection) => Promise<T>): Promise<T> {
    await this.enter(call);
    let connection: OrganizationConnection | undefined;
    try {
      connection = this.take(isChange);
      return await work(connection);
    } catch (error) {
      // Nobody knows what is still under way on it.
      connection?.close();
      throw error;
    } finally {
      if (connection?.isClosed === false) this.idle.push(connection);
      this.leave();
    }
  }

  /** Closes what is idle. What is in use ends by itself. */
  close(): void {
    for (const connection of this.idle.splice(0)) connection.close();
  }

  private async enter(call: Call): Promise<void> {
    if (this.used < this.limit) {
      this.used += 1;
      return;
    }
    let start: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => (start = resolve));
    this.waiting.add(start);
    await within(call, "The turn of this request to the organization", turn, () => {
      // Given the slot and its time over at the same moment: the next one has it.
      if (!this.waiting.delete(start)) this.leave();
    });
  }

  /** Hands the slot on, or gives it back. */
  private leave(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.used -= 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }

  /** The one used last: the others may end. */
  private take(isChange: boolean): OrganizationConnection {
    const connection = this.idle.pop();
    if (connection === undefined) return this.open();
    if (!isChange || connection.idleMs < freshMs) return connection;
    connection.close();
    return this.take(isChange);
  }
}
