declare module "js-md4" {
  const md4: { arrayBuffer(data: Uint8Array): ArrayBuffer };
  export = md4;
}
