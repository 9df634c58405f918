// Parses PromQL with Prometheus' own grammar: the metrics of an expression, and their labels.
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  readonly metric: string;
  /** `label="text"`, `label=~"pattern"` and so on, without the quotes. */
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly text: string }[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels of `by (…)` and `without (…)`. */
  readonly groupingLabels: readonly string[];
}

/** Throws if the text is no PromQL. */
export function readPromql(text: string): Expression {
  const selectors: { metric: string; matchers: { label: string; operator: string; text: string }[] }[] = [];
  const groupingLabels: string[] = [];
  parser.parse(text).iterate({
    enter: (node) => {
      const words = text.slice(node.from, node.to);
      const within = node.node.parent?.name;
      if (node.type.isError) throw new Error(`no PromQL at "${text.slice(node.from)}" of: ${text}`);
      if (node.name === 'VectorSelector') selectors.push({ metric: '', matchers: [] });
      const selector = selectors.at(-1);
      if (node.name === 'Identifier' && within === 'VectorSelector' && selector) selector.metric = words;
      if (node.name === 'LabelName' && within === 'GroupingLabels') groupingLabels.push(words);
      if (within !== 'UnquotedLabelMatcher' || selector === undefined) return;
      if (node.name === 'LabelName') selector.matchers.push({ label: words, operator: '', text: '' });
      const matcher = selector.matchers.at(-1);
      if (matcher === undefined) return;
      if (node.name === 'MatchOp') matcher.operator = words;
      if (node.name === 'StringLiteral') matcher.text = words.slice(1, -1);
    },
  });
  return { selectors, groupingLabels };
}
