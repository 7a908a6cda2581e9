declare module "proxy-from-env" {
  /** URL of the proxy, or the empty text. */
  export function getProxyForUrl(url: string): string;
}
