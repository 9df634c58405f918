// Ends the command when its reader has enough, as in `wallet wallets list | head -1`. Node.js reports the
// closed pipe as an error, and other programs end quietly by SIGPIPE.

type Streams = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'exit'>;

/** The exit code of a program that SIGPIPE ends, as a shell shows it. */
const brokenPipe = 141;

export function endWithItsReader({ stdout, stderr, exit }: Streams): void {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      exit(brokenPipe);
    });
  }
}
