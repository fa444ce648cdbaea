/** Where time comes from below the app. Passed in, so that a test or a simulator may set it. */
export interface Clock {
  /** Milliseconds since 1970, with fractions where the source has them. */
  now(): number
}
