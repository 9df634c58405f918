// Turns events of the JSON form into the compact form, in SQL. No service does that, because a stored event
// is never rewritten. It gives tests and measurements the same events in both forms.

const uuid = "'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'";

/** One statement. `where` chooses among the events. The session must have set `wallet.change_log`. */
export const compactEvents = (where = 'true') => `
  update events
     set schema_version = nullif(schema_version, 1),
         amount_minor = (data ->> 'amountMinor')::bigint,
         balance_minor = (data ->> 'balanceMinor')::bigint,
         currency = data ->> 'currency',
         description = data ->> 'description',
         command_id = (metadata ->> 'commandId')::uuid,
         correlation_id = case when metadata ->> 'correlationId' ~ ${uuid} then (metadata ->> 'correlationId')::uuid end,
         traceparent = metadata ->> 'traceparent',
         extra = nullif(
           (data - array['amountMinor', 'balanceMinor', 'currency', 'description'])
             || case when metadata ->> 'correlationId' !~ ${uuid}
                     then jsonb_build_object('correlationId', metadata ->> 'correlationId') else '{}' end,
           '{}'),
         data = null,
         metadata = null
   where data ->> 'balanceMinor' ~ '^[0-9]+$'
     and data ? 'currency'
     and ${where}`;
