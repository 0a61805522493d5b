/** The part of a response that controllers use, the same for express and fastify. */
export interface StatusResponse {
  status(code: number): unknown;
}
