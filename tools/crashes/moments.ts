import { watch } from "node:fs";
import type { Listener } from "../../test/servers/tlsProxy";
import { mailEvents, type Moment } from "./scenario";

/** Watches for the moment of one crash at a time. */
export class Moments {
  private heard: (server: "smtp" | "imap", from: "client" | "server", packet: string) => void = () => undefined;

  /** For what stands between the clients and a mail server. */
  listener(server: "smtp" | "imap"): Listener {
    return (from, packet) => {
      this.heard(server, from, packet);
    };
  }

  /**
   * Calls back at the moment, if it comes.
   *
   * @returns what ends the watch
   */
  watch(moment: Moment, stateFolder: string, arrived: () => void): () => void {
    let seen = 0;
    const count = (nth: number) => {
      seen += 1;
      if (seen === nth) arrived();
    };
    switch (moment.kind) {
      case "mail": {
        const { server, from, line } = mailEvents[moment.event];
        this.heard = (...[where, who, packet]) => {
          if (where === server && who === from && line.test(packet)) count(moment.nth);
        };
        return () => {
          this.heard = () => undefined;
        };
      }
      case "state": {
        const watcher = watch(stateFolder, () => {
          count(moment.nth);
        });
        return () => {
          watcher.close();
        };
      }
      case "clock": {
        const timer = setTimeout(arrived, moment.milliseconds);
        return () => {
          clearTimeout(timer);
        };
      }
    }
  }
}
