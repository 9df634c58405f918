// What test/support/globalSetup.ts hands to every test that needs the real parts.
declare module 'vitest' {
  interface ProvidedContext {
    /** Administrator's URL: may create databases. */
    databaseUrl: string;
    redisUrl: string;
    elasticsearchUrl: string;
    temporalAddress: string;
  }
}
export {};
