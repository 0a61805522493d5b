/** What a controller uses of the platform's response, so that it is tied to none. */
export interface StatusResponse {
  status(code: number): unknown;
}
