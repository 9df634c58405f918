// Finds the reads of a plan that grow with their table.
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  /** Of a read by the places of rows. */
  readonly 'TID Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

export interface Schema {
  /** The tables that grow. */
  readonly growing: readonly string[];
  /** The columns of each index whose condition bounds a read. Usually the first one alone. */
  readonly columnsOf: ReadonlyMap<string, readonly string[]>;
}

/**
 * The index of open parked events holds nothing else. How many there are is bounded by what operators let
 * stand, and not by the age of the log.
 */
const openParked = 'projection_failures_open';

/** Nodes that read all of their input before they give the first row. A limit above does not bound them. */
const readsAllOfInput = /Sort|Aggregate|Hash|Merge Join|WindowAgg|SetOp|Materialize|ModifyTable/;

/** A sentence about each read of a growing table without a bound. */
export function unboundedReadsOf(node: PlanNode, schema: Schema, limited = false): readonly string[] {
  const { 'Node Type': type, 'Relation Name': table } = node;
  const grows = table !== undefined && schema.growing.includes(table) && type !== 'ModifyTable';
  const below = type === 'Limit' || (limited && !readsAllOfInput.test(type));
  return [
    ...(grows && !isBounded(node, schema, limited) ? [describe(node)] : []),
    ...(node.Plans ?? []).flatMap((plan) => unboundedReadsOf(plan, schema, below)),
  ];
}

function describe({ 'Node Type': type, 'Relation Name': table, ...node }: PlanNode): string {
  return `${type} of ${table ?? '?'} by ${node['Index Name'] ?? 'no index'} where ${node['Index Cond'] ?? 'nothing'}`;
}

function isBounded(node: PlanNode, schema: Schema, limited: boolean): boolean {
  const { 'Node Type': type, 'TID Cond': places = '', Plans: below = [] } = node;
  if (type.startsWith('Index')) return isBoundedIndex(node, schema, limited);
  if (type === 'Tid Scan') return true;
  if (type === 'Tid Range Scan') return places.includes('ctid >= ') && places.includes('ctid < ');
  // A bitmap reads all that its indexes find, with a limit above it or not. A subquery of a column is no part
  // of it, and is looked at by itself.
  const bitmaps = below.filter((one) => one['Node Type'].startsWith('Bitmap'));
  return (
    type === 'Bitmap Heap Scan' &&
    bitmaps.length > 0 &&
    bitmaps.every((bitmap) => isBoundedBitmap(bitmap, schema))
  );
}

function isBoundedBitmap(node: PlanNode, schema: Schema): boolean {
  const { 'Node Type': type, Plans: below = [] } = node;
  if (type === 'BitmapAnd') return below.some((one) => isBoundedBitmap(one, schema));
  if (type === 'BitmapOr') return below.every((one) => isBoundedBitmap(one, schema));
  return isBoundedIndex(node, schema, false);
}

/**
 * True with an equality, both ends of a range, or one end under a limit. A condition on a later column of the
 * index reads the whole index all the same.
 */
function isBoundedIndex(node: PlanNode, { columnsOf }: Schema, limited: boolean): boolean {
  const name = node['Index Name'] ?? '';
  if (name === openParked) return true;
  const condition = node['Index Cond'];
  if (condition === undefined) return limited;
  const operators = (columnsOf.get(name) ?? []).flatMap((column) => operatorsOf(condition, column));
  const [from, to] = [
    operators.some((one) => one.startsWith('>')),
    operators.some((one) => one.startsWith('<')),
  ];
  return operators.includes('=') || (from && to) || (limited && (from || to));
}

function operatorsOf(condition: string, column: string): readonly string[] {
  const pattern = new RegExp(`[( ]"?${column}"? (=|<=?|>=?) `, 'g');
  return [...condition.matchAll(pattern)].map(([, operator = '']) => operator);
}
