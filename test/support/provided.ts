// The values that test/support/globalSetup.ts gives to every test that needs the real parts.
declare module 'vitest' {
  interface ProvidedContext {
    /** Administrator's URL: may create databases. */
    databaseUrl: string;
    redisUrl: string;
    /** Administrator's URL: may list keys and watch commands. */
    redisAdminUrl: string;
    elasticsearchUrl: string;
    temporalAddress: string;
    /** The first test file that needs the bundle of the workflows writes it. */
    workflowBundleFile: string;
  }
}
export {};
