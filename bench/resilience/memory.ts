// Samples the resident memory of a process during a measurement.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const sampleEveryMs = 250;

export interface MemoryWatch {
  /** Stops and gives the highest sample, in MiB. */
  readonly stop: () => number;
}

export function watchMemory(pid: number): MemoryWatch {
  let highest = residentMiB(pid);
  const timer = setInterval(() => {
    highest = Math.max(highest, residentMiB(pid));
  }, sampleEveryMs);
  return {
    stop: () => {
      clearInterval(timer);
      return highest;
    },
  };
}

/** Resident memory of a process. */
export function residentMiB(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (existsSync(file)) return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]) / 1_024;
  // A system without /proc has ps.
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1_024;
}
