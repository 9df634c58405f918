// `npm run folders:write`: prints the table of folders into ARCHITECTURE.md.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withFolderTable } from './folders.ts';
import { root } from './sourceFiles.ts';

const page = path.join(root, 'ARCHITECTURE.md');
writeFileSync(page, withFolderTable(readFileSync(page, 'utf8')));
