// Collects every named statement of the sources with its text. Reads the syntax trees, so a new statement is
// found without being listed. A text that can't be read is an error.
import path from 'node:path';
import ts from 'typescript';
import { nodesOf, readSourceFiles, type SourceFile } from '../tidy/sourceFiles.ts';

export interface NamedStatement {
  readonly name: string;
  readonly text: string;
}

export function readNamedStatements(): readonly NamedStatement[] {
  const files = readSourceFiles().filter(({ path: file }) => /^(src|server|worker|cli)\/.*\.ts$/.test(file));
  const byPath = new Map(files.map((file) => [file.path, file]));
  return files.flatMap((file) =>
    nodesOf(file)
      .filter(ts.isObjectLiteralExpression)
      .flatMap((literal) => {
        const [name, text] = [valueOf(literal, 'name'), valueOf(literal, 'text')];
        if (name === undefined || text === undefined) return [];
        return [{ name: textOf(name, file, byPath), text: textOf(text, file, byPath) }];
      }),
  );
}

function valueOf(literal: ts.ObjectLiteralExpression, key: string): ts.Expression | undefined {
  const property = literal.properties.find((candidate) => candidate.name?.getText() === key);
  if (property === undefined) return undefined;
  return ts.isPropertyAssignment(property) ? property.initializer : (property.name as ts.Identifier);
}

type Files = ReadonlyMap<string, SourceFile>;

/** The value of an expression of constants. A call inside of a text stands for a condition on one row. */
function textOf(node: ts.Expression, file: SourceFile, files: Files): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.templateSpans.reduce(
      (text, span) => text + textOf(span.expression, file, files) + span.literal.text,
      node.head.text,
    );
  if (ts.isCallExpression(node)) return 'true';
  if (ts.isIdentifier(node)) return constantOf(node.text, file, files);
  throw new Error(`${file.path}: the text of a named statement can't be read: ${node.getText()}`);
}

function constantOf(name: string, file: SourceFile, files: Files): string {
  for (const node of nodesOf(file)) {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name && node.initializer)
      return textOf(node.initializer, file, files);
    if (ts.isExportSpecifier(node) && node.propertyName && node.name.text === name)
      return constantOf(node.propertyName.text, file, files);
    if (ts.isImportSpecifier(node) && node.name.text === name) {
      const from = (node.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text;
      const target = files.get(path.posix.join(path.posix.dirname(file.path), from));
      if (target !== undefined) return constantOf((node.propertyName ?? node.name).text, target, files);
    }
  }
  throw new Error(`${file.path}: ${name} is no constant text`);
}
