/** Providers whose handlers misbehave, behind the real adapter. The test command builds `provider/dist` first. */
const { adapt } = require("../../provider/dist/runtime/adapter");

const thrown = {
  text: () => "plain text",
  undefined: () => undefined,
  null: () => null,
  number: () => 42,
  objectWithId: () => ({ id: "request-1", message: "an answer with a request id" }),
  errorWithId: () => Object.assign(new Error("an error with a request id"), { id: "request-2", properties: {} }),
  errorWithCode: () => Object.assign(new Error("an error with an integer code"), { code: 14 }),
};

const healthy = {
  inputKeys: ["value"],
  schemaVersion: 1,
  check: (_olds, news) => ({ inputs: news, problems: [], findings: [] }),
  replaces: () => [],
  isUnhealthy: () => false,
  id: () => "stub-1",
  create: async () => ({ outputs: {}, failures: [] }),
  update: async () => ({ outputs: {}, failures: [] }),
  read: async (_id, outputs) => outputs,
  delete: async () => undefined,
};

function throwing(kind) {
  const fail = () => {
    throw thrown[kind]();
  };
  const reject = async () => fail();
  return adapt({
    ...healthy,
    check: fail,
    replaces: fail,
    create: reject,
    update: reject,
    read: reject,
    delete: reject,
  });
}

module.exports = {
  kinds: Object.keys(thrown),
  throwing,
  impure: (value) => adapt({ ...healthy, create: async () => ({ outputs: { value }, failures: [] }) }),
  echo: adapt(healthy),
  gone: adapt({ ...healthy, read: async () => undefined }),
};
