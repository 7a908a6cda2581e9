import { boundaryTests } from "./boundaryTests";

describe("every request of the life of a profile, its settings and a mailbox, met by", () => {
  boundaryTests([
    ["silence before it is done", "stall-before", "drop-before"],
    ["silence after it is done", "stall-after", "drop-before"],
  ]);
});
