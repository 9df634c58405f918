// Generated from the OpenAPI document by `npm run client:types`; not edited by hand. Amounts are decimal text.
export interface paths {
  '/v1/wallets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List wallets
     * @description Answers: One page. All conditions must hold. While the read model does not answer, the event store lists all wallets or those of an owner, in order of id, and other lists are refused with SEARCH_UNAVAILABLE.
     */
    get: operations['listWallets'];
    put?: never;
    /**
     * Create a wallet
     * @description Answers: The new wallet. An initial balance needs the scope money:credit as well. Takes no If-Match, and refuses one with 400: a wallet that is not there yet has no version.
     */
    post: operations['createWallet'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/credit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Put money into a wallet
     * @description Answers: The wallet after it.
     */
    post: operations['creditWallet'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/debit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take money out of a wallet
     * @description Answers: The wallet after it.
     */
    post: operations['debitWallet'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/transfer': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Move money to another wallet
     * @description Answers: Both wallets after it.
     */
    post: operations['transferFunds'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a wallet
     * @description Answers: The wallet.
     */
    get: operations['getWallet'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Change metadata and labels
     * @description Answers: The wallet after it, with all its metadata and labels. A merge patch (RFC 7396): null removes a key, and what is left out stays. Labels are replaced as a whole. A wallet has at most 50 keys and 20 labels. The version of the wallet rises, so a later If-Match needs the new one.
     */
    patch: operations['changeDetails'];
    trace?: never;
  };
  '/v1/wallets/{walletId}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a wallet's history
     * @description Answers: One page.
     */
    get: operations['listWalletEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/owners/{ownerId}/summary': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sum the wallets of an owner
     * @description Answers: The sums in each currency, all of one moment. Closed wallets count. The event store answers. So the sums are exact, and have every command that was answered before.
     */
    get: operations['getOwnerSummary'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/commands/{commandId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Ask what became of a command
     * @description Answers: The stored answer, or the outcome "unknown" if none is stored: the command was not committed, is still under way, or was refused without an Idempotency-Key.
     */
    get: operations['getCommand'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/ledger': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a wallet's ledger entries
     * @description Answers: One page, in order of position.
     */
    get: operations['listLedgerEntries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/balance': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a wallet's balance as of a time
     * @description Answers: The balance after the last event at or before that time.
     */
    get: operations['getBalanceAt'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ledger/trial-balance': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sum the whole ledger
     * @description Answers: Debits and credits from one snapshot.
     */
    get: operations['getTrialBalance'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/movements/{movementId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a movement of money
     * @description Answers: The movement, with its entries in the ledger. The wallet and version of a transfer's receiving half lead to the same movement.
     */
    get: operations['getMovement'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/movements': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Find movements of money, the newest first
     * @description Answers: One page. All parameters must fit. One request examines a bounded part of the log, so a page may be empty although nextCursor leads on. `examined` says which part it was.
     */
    get: operations['findMovements'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/statement': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a wallet's statement
     * @description Answers: One page, the oldest movement first. All pages belong to one statement: what is committed after the first page stays out. Events that leave the balance as it is are no movements, so a page may be empty although nextCursor leads on. The opening balance plus credits minus debits is the closing balance. With `Accept: text/csv` the answer is that of exportStatement.
     */
    get: operations['getStatement'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/statement.csv': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Export a wallet's statement as CSV
     * @description Answers: The whole statement, the oldest movement first, sent while it is read. RFC 4180 in UTF-8, with a header line. Amounts are decimal text. A text that a spreadsheet would run as a formula begins with an apostrophe. The file is complete if its last line is the closing balance.
     */
    get: operations['exportStatement'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the events of all wallets, in order
     * @description Answers: The next events. Every event is in the feed, from the first, in the order of commits. None is missing. No event is ever inserted before one that was shown. Go on with `next`, also after an empty page. An alert follows its event on the same page. If one event and its alerts are a whole page, it may have ten events more than `limit`. The same URL gives a stream of server-sent events for `Accept: text/event-stream`: the id of an event is its cursor, and Last-Event-ID wins over `after`. An event with alerts has no id, and the last of its alerts has it.
     */
    get: operations['listEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/events/schemas/{type}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the JSON Schema of a type of event
     * @description Answers: The schema of the whole event (JSON Schema 2020-12). Its `$id` is the `dataschema` of the events. Members are only added, so it allows others.
     */
    get: operations['getEventSchema'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/holds': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the holds of a wallet, the newest first
     * @description Answers: One page.
     */
    get: operations['listHolds'];
    put?: never;
    /**
     * Hold a part of the balance
     * @description Answers: The hold, and the wallet after it. The held part stays in the balance and is not available. At the very time at which a hold expires its rest is available again. A wallet has at most 1000 open holds.
     */
    post: operations['placeHold'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/holds/{holdId}/adjust': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Change the amount or the end of a hold
     * @description Answers: The hold, and the wallet after it.
     */
    post: operations['adjustHold'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/holds/{holdId}/capture': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take held money
     * @description Answers: The capture, the hold, and the wallets after it. It pays out, or pays the wallet that the hold names. The rest of the hold is released unless "final" is false. A hold is captured at most 50 times.
     */
    post: operations['captureHold'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/holds/{holdId}/void': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give back all that remains of a hold
     * @description Answers: The hold, and the wallet after it.
     */
    post: operations['voidHold'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/holds/{holdId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a hold with its captures
     * @description Answers: The hold. It comes from the event store.
     */
    get: operations['getHold'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/freeze': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Stop money from leaving or reaching a wallet
     * @description Answers: The wallet after it. A wallet that is frozen already takes the new freeze. Holds may always be voided, and they expire.
     */
    post: operations['freezeWallet'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/unfreeze': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End a freeze
     * @description Answers: The wallet after it.
     */
    post: operations['unfreezeWallet'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/limits': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Set the least and the most that the balance may be
     * @description Answers: The wallet after it. Replaces both limits. A limit that is left out takes its ordinary value.
     */
    put: operations['changeLimits'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/close': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Close a wallet for ever
     * @description Answers: The closed wallet, and the one that got the rest. The wallet must be empty and have no open holds. With sweepToWalletId the rest is moved there in the same step.
     */
    post: operations['closeWallet'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/events/{version}/reverse': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give money of a movement back, in whole or in part
     * @description Answers: The reversal, and the wallets after it. `wallet` is that of the path. A credit is taken back, a debit or a capture is refunded, and a transfer is returned, from either side. It is booked now. Never more goes back than moved, and nothing is overdrawn for it.
     */
    post: operations['reverseMovement'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/velocity': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the velocity rules of a wallet, with what is used
     * @description Answers: The rules in order of their names. From the event store. The windows are those of now, and a hold that has expired counts as released.
     */
    get: operations['getVelocity'];
    /**
     * Set how much may leave or reach a wallet in a time
     * @description Answers: The wallet after it, with its rules. Replaces all rules; an empty list removes them. A wallet has at most 20. A rule counts from its creation. One that keeps its name, window and direction keeps its use. A rule may be below what is used already: it then refuses until its window ends.
     */
    put: operations['changeVelocity'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/wallets/{walletId}/alerts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the alert rules of a wallet
     * @description Answers: The rules in order of their names. From the event store.
     */
    get: operations['getAlerts'];
    /**
     * Set when a wallet alerts
     * @description Answers: The wallet after it, with its alert rules. Replaces all rules; an empty list removes them. A wallet has at most 10. A rule alerts at the event that makes it true: before the event it was false. So it alerts again only after it was false, and a rule that is true when it is set does not alert at once. The alert is an event of the feed, of type wallet.alert.v1.
     */
    put: operations['changeAlerts'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List webhook endpoints
     * @description Answers: One page of the endpoints of the tenant, in order of id.
     */
    get: operations['listWebhookEndpoints'];
    put?: never;
    /**
     * Have events sent to a URL
     * @description Answers: The endpoint, with its secret. Every event from now on that fits is sent as a CloudEvent by POST, at least once, signed as Standard Webhooks 1.0 asks. No list of types, wallets or labels means all. The secret is shown in this answer, and again only to the same request under the same Idempotency-Key.
     */
    post: operations['createWebhookEndpoint'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a webhook endpoint
     * @description Answers: The endpoint, with the ages of its secrets and without them. Everything that fits up to its cursor was delivered, but for the deliveries that its list shows.
     */
    get: operations['getWebhookEndpoint'];
    put?: never;
    post?: never;
    /**
     * Delete a webhook endpoint
     * @description Answers: The endpoint as it was. A request under way may still arrive. What waits is gone, and so are the secrets.
     */
    delete: operations['deleteWebhookEndpoint'];
    options?: never;
    head?: never;
    /**
     * Change, disable or enable a webhook endpoint
     * @description Answers: The endpoint after it. A merge patch (RFC 7396). Another filter counts for the events that were not sent yet. Whether the order is kept cannot be changed: make another endpoint.
     */
    patch: operations['changeWebhookEndpoint'];
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}/rotate-secret': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Replace the secret of a webhook endpoint
     * @description Answers: The new secret. No later answer shows it. Until the overlap ends, every request has a signature of the new and of the earlier secrets. The new one signs in the same way, unless `signing` says otherwise.
     */
    post: operations['rotateWebhookSecret'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send a test event to a webhook endpoint
     * @description Answers: How the request ended. Sends one event of type `webhook.test.v1` now, also to a disabled endpoint, and changes nothing. What the receiver answered is not shown.
     */
    post: operations['testWebhookEndpoint'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send events of the past to a webhook endpoint once more
     * @description Answers: The replay, which goes on by itself. Events that happened from `from` to `to` and fit the endpoint are sent again beside the new ones, in order per wallet. What was not delivered yet is left out, because it comes by itself. Each has the `webhook-id` of before, so a receiver that remembers ids leaves out what it has.
     */
    post: operations['replayWebhookEvents'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}/replays': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the replays of a webhook endpoint
     * @description Answers: One page, the newest replay first. Replays that ended are listed for 30 days at least.
     */
    get: operations['listWebhookReplays'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}/replays/{replayId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read how far a replay is
     * @description Answers: The replay as it is now. While the receiver fails, the replay waits and is tried again like a delivery. After ten failures one after the other it ends.
     */
    get: operations['getWebhookReplay'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the deliveries that did not succeed at once
     * @description Answers: One page, the newest event first. An event that was delivered at the first attempt is not listed. Settled deliveries are listed for 30 days.
     */
    get: operations['listWebhookDeliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhook-endpoints/{endpointId}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Have a webhook endpoint go on
     * @description Answers: The endpoint after it. `parked` tries everything again that failed, and loses nothing. `now` leaves out what waits and what happened until now. Both enable a disabled endpoint.
     */
    post: operations['resumeWebhookEndpoint'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List API keys, also those that have ended
     * @description Answers: One page of the keys of the tenant, in order of id.
     */
    get: operations['listKeys'];
    put?: never;
    /**
     * Make an API key
     * @description Answers: The new key, whole. Nobody grants a scope that they lack. A key belongs to the tenant of its maker. The answer is the only one that shows the key, and it is stored nowhere, so no Idempotency-Key is taken. If the answer is lost, revoke the key and make another one.
     */
    post: operations['createKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/keys/{keyId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read an API key without its secret
     * @description Answers: The key.
     */
    get: operations['getKey'];
    put?: never;
    post?: never;
    /**
     * Revoke an API key at once
     * @description Answers: The key, revoked. Every process refuses it within a second. A repeat answers the same.
     */
    delete: operations['revokeKey'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/keys/{keyId}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Replace an API key, and let the old one work for a while
     * @description Answers: The new key, whole. The new key has the name, scopes and addresses of the old one, and lasts as long. The old one ends after the overlap. Nobody rotates a key with a scope that they lack.
     */
    post: operations['rotateKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/projections': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * See how far each projection is
     * @description Answers: Every projection.
     */
    get: operations['listProjections'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/projections/{projection}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Pause a projection: its schedule and its current run
     * @description Answers: The schedule as it is now.
     */
    post: operations['pauseProjection'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/projections/{projection}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resume a projection at once
     * @description Answers: The schedule as it is now.
     */
    post: operations['resumeProjection'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/outbox': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * See what waits in the outbox
     * @description Answers: How many events are not projected yet, and since when.
     */
    get: operations['getOutbox'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/segments': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the segments of the log
     * @description Answers: The segments, the newest first. None in a log that is not cut yet. A segment is a range of positions with a part in each table of the log. The newest 1000 are listed.
     */
    get: operations['listSegments'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/parts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * See whether each part of the system answers
     * @description Answers: Every part as this process sees it, what is wrong with it and what to do.
     */
    get: operations['listParts'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/health': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * See what is wrong and what to do
     * @description Answers: Every condition that holds now, the most urgent first. None means that all is well. A condition has a stable name. Its subject tells two of the same name apart, such as two projections.
     */
    get: operations['getHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/health/dismissals': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Dismiss a failure of the past
     * @description Answers: The dismissal that is kept. Names a condition and its occurrence as GET /admin/health shows them. Only recovery-failed and differences-found tell the past. A later failure has another occurrence and is told again. A repeat answers what was kept first.
     */
    post: operations['dismissHealth'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/failures': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List parked events
     * @description Answers: One page, in order of position.
     */
    get: operations['listFailures'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/failures/{projection}/{position}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Try a parked event again now
     * @description Answers: The parked event as it is now.
     */
    post: operations['retryFailure'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/failures/{projection}/{position}/skip': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give a parked event up, with a reason
     * @description Answers: The parked event as it is now.
     */
    post: operations['skipFailure'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/recovery/{type}/start': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Start a recovery
     * @description Answers: The recovery runs.
     */
    post: operations['startRecovery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/recovery': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List recoveries, running ones first
     * @description Answers: One page. Of what schedules started, only verifications are listed.
     */
    get: operations['listRecoveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/recovery/{workflowId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read one recovery
     * @description Answers: The latest run under this id.
     */
    get: operations['getRecovery'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/recovery/{workflowId}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Pause a recovery
     * @description Answers: The progress of the recovery.
     */
    post: operations['pauseRecovery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/recovery/{workflowId}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resume a recovery
     * @description Answers: The progress of the recovery.
     */
    post: operations['resumeRecovery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/recovery/{workflowId}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cancel a recovery: it removes what it made
     * @description Answers: The progress of the recovery.
     */
    post: operations['cancelRecovery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/archive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * See which segments of the log are archived
     * @description Answers: The segments that are full, the newest first, and what holds the next one up.
     */
    get: operations['getArchive'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the audit log, newest first
     * @description Answers: One page. An operator sees every tenant, any other caller their own. A request examines 10,000 rows at most. So a page may hold few rows, or none, and still lead on.
     */
    get: operations['listAudit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/tenants': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List tenants
     * @description Answers: One page, in order of id. The default tenant is not listed.
     */
    get: operations['listTenants'];
    put?: never;
    /**
     * Create a tenant
     * @description Answers: The tenant. It has no wallets yet.
     */
    post: operations['createTenant'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/tenants/{tenantId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read one tenant
     * @description Answers: The tenant.
     */
    get: operations['getTenant'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/tenants/{tenantId}/suspend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Suspend a tenant: its callers are refused, and nothing of it is lost
     * @description Answers: The tenant. Every process refuses its callers within a second. Operators still read it.
     */
    post: operations['suspendTenant'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/tenants/{tenantId}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resume a suspended tenant
     * @description Answers: The tenant.
     */
    post: operations['resumeTenant'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/livez': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Ask whether the process lives
     * @description Answers: The process lives.
     */
    get: operations['getLiveness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Ask whether the process should get traffic
     * @description Answers: The process should get traffic.
     */
    get: operations['getReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/version': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Ask which code runs, on what, and since when
     * @description Answers: The version of this process.
     */
    get: operations['getVersion'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the metrics, for Prometheus
     * @description Answers: The text format of Prometheus.
     */
    get: operations['getMetrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/problems': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read what every problem code means
     * @description Answers: Every code.
     */
    get: operations['listProblems'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/problems/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read what one problem code means
     * @description Answers: The page to which the `type` of a problem points.
     */
    get: operations['getProblem'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    ChangedWallet: {
      id: string;
      ownerId: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description The part of the balance that open holds set aside.
       */
      held: string;
      /**
       * Format: decimal
       * @description What the wallet can give: the balance without the held part, above its minimum.
       */
      available: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      freeze?: components['schemas']['Freeze'];
      /**
       * Format: decimal
       * @description Absent if it is 0.
       */
      minimumBalance?: string;
      /**
       * Format: decimal
       * @description Absent if there is none.
       */
      maximumBalance?: string;
      /** Format: int64 */
      version: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      currency: string;
      /** @description Only in reads; absent if there are none. */
      metadata?: {
        [key: string]: string;
      };
      /** @description Only in reads; absent if there are none. */
      labels?: string[];
      /** @description For GET /movements/{movementId}. Only a replayed answer of an earlier release lacks it. */
      movementId?: string;
    };
    /** @description Absent unless the wallet is frozen. */
    Freeze: {
      /** @enum {string} */
      scope: 'debits' | 'credits' | 'all';
      reason: string;
      /**
       * @description Whether open holds may be captured.
       * @enum {string}
       */
      holds: 'honor' | 'block';
      /** Format: date-time */
      until: string | null;
    };
    Problem: {
      type: string;
      title: string;
      /** Format: int64 */
      status: number;
      detail: string;
      code: components['schemas']['ProblemCode'];
      requestId: string;
      walletId?: string;
      /** Format: int64 */
      currentVersion?: number;
      /** @description What the wallet can give. */
      available?: string;
      /** @description The part of its balance that open holds set aside. */
      held?: string;
      /** @description The balance of the wallet. */
      walletBalance?: string;
      /** @description What is left of the hold, or of the movement to reverse. */
      remaining?: string;
      /**
       * @description How the hold ended.
       * @enum {string}
       */
      holdStatus?: 'captured' | 'voided' | 'expired' | 'closed';
      /**
       * Format: date-time
       * @description When the hold expired.
       */
      expiresAt?: string;
      /**
       * @description What the freeze stops.
       * @enum {string}
       */
      freezeScope?: 'debits' | 'credits' | 'all';
      /** Format: int64 */
      openHolds?: number;
      /** @description The name of the velocity rule. */
      rule?: string;
      /**
       * @description What the rule counts together.
       * @enum {string}
       */
      window?: 'transaction' | 'day' | 'month' | 'lifetime';
      /**
       * @description Whether used and max are amounts or numbers of movements.
       * @enum {string}
       */
      measure?: 'amount' | 'count';
      /** @description What is used in the window of now. Absent for a rule of one movement, and if the wallet is the other side of the movement. */
      used?: string;
      /** @description The most that the rule allows. */
      max?: string;
      /**
       * Format: date-time
       * @description When the window ends. Absent if the rule never resets.
       */
      resetsAt?: string;
      /** @description The amount that was asked for. */
      requested?: string;
      /** @description The most or the least that the balance may be. */
      limit?: string;
      /** @description The currency of the amounts. They are decimal text under every path. */
      currency?: string;
      commandId?: string;
      workflowId?: string;
      /** @description The scope that the caller lacks. */
      scope?: string;
      progress?: components['schemas']['RecoveryProgress'];
      /**
       * Format: date-time
       * @description The time from which on the log has every event.
       */
      retainedSince?: string;
      /** @description The quotas that are used up, as RateLimit-Policy names them. */
      'violated-policies'?: string[];
      errors?: {
        pointer?: string;
        parameter?: string;
        header?: string;
        detail: string;
      }[];
    };
    /** @enum {string} */
    ProblemCode:
      | 'MALFORMED_REQUEST'
      | 'MALFORMED_JSON'
      | 'VALIDATION_FAILED'
      | 'AMOUNT_INVALID'
      | 'EXPIRY_INVALID'
      | 'UNAUTHENTICATED'
      | 'FORBIDDEN'
      | 'TENANT_SUSPENDED'
      | 'CROSS_SITE_REFUSED'
      | 'WALLET_NOT_FOUND'
      | 'WALLET_NOT_YET_CREATED'
      | 'MOVEMENT_NOT_FOUND'
      | 'HOLD_NOT_FOUND'
      | 'FAILURE_NOT_FOUND'
      | 'OCCURRENCE_NOT_FOUND'
      | 'SCHEDULE_NOT_FOUND'
      | 'RECOVERY_NOT_FOUND'
      | 'KEY_NOT_FOUND'
      | 'WEBHOOK_ENDPOINT_NOT_FOUND'
      | 'WEBHOOK_REPLAY_NOT_FOUND'
      | 'ROUTE_NOT_FOUND'
      | 'TENANT_NOT_FOUND'
      | 'METHOD_NOT_ALLOWED'
      | 'REQUEST_TIMEOUT'
      | 'WALLET_ALREADY_EXISTS'
      | 'WALLET_CLOSED'
      | 'WALLET_FROZEN'
      | 'WALLET_NOT_EMPTY'
      | 'HOLD_ALREADY_EXISTS'
      | 'HOLD_CLOSED'
      | 'HOLD_EXPIRED'
      | 'ALREADY_REVERSED'
      | 'TENANT_ALREADY_EXISTS'
      | 'TENANTS_NOT_READY'
      | 'FAILURE_RESOLVED'
      | 'CONDITION_NOT_DISMISSIBLE'
      | 'RECOVERY_RUNNING'
      | 'RECOVERY_ENDED'
      | 'RECOVERY_ID_HELD'
      | 'CURSOR_AHEAD'
      | 'KEY_ENDED'
      | 'KEY_PEPPER_MISSING'
      | 'TOO_MANY_WEBHOOK_ENDPOINTS'
      | 'TOO_MANY_REPLAYS'
      | 'ARCHIVED'
      | 'VERSION_MISMATCH'
      | 'BODY_TOO_LARGE'
      | 'UNSUPPORTED_MEDIA_TYPE'
      | 'HOST_NOT_SERVED'
      | 'SAME_WALLET'
      | 'CURRENCY_MISMATCH'
      | 'LIMIT_EXCEEDED'
      | 'INSUFFICIENT_FUNDS'
      | 'BALANCE_LIMIT_EXCEEDED'
      | 'NOT_REVERSIBLE'
      | 'HOLD_AMOUNT_EXCEEDED'
      | 'REVERSAL_EXCEEDS_ORIGINAL'
      | 'LIMIT_BELOW_USE'
      | 'DETAILS_TOO_LARGE'
      | 'TOO_MANY_HOLDS'
      | 'TOO_MANY_CAPTURES'
      | 'TOO_MANY_REVERSALS'
      | 'IDEMPOTENCY_KEY_REUSED'
      | 'RATE_LIMITED'
      | 'TOO_MANY_STREAMS'
      | 'HEADERS_TOO_LARGE'
      | 'EVENT_UNREADABLE'
      | 'INTERNAL_ERROR'
      | 'TOO_MANY_READS'
      | 'TOO_MANY_TESTS'
      | 'WEBHOOK_KEY_MISSING'
      | 'QUEUE_FULL'
      | 'QUEUE_TIMEOUT'
      | 'WALLET_BUSY'
      | 'SHUTTING_DOWN'
      | 'DATABASE_UNAVAILABLE'
      | 'UPGRADE_UNFINISHED'
      | 'FEED_UNAVAILABLE'
      | 'SEARCH_UNAVAILABLE'
      | 'TEMPORAL_UNAVAILABLE'
      | 'OUTCOME_UNKNOWN';
    RecoveryProgress: {
      /** @enum {string} */
      status: 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';
      phase: string;
      unit: string;
      /** Format: int64 */
      done: number;
      /** Format: int64 */
      total: number | null;
      /** Format: int64 */
      ratePerS: number;
      /** Format: int64 */
      secondsLeft: number | null;
      /** Format: int64 */
      differences: number;
      /**
       * Format: date-time
       * @description When a phase that only waits ends. `secondsLeft` counts down to it.
       */
      waitsUntil: string | null;
      /**
       * Format: int64
       * @description Seconds of the whole recovery; null until it ended.
       */
      tookS: number | null;
    };
    CreateWallet: {
      walletId?: string;
      ownerId: string;
      /**
       * Format: decimal
       * @description A plain decimal with at most the currency's decimals. An exact JSON number is accepted too.
       */
      initialBalance?: string;
      /** @default USD */
      currency?: string;
    };
    Movement: {
      /**
       * Format: decimal
       * @description A plain decimal with at most the currency's decimals. An exact JSON number is accepted too.
       */
      amount: string;
      /** @default  */
      description?: string;
    };
    Transferred: {
      fromWallet: components['schemas']['Wallet'];
      toWallet: components['schemas']['Wallet'];
      /** @description For GET /movements/{movementId}. Only a replayed answer of an earlier release lacks it. */
      movementId?: string;
    };
    Wallet: {
      id: string;
      ownerId: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description The part of the balance that open holds set aside.
       */
      held: string;
      /**
       * Format: decimal
       * @description What the wallet can give: the balance without the held part, above its minimum.
       */
      available: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      freeze?: components['schemas']['Freeze'];
      /**
       * Format: decimal
       * @description Absent if it is 0.
       */
      minimumBalance?: string;
      /**
       * Format: decimal
       * @description Absent if there is none.
       */
      maximumBalance?: string;
      /** Format: int64 */
      version: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      currency: string;
      /** @description Only in reads; absent if there are none. */
      metadata?: {
        [key: string]: string;
      };
      /** @description Only in reads; absent if there are none. */
      labels?: string[];
    };
    Transfer: {
      toWalletId: string;
      /**
       * Format: decimal
       * @description A plain decimal with at most the currency's decimals. An exact JSON number is accepted too.
       */
      amount: string;
      /** @default  */
      description?: string;
    };
    Total: {
      /** Format: int64 */
      count: number;
      /** @description False if counting ended at this number. */
      isExact: boolean;
    };
    /** @description The type tells which members the event has. A later release may add a type: leave an unknown one aside, and do not refuse the page. */
    Event:
      | components['schemas']['WalletCreated']
      | components['schemas']['WalletCredited']
      | components['schemas']['WalletDebited']
      | components['schemas']['TransferSent']
      | components['schemas']['TransferReceived']
      | components['schemas']['HoldPlaced']
      | components['schemas']['HoldCaptured']
      | components['schemas']['HoldReleased']
      | components['schemas']['HoldAdjusted']
      | components['schemas']['CreditReversed']
      | components['schemas']['DebitRefunded']
      | components['schemas']['TransferReturned']
      | components['schemas']['TransferReturnReceived']
      | components['schemas']['WalletFrozen']
      | components['schemas']['WalletUnfrozen']
      | components['schemas']['WalletLimitsChanged']
      | components['schemas']['VelocityRulesChanged']
      | components['schemas']['AlertRulesChanged']
      | components['schemas']['WalletClosed']
      | components['schemas']['WalletDetailsChanged']
      | components['schemas']['Unreadable'];
    WalletCreated: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletCreated';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      ownerId: string;
    };
    AlertRule: {
      name: string;
      /**
       * @description The amount of the wallet that the rule looks at.
       * @enum {string}
       */
      field: 'available' | 'balance';
      /**
       * @description An amount that is reached exactly is neither below nor above.
       * @enum {string}
       */
      op: 'below' | 'above';
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
    };
    WalletCredited: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletCredited';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
    };
    WalletDebited: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletDebited';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
    };
    TransferSent: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'TransferSent';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      transferId: string;
      toWalletId: string;
    };
    TransferReceived: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'TransferReceived';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      transferId: string;
      fromWalletId: string;
    };
    HoldPlaced: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'HoldPlaced';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      holdId: string;
      /** Format: date-time */
      expiresAt: string;
      toWalletId: string | null;
      metadata: {
        [key: string]: string;
      };
    };
    HoldCaptured: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'HoldCaptured';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      holdId: string;
      captureId: string;
      toWalletId: string | null;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      released: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      overcaptured: string;
    };
    HoldReleased: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'HoldReleased';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      holdId: string;
      /** @enum {string} */
      reason: 'voided' | 'expired' | 'closed';
    };
    HoldAdjusted: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'HoldAdjusted';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      holdId: string;
      /** Format: date-time */
      expiresAt: string;
      /**
       * Format: decimal
       * @description What is held more than before; negative if less.
       */
      amount: string;
    };
    CreditReversed: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'CreditReversed';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      /** @enum {string} */
      reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      originalMovementId: string;
      /**
       * Format: decimal
       * @description All that has gone back of the original, with this.
       */
      reversed: string;
    };
    DebitRefunded: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'DebitRefunded';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      /** @enum {string} */
      reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      originalMovementId: string;
      /**
       * Format: decimal
       * @description All that has gone back of the original, with this.
       */
      reversed: string;
    };
    TransferReturned: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'TransferReturned';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      /** @enum {string} */
      reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      originalMovementId: string;
      /**
       * Format: decimal
       * @description All that has gone back of the original, with this.
       */
      reversed: string;
      returnId: string;
      toWalletId: string;
    };
    TransferReturnReceived: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'TransferReturnReceived';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      description: string;
      /** @enum {string} */
      reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      originalMovementId: string;
      /**
       * Format: decimal
       * @description All that has gone back of the original, with this.
       */
      reversed: string;
      returnId: string;
      fromWalletId: string;
    };
    WalletFrozen: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletFrozen';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      freeze: components['schemas']['Freeze'];
    };
    WalletUnfrozen: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletUnfrozen';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /** @enum {string} */
      cause: 'request' | 'expired';
      reason: string;
    };
    WalletLimitsChanged: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletLimitsChanged';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      minimumBalance: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      maximumBalance: string;
    };
    VelocityRulesChanged: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'VelocityRulesChanged';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      rules: components['schemas']['VelocityRule'][];
    };
    VelocityRule: {
      name: string;
      /**
       * @description What the rule counts together. Days and months begin at midnight in UTC.
       * @enum {string}
       */
      window: 'transaction' | 'day' | 'month' | 'lifetime';
      /**
       * @description Whether it counts what leaves the wallet or what reaches it.
       * @enum {string}
       */
      direction: 'out' | 'in';
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      maxAmount?: string;
      /** Format: int64 */
      maxCount?: number;
    };
    AlertRulesChanged: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'AlertRulesChanged';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      rules: components['schemas']['AlertRule'][];
    };
    WalletClosed: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletClosed';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      reason: string;
    };
    WalletDetailsChanged: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'WalletDetailsChanged';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description What open holds set aside of the balance after it.
       */
      held: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      currency: string;
      /** @description The alert rules that it made true. Absent if it made none true. */
      alerts?: components['schemas']['AlertRule'][];
      metadata: {
        [key: string]: string;
      };
      labels: string[];
    };
    /** @description The place of an event that this release cannot read. A newer release wrote it, or its row is damaged. Its amounts are not known. */
    Unreadable: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'Unreadable';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      version: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: date-time */
      occurredAt: string;
      /** @description The event's type in the log. */
      recordedType: string;
      /** @description Why this release cannot read the event. */
      reason: string;
    };
    OwnerSummary: {
      ownerId: string;
      currencies: {
        currency: string;
        /** Format: int64 */
        wallets: number;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        held: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        available: string;
      }[];
    };
    CommandOutcome: {
      /** Format: uuid */
      commandId: string;
      /** @enum {string} */
      outcome: 'committed' | 'refused' | 'unknown';
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId?: string;
      /** Format: date-time */
      recordedAt?: string;
      /** Format: int64 */
      status?: number;
      headers?: {
        [key: string]: string;
      };
      /** @description The stored answer. */
      body?: unknown;
    };
    LedgerEntry: {
      /** Format: int64 */
      position: number;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** @enum {string} */
      direction: 'debit' | 'credit';
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      currency: string;
      counterAccount: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balanceAfter: string;
      /** Format: date-time */
      occurredAt: string;
      description: string;
    };
    BalanceAt: {
      walletId: string;
      /** Format: date-time */
      at: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      currency: string;
      /** Format: int64 */
      version: number;
      /**
       * Format: int64
       * @description Absent if the event is archived.
       */
      position?: number;
      /** @description Absent if the event is archived. */
      movementId?: string;
      /** Format: date-time */
      lastEventAt: string;
    };
    TrialBalance: {
      /**
       * Format: int64
       * @description The sums cover exactly the events up to here.
       */
      position: number;
      balanced: boolean;
      accounts: {
        currency: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        debits: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        credits: string;
        /** @enum {string} */
        accountClass: 'wallet' | 'settlement';
      }[];
      totals: {
        currency: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        debits: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        credits: string;
        balanced: boolean;
      }[];
    };
    MovementDetails: {
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      type: components['schemas']['MovementType'];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      currency: string;
      /** Format: date-time */
      occurredAt: string;
      description: string;
      /** @description The wallet that paid, after it. Null if the money came from outside. */
      from: components['schemas']['MovementSide'] | null;
      /** @description The wallet that was paid, after it. Null if the money left. */
      to: components['schemas']['MovementSide'] | null;
      commandId: string | null;
      /** @description X-Request-Id of the request that was carried out. A repeated request has another one. */
      requestId: string | null;
      transferId: string | null;
      /** @description The hold that it places, captures or ends. */
      holdId: string | null;
      /** @description The movement of which it gives money back. */
      originalMovementId: string | null;
      /**
       * Format: decimal
       * @description All that went back of it.
       */
      reversed: string;
      reversedBy: {
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        /** Format: date-time */
        reversedAt: string;
      }[];
      ledger: components['schemas']['Booking'];
    };
    /** @enum {string} */
    MovementType:
      'create' | 'credit' | 'debit' | 'transfer' | 'hold' | 'capture' | 'release' | 'reversal' | 'change';
    MovementSide: {
      walletId: string;
      /** Format: int64 */
      version: number;
      /**
       * Format: int64
       * @description Of its event in the log.
       */
      position: number;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
    };
    Booking: {
      /**
       * @description "waiting" means that it is not projected yet.
       * @enum {string}
       */
      state: 'booked' | 'waiting' | 'parked' | 'skipped' | 'missing' | 'nothing to book';
      /** @description Why it is parked or skipped. */
      reason: string | null;
      entries: {
        account: string;
        /** @enum {string} */
        direction: 'debit' | 'credit';
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        currency: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balanceAfter: string | null;
      }[];
    };
    MovementsFound: {
      movements: components['schemas']['MoneyMovement'][];
      /** @description Movements found that this release cannot read. */
      unreadable: {
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /** Format: int64 */
        position: number;
        reason: string;
      }[];
      /** @description The part of the log that this page covers. With walletId, only its events. */
      examined: {
        /** Format: int64 */
        events: number;
        /** Format: int64 */
        newestPosition: number | null;
        /** Format: int64 */
        oldestPosition: number | null;
      };
      nextCursor: string | null;
    };
    MoneyMovement: {
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      type: components['schemas']['MovementType'];
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      currency: string;
      /** Format: date-time */
      occurredAt: string;
      description: string;
      /** @description The wallet that paid, after it. Null if the money came from outside. */
      from: components['schemas']['MovementSide'] | null;
      /** @description The wallet that was paid, after it. Null if the money left. */
      to: components['schemas']['MovementSide'] | null;
      commandId: string | null;
      /** @description X-Request-Id of the request that was carried out. A repeated request has another one. */
      requestId: string | null;
      transferId: string | null;
      /** @description The hold that it places, captures or ends. */
      holdId: string | null;
      /** @description The movement of which it gives money back. */
      originalMovementId: string | null;
    };
    Statement: {
      walletId: string;
      ownerId: string;
      currency: string;
      /** Format: date-time */
      from: string | null;
      /** Format: date-time */
      to: string | null;
      opening: components['schemas']['StatementBalance'];
      closing: components['schemas']['StatementBalance'];
      /** @description Of the whole statement. Null if it has more than 100,000 events. */
      totals: components['schemas']['StatementTotals'] | null;
      movements: components['schemas']['StatementMovement'][];
      nextCursor: string | null;
    };
    StatementBalance: {
      /**
       * Format: int64
       * @description 0 is before the first event.
       */
      version: number;
      /**
       * Format: decimal
       * @description Settled: what holds set aside is part of it.
       */
      balance: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      held: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      available: string;
    };
    StatementTotals: {
      /** Format: int64 */
      movements: number;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      credits: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      debits: string;
    };
    StatementMovement: {
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
      /** Format: int64 */
      version: number;
      /** Format: date-time */
      occurredAt: string;
      type: components['schemas']['MovementType'];
      description: string;
      /** @description The wallet on the other side. */
      counterpart: string | null;
      /** @enum {string} */
      direction: 'in' | 'out';
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balanceAfter: string;
    };
    EventPage: {
      events: components['schemas']['CloudEvent'][];
      /** @description The cursor to go on after. It belongs to this filter. */
      next: string;
      /** @description Whether the log goes on. The next page may be empty. */
      hasMore: boolean;
    };
    /** @description A CloudEvent 1.0. A later release may add types, and members to `data`: leave unknown ones aside. */
    CloudEvent:
      | components['schemas']['WalletCreatedEvent']
      | components['schemas']['WalletCreditedEvent']
      | components['schemas']['WalletDebitedEvent']
      | components['schemas']['TransferSentEvent']
      | components['schemas']['TransferReceivedEvent']
      | components['schemas']['HoldPlacedEvent']
      | components['schemas']['HoldCapturedEvent']
      | components['schemas']['HoldReleasedEvent']
      | components['schemas']['HoldAdjustedEvent']
      | components['schemas']['CreditReversedEvent']
      | components['schemas']['DebitRefundedEvent']
      | components['schemas']['TransferReturnedEvent']
      | components['schemas']['TransferReturnReceivedEvent']
      | components['schemas']['WalletFrozenEvent']
      | components['schemas']['WalletUnfrozenEvent']
      | components['schemas']['WalletLimitsChangedEvent']
      | components['schemas']['VelocityRulesChangedEvent']
      | components['schemas']['AlertRulesChangedEvent']
      | components['schemas']['WalletClosedEvent']
      | components['schemas']['WalletDetailsChangedEvent']
      | components['schemas']['WalletAlert'];
    WalletCreatedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.created.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.created.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        ownerId: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletCreditedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.credited.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.credited.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletDebitedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.debited.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.debited.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    TransferSentEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'transfer.sent.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:transfer.sent.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        transferId: string;
        toWalletId: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    TransferReceivedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'transfer.received.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:transfer.received.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        transferId: string;
        fromWalletId: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    HoldPlacedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'hold.placed.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:hold.placed.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        holdId: string;
        /** Format: date-time */
        expiresAt: string;
        toWalletId: string | null;
        metadata: {
          [key: string]: string;
        };
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    HoldCapturedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'hold.captured.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:hold.captured.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        holdId: string;
        captureId: string;
        toWalletId: string | null;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        released: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        overcaptured: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    HoldReleasedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'hold.released.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:hold.released.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        holdId: string;
        /** @enum {string} */
        reason: 'voided' | 'expired' | 'closed';
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    HoldAdjustedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'hold.adjusted.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:hold.adjusted.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        holdId: string;
        /** Format: date-time */
        expiresAt: string;
        /**
         * Format: decimal
         * @description What is held more than before; negative if less.
         */
        amount: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    CreditReversedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'credit.reversed.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:credit.reversed.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        /** @enum {string} */
        reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        originalMovementId: string;
        /**
         * Format: decimal
         * @description All that has gone back of the original, with this.
         */
        reversed: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    DebitRefundedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'debit.refunded.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:debit.refunded.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        /** @enum {string} */
        reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        originalMovementId: string;
        /**
         * Format: decimal
         * @description All that has gone back of the original, with this.
         */
        reversed: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    TransferReturnedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'transfer.returned.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:transfer.returned.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        /** @enum {string} */
        reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        originalMovementId: string;
        /**
         * Format: decimal
         * @description All that has gone back of the original, with this.
         */
        reversed: string;
        returnId: string;
        toWalletId: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    TransferReturnReceivedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'transfer.return-received.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:transfer.return-received.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        description: string;
        /** @enum {string} */
        reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        originalMovementId: string;
        /**
         * Format: decimal
         * @description All that has gone back of the original, with this.
         */
        reversed: string;
        returnId: string;
        fromWalletId: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletFrozenEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.frozen.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.frozen.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        freeze: components['schemas']['Freeze'];
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletUnfrozenEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.unfrozen.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.unfrozen.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /** @enum {string} */
        cause: 'request' | 'expired';
        reason: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletLimitsChangedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.limits-changed.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.limits-changed.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        minimumBalance: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        maximumBalance: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    VelocityRulesChangedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.velocity-rules-changed.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.velocity-rules-changed.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        rules: components['schemas']['VelocityRule'][];
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    AlertRulesChangedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.alert-rules-changed.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.alert-rules-changed.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        rules: components['schemas']['AlertRule'][];
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletClosedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.closed.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.closed.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        reason: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletDetailsChangedEvent: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The wallet and its version after the event. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.details-changed.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.details-changed.v1';
      partitionkey: string;
      /** @description The version of the wallet, padded so that it compares as text. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        /** @description The alert rules that it made true. Absent if it made none true. */
        alerts?: components['schemas']['AlertRule'][];
        metadata: {
          [key: string]: string;
        };
        labels: string[];
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    WalletAlert: {
      /** @enum {string} */
      specversion: '1.0';
      /** @description The id of the event, and the number of the alert among its alerts. */
      id: string;
      /** @description The wallet, as a URI reference. With id it is unique. */
      source: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'wallet.alert.v1';
      subject: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      datacontenttype: 'application/json';
      /** @enum {string} */
      dataschema: 'urn:wallet-service:event:wallet.alert.v1';
      partitionkey: string;
      /** @description That of the event, and the number of the alert. So it follows the event and stands before the next. */
      sequence: string;
      data: {
        /** Format: int64 */
        version: number;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        balance: string;
        /**
         * Format: decimal
         * @description What open holds set aside of the balance after it.
         */
        held: string;
        /** @enum {string} */
        status: 'active' | 'frozen' | 'closed';
        currency: string;
        name: string;
        /**
         * @description The amount of the wallet that the rule looks at.
         * @enum {string}
         */
        field: 'available' | 'balance';
        /**
         * @description An amount that is reached exactly is neither below nor above.
         * @enum {string}
         */
        op: 'below' | 'above';
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        /**
         * Format: decimal
         * @description The amount that the rule looks at, after the event.
         */
        value: string;
        /** @description The id of the event that gave the alert. */
        eventId: string;
        /** @description Its type. */
        eventType: string;
        /**
         * Format: decimal
         * @description What the wallet could give after it.
         */
        available: string;
        /** @description The command that made it. */
        commandId: string | null;
        /** @description X-Request-Id of the request that was carried out. */
        requestId: string | null;
      };
    };
    ChangedHold: {
      hold: components['schemas']['Hold'];
      wallet: components['schemas']['Wallet'];
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
    };
    Hold: {
      holdId: string;
      walletId: string;
      /** @enum {string} */
      status: 'open' | 'captured' | 'voided' | 'expired' | 'closed';
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      /**
       * Format: decimal
       * @description All that was captured, also what exceeded the amount.
       */
      captured: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      released: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      remaining: string;
      currency: string;
      /** Format: date-time */
      expiresAt: string;
      /** @description The wallet that a capture pays. */
      toWalletId: string | null;
      description: string;
      metadata: {
        [key: string]: string;
      };
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      endedAt: string | null;
    };
    PlaceHold: {
      holdId?: string;
      /**
       * Format: decimal
       * @description A plain decimal with at most the currency's decimals. An exact JSON number is accepted too.
       */
      amount: string;
      /**
       * Format: date-time
       * @description At most 366 days ahead.
       */
      expiresAt?: string;
      /**
       * Format: int64
       * @description Instead of expiresAt. Without both the hold ends after 7 days.
       */
      expiresInSeconds?: number;
      /** @description The wallet that a capture pays. It can not be changed later. */
      toWalletId?: string;
      /** @default  */
      description?: string;
      metadata?: {
        [key: string]: string;
      };
    };
    AdjustHold: {
      /**
       * Format: decimal
       * @description The new whole amount, not a difference.
       */
      amount?: string;
      /** Format: date-time */
      expiresAt?: string;
      /**
       * Format: int64
       * @description Instead of expiresAt, from now.
       */
      expiresInSeconds?: number;
    };
    Captured: {
      capture: components['schemas']['Capture'];
      hold: components['schemas']['Hold'];
      wallet: components['schemas']['Wallet'];
      toWallet?: components['schemas']['Wallet'];
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
    };
    Capture: {
      captureId: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
    };
    CaptureHold: {
      /**
       * Format: decimal
       * @description Without it all that remains is taken.
       */
      amount?: string;
      /** @default true */
      final?: boolean;
      /**
       * @description Allows more than remains, if the wallet has it available.
       * @default false
       */
      overcapture?: boolean;
      /** @default  */
      description?: string;
    };
    VoidHold: {
      /** @default  */
      reason?: string;
    };
    HoldWithCaptures: {
      holdId: string;
      walletId: string;
      /** @enum {string} */
      status: 'open' | 'captured' | 'voided' | 'expired' | 'closed';
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      /**
       * Format: decimal
       * @description All that was captured, also what exceeded the amount.
       */
      captured: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      released: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      remaining: string;
      currency: string;
      /** Format: date-time */
      expiresAt: string;
      /** @description The wallet that a capture pays. */
      toWalletId: string | null;
      description: string;
      metadata: {
        [key: string]: string;
      };
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      endedAt: string | null;
      captures: {
        captureId: string;
        /**
         * Format: decimal
         * @description Exact decimal text with the currency's decimals.
         */
        amount: string;
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
        /** Format: date-time */
        capturedAt: string;
      }[];
    };
    FreezeWallet: {
      /** @enum {string} */
      scope: 'debits' | 'credits' | 'all';
      reason: string;
      /**
       * @description Whether holds that were placed before may be captured.
       * @default honor
       * @enum {string}
       */
      holds?: 'honor' | 'block';
      /**
       * Format: date-time
       * @description The freeze ends at this time by itself.
       */
      until?: string;
    };
    UnfreezeWallet: {
      reason: string;
    };
    Limits: {
      /**
       * Format: decimal
       * @description Negative is a credit line, positive is a reserve.
       */
      minimumBalance?: string;
      /**
       * Format: decimal
       * @description A plain decimal with at most the currency's decimals. An exact JSON number is accepted too.
       */
      maximumBalance?: string;
    };
    DetailedWallet: {
      id: string;
      ownerId: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description The part of the balance that open holds set aside.
       */
      held: string;
      /**
       * Format: decimal
       * @description What the wallet can give: the balance without the held part, above its minimum.
       */
      available: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      freeze?: components['schemas']['Freeze'];
      /**
       * Format: decimal
       * @description Absent if it is 0.
       */
      minimumBalance?: string;
      /**
       * Format: decimal
       * @description Absent if there is none.
       */
      maximumBalance?: string;
      /** Format: int64 */
      version: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      currency: string;
      metadata: {
        [key: string]: string;
      };
      labels: string[];
      /** @description For GET /movements/{movementId}. Only a replayed answer of an earlier release lacks it. */
      movementId?: string;
    };
    Details: {
      metadata?: {
        [key: string]: string | null;
      };
      labels?: string[];
    };
    ClosedWallet: {
      wallet: components['schemas']['Wallet'];
      toWallet?: components['schemas']['Wallet'];
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId?: string;
    };
    CloseWallet: {
      reason: string;
      sweepToWalletId?: string;
    };
    Reversed: {
      reversal: components['schemas']['Reversal'];
      wallet: components['schemas']['Wallet'];
      otherWallet?: components['schemas']['Wallet'] & unknown;
      /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
      movementId: string;
    };
    Reversal: {
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      amount: string;
      /**
       * Format: decimal
       * @description All that has gone back, with this.
       */
      reversed: string;
      /**
       * Format: decimal
       * @description What is left to reverse.
       */
      remaining: string;
      /** @enum {string} */
      reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
    };
    ReverseMovement: {
      /**
       * Format: decimal
       * @description Without it all that is left goes back.
       */
      amount?: string;
      /**
       * @default refund
       * @enum {string}
       */
      reason?: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
      /** @default  */
      description?: string;
    };
    WalletWithVelocity: {
      id: string;
      ownerId: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description The part of the balance that open holds set aside.
       */
      held: string;
      /**
       * Format: decimal
       * @description What the wallet can give: the balance without the held part, above its minimum.
       */
      available: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      freeze?: components['schemas']['Freeze'];
      /**
       * Format: decimal
       * @description Absent if it is 0.
       */
      minimumBalance?: string;
      /**
       * Format: decimal
       * @description Absent if there is none.
       */
      maximumBalance?: string;
      /** Format: int64 */
      version: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      currency: string;
      /** @description Only in reads; absent if there are none. */
      metadata?: {
        [key: string]: string;
      };
      /** @description Only in reads; absent if there are none. */
      labels?: string[];
      /** @description For GET /movements/{movementId}. Only a replayed answer of an earlier release lacks it. */
      movementId?: string;
      rules: components['schemas']['VelocityRuleUse'][];
    };
    VelocityRuleUse: {
      name: string;
      /**
       * @description What the rule counts together. Days and months begin at midnight in UTC.
       * @enum {string}
       */
      window: 'transaction' | 'day' | 'month' | 'lifetime';
      /**
       * @description Whether it counts what leaves the wallet or what reaches it.
       * @enum {string}
       */
      direction: 'out' | 'in';
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      maxAmount?: string;
      /** Format: int64 */
      maxCount?: number;
      /**
       * Format: decimal
       * @description In the window of now. Absent for a rule of one movement.
       */
      usedAmount?: string;
      /** Format: int64 */
      usedCount?: number;
      /**
       * Format: date-time
       * @description When the rule was made. It counts from then on.
       */
      since: string;
      /**
       * Format: date-time
       * @description When the window ends. Absent if the rule never resets.
       */
      resetsAt?: string;
    };
    VelocityRules: {
      rules: components['schemas']['GivenVelocityRule'][];
    };
    GivenVelocityRule: {
      name: string;
      /**
       * @description What the rule counts together. Days and months begin at midnight in UTC.
       * @enum {string}
       */
      window: 'transaction' | 'day' | 'month' | 'lifetime';
      /**
       * @description Whether it counts what leaves the wallet or what reaches it.
       * @enum {string}
       */
      direction: 'out' | 'in';
      /**
       * Format: decimal
       * @description The most that may move, more than zero.
       */
      maxAmount?: string;
      /**
       * Format: int64
       * @description The most movements. A rule of one movement has none.
       */
      maxCount?: number;
    };
    Velocity: {
      walletId: string;
      currency: string;
      rules: components['schemas']['VelocityRuleUse'][];
    };
    WalletWithAlerts: {
      id: string;
      ownerId: string;
      /**
       * Format: decimal
       * @description Exact decimal text with the currency's decimals.
       */
      balance: string;
      /**
       * Format: decimal
       * @description The part of the balance that open holds set aside.
       */
      held: string;
      /**
       * Format: decimal
       * @description What the wallet can give: the balance without the held part, above its minimum.
       */
      available: string;
      /** @enum {string} */
      status: 'active' | 'frozen' | 'closed';
      freeze?: components['schemas']['Freeze'];
      /**
       * Format: decimal
       * @description Absent if it is 0.
       */
      minimumBalance?: string;
      /**
       * Format: decimal
       * @description Absent if there is none.
       */
      maximumBalance?: string;
      /** Format: int64 */
      version: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      currency: string;
      /** @description Only in reads; absent if there are none. */
      metadata?: {
        [key: string]: string;
      };
      /** @description Only in reads; absent if there are none. */
      labels?: string[];
      /** @description For GET /movements/{movementId}. Only a replayed answer of an earlier release lacks it. */
      movementId?: string;
      alerts: components['schemas']['AlertRule'][];
    };
    AlertRules: {
      alerts: components['schemas']['GivenAlertRule'][];
    };
    GivenAlertRule: {
      name: string;
      /**
       * @description The amount of the wallet that the rule looks at.
       * @enum {string}
       */
      field: 'available' | 'balance';
      /**
       * @description An amount that is reached exactly is neither below nor above.
       * @enum {string}
       */
      op: 'below' | 'above';
      /**
       * Format: decimal
       * @description Negative only for a balance, which may go down to a credit line.
       */
      amount: string;
    };
    Alerts: {
      walletId: string;
      currency: string;
      alerts: components['schemas']['AlertRule'][];
    };
    IssuedWebhookEndpoint: {
      /** @description What the receiver verifies with: `whsec_…` is the secret itself, `whpk_…` the public key of ed25519. */
      secret: string;
      id: string;
      url: string;
      /** @description Null for all types. */
      types: string[] | null;
      /** @description Null for all wallets. */
      walletIds: string[] | null;
      /** @description Null if no label is asked for. */
      labels: string[] | null;
      ordered: boolean;
      description: string;
      /**
       * @description How the newest secret signs.
       * @enum {string}
       */
      signing: 'hmac' | 'ed25519';
      /**
       * @description `retrying`: the receiver fails, so nothing new is sent until one attempt succeeds.
       * @enum {string}
       */
      status: 'delivering' | 'retrying' | 'disabled';
      /** Format: date-time */
      disabledAt: string | null;
      /** @description `gone`: the receiver answered 410. `failing`: nothing succeeded for five days. */
      disabledReason: ('owner' | 'gone' | 'failing') | null;
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
      /** Format: date-time */
      changedAt: string;
      /**
       * Format: int64
       * @description Deliveries that succeeded. Repeats count, too.
       */
      delivered: number;
      /** @description When the event that was delivered last happened. */
      lastEventAt: string | null;
      /** Format: date-time */
      lastSuccessAt: string | null;
      /** @description The first failure since the last success. */
      failingSince: string | null;
      /** @description Null before the first attempt. */
      lastAttempt: components['schemas']['WebhookAttempt'] | null;
      /**
       * Format: int64
       * @description Events that failed and were not delivered since. The deliveries of the endpoint show them.
       */
      pending: number;
    };
    WebhookAttempt: {
      /**
       * Format: int64
       * @description Null if there was no answer.
       */
      status: number | null;
      /** @description Null after a success. */
      reason: string | null;
      /** Format: int64 */
      ms: number;
    };
    CreateWebhookEndpoint: {
      /** @description Where the events go, by POST. https, a public address, no user name, no fragment. */
      url: string;
      /** @description Only events of these types. */
      types?: (
        | 'wallet.created.v1'
        | 'wallet.credited.v1'
        | 'wallet.debited.v1'
        | 'transfer.sent.v1'
        | 'transfer.received.v1'
        | 'hold.placed.v1'
        | 'hold.captured.v1'
        | 'hold.released.v1'
        | 'hold.adjusted.v1'
        | 'credit.reversed.v1'
        | 'debit.refunded.v1'
        | 'transfer.returned.v1'
        | 'transfer.return-received.v1'
        | 'wallet.frozen.v1'
        | 'wallet.unfrozen.v1'
        | 'wallet.limits-changed.v1'
        | 'wallet.velocity-rules-changed.v1'
        | 'wallet.alert-rules-changed.v1'
        | 'wallet.closed.v1'
        | 'wallet.details-changed.v1'
        | 'wallet.alert.v1'
      )[];
      /** @description Only events of these wallets. */
      walletIds?: string[];
      /** @description Only events of wallets that have one of these labels when the event is sent. */
      labels?: string[];
      /**
       * @description True sends the events of a wallet one after the other. One that fails holds up the later ones of its wallet alone.
       * @default true
       */
      ordered?: boolean;
      /** @default  */
      description?: string;
      /**
       * @description How requests are signed. With ed25519 the receiver holds only a public key.
       * @default hmac
       * @enum {string}
       */
      signing?: 'hmac' | 'ed25519';
    };
    WebhookEndpoint: {
      id: string;
      url: string;
      /** @description Null for all types. */
      types: string[] | null;
      /** @description Null for all wallets. */
      walletIds: string[] | null;
      /** @description Null if no label is asked for. */
      labels: string[] | null;
      ordered: boolean;
      description: string;
      /**
       * @description How the newest secret signs.
       * @enum {string}
       */
      signing: 'hmac' | 'ed25519';
      /**
       * @description `retrying`: the receiver fails, so nothing new is sent until one attempt succeeds.
       * @enum {string}
       */
      status: 'delivering' | 'retrying' | 'disabled';
      /** Format: date-time */
      disabledAt: string | null;
      /** @description `gone`: the receiver answered 410. `failing`: nothing succeeded for five days. */
      disabledReason: ('owner' | 'gone' | 'failing') | null;
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
      /** Format: date-time */
      changedAt: string;
      /**
       * Format: int64
       * @description Deliveries that succeeded. Repeats count, too.
       */
      delivered: number;
      /** @description When the event that was delivered last happened. */
      lastEventAt: string | null;
      /** Format: date-time */
      lastSuccessAt: string | null;
      /** @description The first failure since the last success. */
      failingSince: string | null;
      /** @description Null before the first attempt. */
      lastAttempt: components['schemas']['WebhookAttempt'] | null;
      /**
       * Format: int64
       * @description Events that failed and were not delivered since. The deliveries of the endpoint show them.
       */
      pending: number;
    };
    WebhookEndpointDetails: {
      id: string;
      url: string;
      /** @description Null for all types. */
      types: string[] | null;
      /** @description Null for all wallets. */
      walletIds: string[] | null;
      /** @description Null if no label is asked for. */
      labels: string[] | null;
      ordered: boolean;
      description: string;
      /**
       * @description How the newest secret signs.
       * @enum {string}
       */
      signing: 'hmac' | 'ed25519';
      /**
       * @description `retrying`: the receiver fails, so nothing new is sent until one attempt succeeds.
       * @enum {string}
       */
      status: 'delivering' | 'retrying' | 'disabled';
      /** Format: date-time */
      disabledAt: string | null;
      /** @description `gone`: the receiver answered 410. `failing`: nothing succeeded for five days. */
      disabledReason: ('owner' | 'gone' | 'failing') | null;
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
      /** Format: date-time */
      changedAt: string;
      /**
       * Format: int64
       * @description Deliveries that succeeded. Repeats count, too.
       */
      delivered: number;
      /** @description When the event that was delivered last happened. */
      lastEventAt: string | null;
      /** Format: date-time */
      lastSuccessAt: string | null;
      /** @description The first failure since the last success. */
      failingSince: string | null;
      /** @description Null before the first attempt. */
      lastAttempt: components['schemas']['WebhookAttempt'] | null;
      /**
       * Format: int64
       * @description Events that failed and were not delivered since. The deliveries of the endpoint show them.
       */
      pending: number;
      /** @description The ages of the secrets that sign, the newest first. No answer shows the secrets again. */
      secrets: components['schemas']['WebhookSecretAge'][];
    };
    WebhookSecretAge: {
      /** Format: date-time */
      createdAt: string;
      /** @description When it signs no more. Null for the newest one. */
      validUntil: string | null;
    };
    ChangeWebhookEndpoint: {
      /** @description Where the events go, by POST. https, a public address, no user name, no fragment. */
      url?: string;
      /** @description Null removes the condition. */
      types?:
        | (
            | 'wallet.created.v1'
            | 'wallet.credited.v1'
            | 'wallet.debited.v1'
            | 'transfer.sent.v1'
            | 'transfer.received.v1'
            | 'hold.placed.v1'
            | 'hold.captured.v1'
            | 'hold.released.v1'
            | 'hold.adjusted.v1'
            | 'credit.reversed.v1'
            | 'debit.refunded.v1'
            | 'transfer.returned.v1'
            | 'transfer.return-received.v1'
            | 'wallet.frozen.v1'
            | 'wallet.unfrozen.v1'
            | 'wallet.limits-changed.v1'
            | 'wallet.velocity-rules-changed.v1'
            | 'wallet.alert-rules-changed.v1'
            | 'wallet.closed.v1'
            | 'wallet.details-changed.v1'
            | 'wallet.alert.v1'
          )[]
        | null;
      /** @description Null removes the condition. */
      walletIds?: string[] | null;
      /** @description Null removes the condition. */
      labels?: string[] | null;
      description?: string;
      /** @description False stops the deliveries. True goes on where they stopped, and nothing is lost. */
      enabled?: boolean;
    };
    WebhookSecret: {
      endpointId: string;
      /** @description What the receiver verifies with: `whsec_…` is the secret itself, `whpk_…` the public key of ed25519. */
      secret: string;
      /** Format: int64 */
      overlapHours: number;
    };
    RotateWebhookSecret: {
      /**
       * Format: int64
       * @description How long the earlier secrets still sign; 24 by default. 0 ends them at once.
       */
      overlapHours?: number;
      /** @enum {string} */
      signing?: 'hmac' | 'ed25519';
    };
    WebhookTest: {
      /** @enum {string} */
      outcome: 'delivered' | 'failed';
      /** @description The class of the answer, such as 2xx. Null if there was none. */
      statusClass: string | null;
      /** @description Null after a success. */
      reason: string | null;
      /** Format: int64 */
      ms: number;
    };
    WebhookReplay: {
      id: string;
      /** Format: date-time */
      from: string;
      /** Format: date-time */
      to: string;
      /** @description Null for the types of the endpoint. */
      types: string[] | null;
      /** Format: date-time */
      createdAt: string;
      /**
       * Format: int64
       * @description Events that were sent once more.
       */
      sent: number;
      /**
       * Format: int64
       * @description Per cent of its part of the log. It is 100 once everything was sent.
       */
      progress: number;
      /** @description Null while it goes on. */
      outcome: ('sent' | 'failed') | null;
      /** @description Null while it goes on. */
      endedAt: string | null;
      /** @description When it goes on. Null once it has ended. */
      nextAttemptAt: string | null;
      /** @description Null after a success. */
      lastFailure: components['schemas']['WebhookReplayFailure'] | null;
    };
    WebhookReplayFailure: {
      /**
       * Format: int64
       * @description Null if there was no answer.
       */
      status: number | null;
      reason: string | null;
      /**
       * Format: int64
       * @description Attempts that failed one after the other.
       */
      attempts: number;
    };
    ReplayWebhookEvents: {
      /** Format: date-time */
      from: string;
      /**
       * Format: date-time
       * @description Now by default.
       */
      to?: string;
      /** @description Only events of these types. */
      types?: (
        | 'wallet.created.v1'
        | 'wallet.credited.v1'
        | 'wallet.debited.v1'
        | 'transfer.sent.v1'
        | 'transfer.received.v1'
        | 'hold.placed.v1'
        | 'hold.captured.v1'
        | 'hold.released.v1'
        | 'hold.adjusted.v1'
        | 'credit.reversed.v1'
        | 'debit.refunded.v1'
        | 'transfer.returned.v1'
        | 'transfer.return-received.v1'
        | 'wallet.frozen.v1'
        | 'wallet.unfrozen.v1'
        | 'wallet.limits-changed.v1'
        | 'wallet.velocity-rules-changed.v1'
        | 'wallet.alert-rules-changed.v1'
        | 'wallet.closed.v1'
        | 'wallet.details-changed.v1'
        | 'wallet.alert.v1'
      )[];
    };
    WebhookDelivery: {
      /** @description The id of the CloudEvent. */
      eventId: string;
      walletId: string;
      type: string;
      /** @description The header `webhook-id` of every attempt. */
      webhookId: string;
      /**
       * @description `failed`: no attempt is left. `skipped`: a resume from now left it out.
       * @enum {string}
       */
      status: 'pending' | 'delivered' | 'failed' | 'skipped';
      /** @description Whether later events of the wallet wait for it. */
      holdsUpWallet: boolean;
      /**
       * Format: int64
       * @description Attempts so far.
       */
      attempts: number;
      /** Format: date-time */
      firstAttemptAt: string;
      /** Format: date-time */
      lastAttemptAt: string;
      /** Format: date-time */
      nextAttemptAt: string | null;
      /** @description Null before the first attempt. */
      lastAttempt: components['schemas']['WebhookAttempt'] | null;
    };
    ResumeWebhookEndpoint: {
      /** @enum {string} */
      from: 'parked' | 'now';
    };
    IssuedApiKey: {
      /** @description The whole key. No later answer shows it. */
      key: string;
      id: string;
      name: string;
      /** @description `*` is every scope of the release that runs. */
      scopes: string[];
      operator: boolean;
      /** @enum {string} */
      status: 'active' | 'expired' | 'revoked';
      /** @description Null if it may be used from anywhere. */
      allowedAddresses: string[] | null;
      /** Format: date-time */
      createdAt: string;
      /** @description Who made it, such as `key:<id>`. */
      createdBy: string;
      /** @description Null if it never expires. */
      expiresAt: string | null;
      /** @description Null if it was not revoked. */
      revokedAt: string | null;
      /** @description The id of the key that a rotation made. */
      replacedBy: string | null;
      /** @description To the minute. Null if it was never used. */
      lastUsedAt: string | null;
      /** @description The id of the pepper of its hash. */
      pepper: string;
    };
    CreateKey: {
      name: string;
      scopes: (
        | 'wallets:read'
        | 'wallets:create'
        | 'money:credit'
        | 'money:debit'
        | 'transfers:write'
        | 'holds:write'
        | 'holds:capture'
        | 'reversals:write'
        | 'lifecycle:write'
        | 'limits:write'
        | 'details:write'
        | 'events:read'
        | 'webhooks:read'
        | 'webhooks:write'
        | 'ledger:read'
        | 'keys:manage'
        | 'tenants:manage'
        | 'admin:read'
        | 'admin:operate'
        | 'audit:read'
        | 'metrics:read'
        | 'docs:read'
      )[];
      /**
       * @description True for a key that may act in every tenant. Only an operator may ask for one.
       * @default false
       */
      operator?: boolean;
      /**
       * Format: date-time
       * @description The first moment at which it is refused.
       */
      expiresAt?: string;
      /** @description Addresses of callers. A proxy in front counts as the caller, unless TRUSTED_PROXIES names it. */
      allowedAddresses?: string[];
    };
    ApiKey: {
      id: string;
      name: string;
      /** @description `*` is every scope of the release that runs. */
      scopes: string[];
      operator: boolean;
      /** @enum {string} */
      status: 'active' | 'expired' | 'revoked';
      /** @description Null if it may be used from anywhere. */
      allowedAddresses: string[] | null;
      /** Format: date-time */
      createdAt: string;
      /** @description Who made it, such as `key:<id>`. */
      createdBy: string;
      /** @description Null if it never expires. */
      expiresAt: string | null;
      /** @description Null if it was not revoked. */
      revokedAt: string | null;
      /** @description The id of the key that a rotation made. */
      replacedBy: string | null;
      /** @description To the minute. Null if it was never used. */
      lastUsedAt: string | null;
      /** @description The id of the pepper of its hash. */
      pepper: string;
    };
    RotateKey: {
      /**
       * Format: int64
       * @description How long the old key still works; 24 by default. 0 ends it at once.
       */
      overlapHours?: number;
    };
    ProjectionState: {
      /** @enum {string} */
      projection: 'read-model' | 'ledger' | 'webhooks';
      /** Format: int64 */
      position: number;
      /** Format: int64 */
      head: number;
      /** Format: int64 */
      behind: number;
      /** Format: date-time */
      updatedAt: string;
      /** Format: int64 */
      lastLagMs: number;
      /** Format: date-time */
      waitingSince: string | null;
      /**
       * Format: int64
       * @description How long the first waiting event has waited, by the clock of the service. 0 if none waits.
       */
      waitingMs: number;
      /** Format: int64 */
      parked: number;
      /** @description Null if there is none, or if Temporal does not answer. */
      schedule: components['schemas']['Schedule'] | null;
    };
    Schedule: {
      scheduleId: string;
      paused: boolean;
      note: string | null;
      /** @description The last failure of the current run, which is tried again automatically. Null if it has not failed. */
      lastFailure: string | null;
    };
    PauseProjection: {
      note?: string;
    };
    Outbox: {
      /**
       * Format: int64
       * @description Exact up to 10,000. Above that, estimated from the positions.
       */
      unprocessed: number;
      /** Format: date-time */
      oldest: string | null;
      /** Format: int64 */
      lagMs: number | null;
    };
    Segment: {
      /** Format: int64 */
      segment: number;
      /**
       * Format: int64
       * @description The first position.
       */
      from: number;
      /**
       * Format: int64
       * @description The last position that has room.
       */
      to: number;
      /**
       * Format: int64
       * @description Events so far. An empty segment is ahead of the log.
       */
      events: number;
      /**
       * Format: int64
       * @description Bytes of the events with their indexes.
       */
      eventBytes: number;
      /** Format: int64 */
      outboxBytes: number;
      /**
       * Format: int64
       * @description An older ledger that was converted holds several segments of the log in one of its own.
       */
      ledgerBytes: number;
      /**
       * Format: date-time
       * @description When its first event happened.
       */
      occurredFrom: string | null;
      /** Format: date-time */
      madeAt: string;
      /** Format: date-time */
      outboxDroppedAt: string | null;
    };
    Part: {
      /** @enum {string} */
      part: 'postgres' | 'redis' | 'elasticsearch' | 'temporal' | 'worker';
      needed: boolean;
      reachable: boolean;
      version: string | null;
      /** Format: int64 */
      answeredInMs: number;
      problem: string | null;
      advice: string | null;
    };
    Condition: {
      name: string;
      /** @enum {string} */
      part:
        | 'postgres'
        | 'redis'
        | 'elasticsearch'
        | 'temporal'
        | 'worker'
        | 'projections'
        | 'recoveries'
        | 'events'
        | 'process';
      /** @enum {string} */
      severity: 'critical' | 'warning';
      title: string;
      subject: string;
      problem: string;
      advice: string;
      command: string | null;
      stopsOperations: boolean;
      /** @description Names what happened, so that it can be dismissed. Null if it tells what is so now. */
      occurrence: string | null;
      /** Format: date-time */
      since: string;
    };
    Dismissal: {
      condition: string;
      occurrence: string;
      reason: string;
      /** @description The request that dismissed it. */
      requestId: string;
      /** Format: date-time */
      dismissedAt: string;
    };
    DismissHealth: {
      /** @enum {string} */
      condition:
        | 'postgres-away'
        | 'postgres-refuses-writes'
        | 'postgres-unfit'
        | 'events-unprotected'
        | 'tenants-unwalled'
        | 'commits-fail'
        | 'prune-refused'
        | 'generations-overdue'
        | 'segments-few'
        | 'segments-many'
        | 'archive-stuck'
        | 'postgres-settings-costly'
        | 'redis-away'
        | 'redis-refuses-lock'
        | 'lock-bypassed'
        | 'rate-limits-local'
        | 'elasticsearch-away'
        | 'elasticsearch-red'
        | 'elasticsearch-refuses-writes'
        | 'temporal-away'
        | 'worker-away'
        | 'worker-silent'
        | 'worker-foreign'
        | 'worker-unknown'
        | 'search-attribute-missing'
        | 'schedule-missing'
        | 'schedule-paused'
        | 'upkeep-paused'
        | 'schedule-hangs'
        | 'verification-overdue'
        | 'run-paused'
        | 'run-stuck'
        | 'run-fails'
        | 'log-gap'
        | 'checkpoint-missing'
        | 'holds-overdue'
        | 'projection-late'
        | 'events-parked'
        | 'optional-projection-unwell'
        | 'webhook-key-missing'
        | 'webhook-secrets-unreadable'
        | 'webhook-wallets-held-up'
        | 'webhook-endpoints-failing'
        | 'webhook-endpoints-disabled'
        | 'level-kept-closed'
        | 'ledger-conversion-due'
        | 'level-unknown'
        | 'recovery-failed'
        | 'recovery-fails'
        | 'recovery-paused'
        | 'differences-found'
        | 'commands-refused';
      occurrence: string;
      reason: string;
    };
    ParkedEvent: {
      /** @enum {string} */
      projection: 'read-model' | 'ledger' | 'webhooks';
      /** Format: int64 */
      position: number;
      walletId: string;
      /** Format: int64 */
      attempts: number;
      lastError: string;
      /** Format: date-time */
      firstFailedAt: string;
      /** Format: date-time */
      nextAttemptAt: string;
      /** Format: date-time */
      resolvedAt: string | null;
      resolution: string | null;
    };
    SkipParkedEvent: {
      reason: string;
    };
    RecoveryStarted: {
      workflowId: string;
      runId: string;
      /** @description The page of the run in the Temporal Web UI. */
      url: string;
      type: components['schemas']['RecoveryKind'];
      argument?: unknown;
      /** @description The command line that starts the same recovery. */
      command: string;
    };
    /** @enum {string} */
    RecoveryKind:
      | 'retryStaleEvents'
      | 'rebuildWalletReadModel'
      | 'rebuildAllReadModels'
      | 'rebuildLedger'
      | 'verifyProjections'
      | 'pruneOutbox'
      | 'archiveLog'
      | 'restoreSegment'
      | 'releaseSegment'
      | 'verifyArchive';
    Recovery: {
      workflowId: string;
      runId: string;
      /** @description The page of the run in the Temporal Web UI. */
      url: string;
      /** @description A type of recovery, or what holds the id of one. */
      type: string;
      /** @description In Temporal's terms: RUNNING, COMPLETED, FAILED, CANCELLED … */
      state: string;
      /** Format: date-time */
      startedAt: string;
      /** Format: date-time */
      closedAt: string | null;
      /** @description Set if the run holds the id of another recovery: what it is, and the command that ends it. */
      problem: string | null;
      /** @description Null if no worker answers. */
      progress: components['schemas']['RecoveryProgress'] | null;
      /** @description Set while a step of the recovery fails and is tried again. */
      retrying: components['schemas']['FailingStep'] | null;
      result?: unknown;
      failure: string | null;
    };
    FailingStep: {
      /** @description The activity that failed. */
      step: string;
      /**
       * Format: int64
       * @description Attempts that have failed so far.
       */
      attempts: number;
      /** @description The last failure, with the store's own reason. */
      failure: string;
      /**
       * Format: date-time
       * @description Null while an attempt runs.
       */
      nextAttemptAt: string | null;
    };
    Archive: {
      /** @description Whether the settings of this process archive segments. */
      archives: boolean;
      /** Format: int64 */
      archivedThrough: number;
      /** Format: int64 */
      archivedSegments: number;
      /** Format: int64 */
      archivedBytes: number;
      next: components['schemas']['NextSegment'];
      segments: components['schemas']['ArchivedSegment'][];
      nextCursor: string | null;
    };
    NextSegment: {
      /** Format: int64 */
      segment: number;
      step: string | null;
      /** @description Null if its next step may be taken. */
      waitsFor: string | null;
    } | null;
    ArchivedSegment: {
      /** Format: int64 */
      segment: number;
      /** Format: int64 */
      from: number;
      /**
       * Format: int64
       * @description Not included.
       */
      to: number;
      /**
       * @description Whether its events are in the database: in the log, beside it, or in its file alone.
       * @enum {string}
       */
      state: 'attached' | 'detached' | 'dropped';
      /**
       * @description Whether its postings are in the ledger, in a table beside it, or nowhere. A restore makes them of the events.
       * @enum {string}
       */
      ledger: 'attached' | 'detached' | 'dropped';
      /** @description The last step that is done: sealed, exported, verified, opened, detached or dropped. */
      step: string | null;
      /** Format: int64 */
      events: number | null;
      /**
       * Format: int64
       * @description Of its file.
       */
      bytes: number | null;
      file: string | null;
      /** Format: date-time */
      occurredFrom: string | null;
      /** Format: date-time */
      occurredTo: string | null;
      /** Format: date-time */
      changedAt: string | null;
      /** Format: date-time */
      restoredAt: string | null;
      problem: string | null;
    };
    AuditEntry: {
      id: string;
      /** Format: date-time */
      at: string;
      /** @description Null if the caller did not prove who they are. */
      actor: string | null;
      /** @description Empty for the default tenant. Null if the caller is unknown. */
      tenant: string | null;
      address: string;
      /** @description The operationId of this document, or `signIn` or `signOut` of the console. */
      operation: string;
      /** @description What the path names, and then members of the body. */
      target: string;
      /** @description The reason or note that the caller gave. */
      reason: string | null;
      requestId: string;
      /**
       * Format: int64
       * @description Refusals of one kind are counted. More than 1 means that this row stands for so many.
       */
      requests: number;
      /** @description Null while the action is under way, or if its process died before it knew. */
      outcome: components['schemas']['AuditOutcome'] | null;
    };
    AuditOutcome: {
      /** Format: date-time */
      at: string;
      /**
       * Format: int64
       * @description The HTTP status that the caller got.
       */
      status: number;
      /** @description The code of the problem. Null for a success. */
      code: string | null;
    };
    Tenant: {
      id: string;
      name: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      suspendedAt: string | null;
      suspensionReason: string | null;
    };
    CreateTenant: {
      id: string;
      /** @description For people. It may change hands; the id never does. */
      name: string;
    };
    SuspendTenant: {
      reason: string;
    };
    Readiness: {
      /** @enum {string} */
      status: 'ok' | 'degraded' | 'unavailable';
      parts: {
        [key: string]: string;
      };
      /** @description Without the other parts the process is only degraded. */
      needed: string[];
    };
    Version: {
      version: string;
      /** @description The value of GIT_COMMIT. Null if it was not set. */
      commit: string | null;
      node: string;
      /**
       * Format: int64
       * @description Number of the last migration that the database had.
       */
      schema: number;
      /** Format: date-time */
      startedAt: string;
    };
    ProblemMeaning: {
      type: string;
      code: components['schemas']['ProblemCode'];
      /** Format: int64 */
      status: number;
      title: string;
      /** Format: int64 */
      retryAfterS?: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  listWallets: {
    parameters: {
      query?: {
        ownerId?: string;
        currency?: string;
        status?: 'active' | 'frozen' | 'closed';
        /** @description Wallets with this label. */
        label?: string;
        /** @description Wallets whose metadata have exactly these values: metadata[order]=17. */
        metadata?: {
          [key: string]: string;
        };
        /** @description Included; in the currency of each row. */
        minAvailable?: string;
        /** @description Included. */
        createdFrom?: string;
        /** @description Not included. */
        createdTo?: string;
        /** @description Included. */
        changedFrom?: string;
        /** @description Not included. */
        changedTo?: string;
        /** @description By id if it is absent. Balances of several currencies have no order, so balance needs currency. */
        sort?: 'id' | 'balance' | 'created' | 'changed';
        /** @description Ascending by default. */
        order?: 'asc' | 'desc';
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            wallets: components['schemas']['Wallet'][];
            /** @description The wallets on all pages. Null if the event store answered, which does not count. */
            total: components['schemas']['Total'] | null;
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  createWallet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateWallet'];
      };
    };
    responses: {
      /** @description The new wallet. */
      201: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          location: string;
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedWallet'];
        };
      };
    };
  };
  creditWallet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Movement'];
      };
    };
    responses: {
      /** @description The wallet after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedWallet'];
        };
      };
    };
  };
  debitWallet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Movement'];
      };
    };
    responses: {
      /** @description The wallet after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedWallet'];
        };
      };
    };
  };
  transferFunds: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Transfer'];
      };
    };
    responses: {
      /** @description Both wallets after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Transferred'];
        };
      };
    };
  };
  getWallet: {
    parameters: {
      query?: {
        /** @description The read waits a moment until the read model has this version. */
        minVersion?: number;
        consistency?: 'eventual' | 'strong';
      };
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The wallet. */
      200: {
        headers: {
          etag: string;
          /** @description The source of the answer. Versions from one source never go back. A process never shows a wallet older than its own answers of the last seconds. Across processes only minVersion rules out an older version. */
          'x-read-source': 'read-model' | 'event-store';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Wallet'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  changeDetails: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Details'];
      };
    };
    responses: {
      /** @description The wallet after it, with all its metadata and labels. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DetailedWallet'];
        };
      };
    };
  };
  listWalletEvents: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
        /** @description Oldest first by default. */
        order?: 'asc' | 'desc';
      };
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            events: components['schemas']['Event'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getOwnerSummary: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        ownerId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The sums in each currency, all of one moment. Closed wallets count. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OwnerSummary'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getCommand: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        commandId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stored answer, or the outcome "unknown" if none is stored: the command was not committed, is still under way, or was refused without an Idempotency-Key. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CommandOutcome'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listLedgerEntries: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
        /** @description Newest first by default. */
        order?: 'asc' | 'desc';
        /** @description Included. */
        from?: string;
        /** @description Not included. */
        to?: string;
      };
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, in order of position. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            entries: components['schemas']['LedgerEntry'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getBalanceAt: {
    parameters: {
      query: {
        at: string;
      };
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The balance after the last event at or before that time. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BalanceAt'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getTrialBalance: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Debits and credits from one snapshot. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TrialBalance'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getMovement: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The wallet and the version that the movement gave it. A transfer has the id of its sending half. */
        movementId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The movement, with its entries in the ledger. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MovementDetails'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  findMovements: {
    parameters: {
      query?: {
        /** @description Anything that is known: a movement id, the id of the command, request, transfer, hold or wallet, or words of the description. */
        text?: string;
        commandId?: string;
        /** @description The key of the command. */
        idempotencyKey?: string;
        requestId?: string;
        /** @description Only movements of this wallet. The search goes through its history alone. */
        walletId?: string;
        /** @description Words of it, in any case. */
        description?: string;
        /** @description The other wallet of a transfer. */
        counterpart?: string;
        type?: components['schemas']['MovementType'];
        currency?: string;
        /** @description Included; in the currency of each row. */
        amountMin?: string;
        /** @description Included; in the currency of each row. */
        amountMax?: string;
        /** @description Included. */
        occurredFrom?: string;
        /** @description Not included. */
        occurredTo?: string;
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MovementsFound'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getStatement: {
    parameters: {
      query?: {
        /** @description Included. The first event by default. */
        from?: string;
        /** @description Not included. The last event by default. */
        to?: string;
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, the oldest movement first. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Statement'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  exportStatement: {
    parameters: {
      query?: {
        /** @description Included. The first event by default. */
        from?: string;
        /** @description Not included. The last event by default. */
        to?: string;
      };
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The whole statement, the oldest movement first, sent while it is read. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'text/csv': string;
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listEvents: {
    parameters: {
      query?: {
        /** @description The cursor to go on after. `0` is the beginning and the default, `oldest` what was not archived, `latest` the end. */
        after?: string;
        /** @description Events on the page; 100 by default. A stream ignores it. */
        limit?: number;
        /** @description Only events of these types, with commas between them. */
        types?: string;
        /** @description Only events of this wallet. */
        walletId?: string;
        /** @description Only events of the wallets of this owner. */
        ownerId?: string;
        /** @description Only events of wallets that have this label when the event is read. */
        label?: string;
        /** @description Seconds to wait for an event if there is none. A stream ignores it. */
        wait?: number;
      };
      header?: {
        /** @description The cursor of the last event of a stream. It wins over `after`. */
        'last-event-id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The next events. */
      200: {
        headers: {
          /** @description The cursor of a CloudEvents batch. */
          'events-next'?: string;
          'events-has-more'?: 'true' | 'false';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EventPage'];
          'application/cloudevents-batch+json': components['schemas']['CloudEvent'][];
          'text/event-stream': string;
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getEventSchema: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        type: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The schema of the whole event (JSON Schema 2020-12). */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            $id: string;
            title: string;
          } & {
            [key: string]: unknown;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listHolds: {
    parameters: {
      query?: {
        status?: 'open' | 'captured' | 'voided' | 'expired' | 'closed';
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            holds: components['schemas']['Hold'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  placeHold: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PlaceHold'];
      };
    };
    responses: {
      /** @description The hold, and the wallet after it. */
      201: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedHold'];
        };
      };
    };
  };
  adjustHold: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
        holdId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AdjustHold'];
      };
    };
    responses: {
      /** @description The hold, and the wallet after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedHold'];
        };
      };
    };
  };
  captureHold: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
        holdId: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['CaptureHold'];
      };
    };
    responses: {
      /** @description The capture, the hold, and the wallets after it. */
      201: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Captured'];
        };
      };
    };
  };
  voidHold: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
        holdId: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['VoidHold'];
      };
    };
    responses: {
      /** @description The hold, and the wallet after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedHold'];
        };
      };
    };
  };
  getHold: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        walletId: string;
        holdId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The hold. It comes from the event store. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HoldWithCaptures'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  freezeWallet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['FreezeWallet'];
      };
    };
    responses: {
      /** @description The wallet after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedWallet'];
        };
      };
    };
  };
  unfreezeWallet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UnfreezeWallet'];
      };
    };
    responses: {
      /** @description The wallet after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedWallet'];
        };
      };
    };
  };
  changeLimits: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Limits'];
      };
    };
    responses: {
      /** @description The wallet after it. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangedWallet'];
        };
      };
    };
  };
  closeWallet: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CloseWallet'];
      };
    };
    responses: {
      /** @description The closed wallet, and the one that got the rest. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClosedWallet'];
        };
      };
    };
  };
  reverseMovement: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
        version: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ReverseMovement'];
      };
    };
    responses: {
      /** @description The reversal, and the wallets after it. `wallet` is that of the path. */
      201: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Reversed'];
        };
      };
    };
  };
  getVelocity: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The rules in order of their names. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Velocity'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  changeVelocity: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['VelocityRules'];
      };
    };
    responses: {
      /** @description The wallet after it, with its rules. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WalletWithVelocity'];
        };
      };
    };
  };
  getAlerts: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The rules in order of their names. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Alerts'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  changeAlerts: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
        /** @description ETag of the wallet that the caller saw. */
        'if-match'?: string;
      };
      path: {
        walletId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AlertRules'];
      };
    };
    responses: {
      /** @description The wallet after it, with its alert rules. */
      200: {
        headers: {
          /** @description The wallet's version; a transfer has the sender's. */
          etag: string;
          /** @description For GET /commands/{commandId}. */
          'command-id': string;
          /** @description The answer that an earlier request with the same key got. */
          'idempotent-replayed'?: 'true';
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WalletWithAlerts'];
        };
      };
    };
  };
  listWebhookEndpoints: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page of the endpoints of the tenant, in order of id. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            endpoints: components['schemas']['WebhookEndpoint'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  createWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateWebhookEndpoint'];
      };
    };
    responses: {
      /** @description The endpoint, with its secret. */
      201: {
        headers: {
          location: string;
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IssuedWebhookEndpoint'];
        };
      };
    };
  };
  getWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The endpoint, with the ages of its secrets and without them. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookEndpointDetails'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  deleteWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The endpoint as it was. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookEndpoint'];
        };
      };
    };
  };
  changeWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangeWebhookEndpoint'];
      };
    };
    responses: {
      /** @description The endpoint after it. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookEndpoint'];
        };
      };
    };
  };
  rotateWebhookSecret: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RotateWebhookSecret'];
      };
    };
    responses: {
      /** @description The new secret. No later answer shows it. */
      201: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookSecret'];
        };
      };
    };
  };
  testWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description How the request ended. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookTest'];
        };
      };
    };
  };
  replayWebhookEvents: {
    parameters: {
      query?: never;
      header: {
        /** @description Makes the request safe to send again: the same key and request get the same answer. */
        'idempotency-key': string;
      };
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReplayWebhookEvents'];
      };
    };
    responses: {
      /** @description The replay, which goes on by itself. */
      202: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookReplay'];
        };
      };
    };
  };
  listWebhookReplays: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, the newest replay first. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            replays: components['schemas']['WebhookReplay'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getWebhookReplay: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpointId: string;
        replayId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The replay as it is now. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookReplay'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listWebhookDeliveries: {
    parameters: {
      query?: {
        /** @description Only deliveries with this status. */
        status?: 'pending' | 'delivered' | 'failed' | 'skipped';
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, the newest event first. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            deliveries: components['schemas']['WebhookDelivery'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  resumeWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpointId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ResumeWebhookEndpoint'];
      };
    };
    responses: {
      /** @description The endpoint after it. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookEndpoint'];
        };
      };
    };
  };
  listKeys: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page of the keys of the tenant, in order of id. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            keys: components['schemas']['ApiKey'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  createKey: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateKey'];
      };
    };
    responses: {
      /** @description The new key, whole. */
      201: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IssuedApiKey'];
        };
      };
    };
  };
  getKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        keyId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The key. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKey'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  revokeKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        keyId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The key, revoked. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKey'];
        };
      };
    };
  };
  rotateKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        keyId: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RotateKey'];
      };
    };
    responses: {
      /** @description The new key, whole. */
      201: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IssuedApiKey'];
        };
      };
    };
  };
  listProjections: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Every projection. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            projections: components['schemas']['ProjectionState'][];
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  pauseProjection: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        projection: 'read-model' | 'ledger' | 'webhooks';
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['PauseProjection'];
      };
    };
    responses: {
      /** @description The schedule as it is now. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            projection: 'read-model' | 'ledger' | 'webhooks';
            schedule: components['schemas']['Schedule'];
          };
        };
      };
    };
  };
  resumeProjection: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        projection: 'read-model' | 'ledger' | 'webhooks';
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['PauseProjection'];
      };
    };
    responses: {
      /** @description The schedule as it is now. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            projection: 'read-model' | 'ledger' | 'webhooks';
            schedule: components['schemas']['Schedule'];
          };
        };
      };
    };
  };
  getOutbox: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description How many events are not projected yet, and since when. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Outbox'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listSegments: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The segments, the newest first. None in a log that is not cut yet. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: int64
             * @description The last position of the log.
             */
            head: number;
            /**
             * Format: int64
             * @description Empty segments after it.
             */
            ahead: number;
            segments: components['schemas']['Segment'][];
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listParts: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Every part as this process sees it, what is wrong with it and what to do. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            parts: components['schemas']['Part'][];
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Every condition that holds now, the most urgent first. None means that all is well. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ok' | 'warning' | 'critical';
            /** Format: date-time */
            checkedAt: string;
            conditions: components['schemas']['Condition'][];
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  dismissHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DismissHealth'];
      };
    };
    responses: {
      /** @description The dismissal that is kept. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Dismissal'];
        };
      };
    };
  };
  listFailures: {
    parameters: {
      query?: {
        projection?: 'read-model' | 'ledger' | 'webhooks';
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, in order of position. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            failures: components['schemas']['ParkedEvent'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  retryFailure: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        projection: 'read-model' | 'ledger' | 'webhooks';
        position: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The parked event as it is now. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ParkedEvent'];
        };
      };
    };
  };
  skipFailure: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        projection: 'read-model' | 'ledger' | 'webhooks';
        position: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SkipParkedEvent'];
      };
    };
    responses: {
      /** @description The parked event as it is now. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ParkedEvent'];
        };
      };
    };
  };
  startRecovery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        type: components['schemas']['RecoveryKind'];
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json':
          | {
              /** Format: int64 */
              olderThanS?: number;
              full?: boolean;
            }
          | {
              walletId: string;
            }
          | {
              /** Format: int64 */
              slices?: number;
              /** Format: int64 */
              graceS?: number;
              /** Format: int64 */
              walletsPerPage?: number;
              fromStart?: boolean;
            }
          | {
              fromStart?: boolean;
            }
          | {
              repair?: boolean;
              /** Format: int64 */
              waitS?: number;
              /** Format: int64 */
              walletsPerPage?: number;
            }
          | {
              /** Format: int64 */
              olderThanHours?: number;
              confirmed?: boolean;
            }
          | Record<string, never>
          | {
              /** Format: int64 */
              segment?: number;
            }
          | {
              /** Format: int64 */
              segment?: number;
            }
          | {
              /** Format: int64 */
              segment?: number;
            };
      };
    };
    responses: {
      /** @description The recovery runs. */
      202: {
        headers: {
          location: string;
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RecoveryStarted'];
        };
      };
    };
  };
  listRecoveries: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page. Of what schedules started, only verifications are listed. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            recoveries: {
              workflowId: string;
              runId: string;
              /** @description The page of the run in the Temporal Web UI. */
              url: string;
              /** @description A type of recovery, or what holds the id of one. */
              type: string;
              /** @description In Temporal's terms: RUNNING, COMPLETED, FAILED, CANCELLED … */
              state: string;
              /** Format: date-time */
              startedAt: string;
              /** Format: date-time */
              closedAt: string | null;
              /** @description Set if the run holds the id of another recovery: what it is, and the command that ends it. */
              problem: string | null;
            }[];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getRecovery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workflowId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The latest run under this id. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Recovery'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  pauseRecovery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workflowId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The progress of the recovery. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            workflowId: string;
            /** @description Null if no worker answers. */
            progress: components['schemas']['RecoveryProgress'] | null;
          };
        };
      };
    };
  };
  resumeRecovery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workflowId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The progress of the recovery. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            workflowId: string;
            /** @description Null if no worker answers. */
            progress: components['schemas']['RecoveryProgress'] | null;
          };
        };
      };
    };
  };
  cancelRecovery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workflowId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The progress of the recovery. */
      202: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            workflowId: string;
            /** @description Null if no worker answers. */
            progress: components['schemas']['RecoveryProgress'] | null;
          };
        };
      };
    };
  };
  getArchive: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The segments that are full, the newest first, and what holds the next one up. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Archive'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listAudit: {
    parameters: {
      query?: {
        actor?: string;
        operation?: string;
        /** @description All of it, or its part before the first space. */
        target?: string;
        requestId?: string;
        /** @description Included. */
        from?: string;
        /** @description Not included. */
        to?: string;
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page. An operator sees every tenant, any other caller their own. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            entries: components['schemas']['AuditEntry'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listTenants: {
    parameters: {
      query?: {
        /** @description Rows on the page; 20 by default. */
        limit?: number;
        /** @description The nextCursor of the page before. Order and filter must be the same as there. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page, in order of id. The default tenant is not listed. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            tenants: components['schemas']['Tenant'][];
            nextCursor: string | null;
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  createTenant: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateTenant'];
      };
    };
    responses: {
      /** @description The tenant. It has no wallets yet. */
      201: {
        headers: {
          location: string;
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Tenant'];
        };
      };
    };
  };
  getTenant: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        tenantId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The tenant. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Tenant'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  suspendTenant: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        tenantId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SuspendTenant'];
      };
    };
    responses: {
      /** @description The tenant. Every process refuses its callers within a second. Operators still read it. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Tenant'];
        };
      };
    };
  };
  resumeTenant: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        tenantId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The tenant. */
      200: {
        headers: {
          /** @description The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited. */
          'ratelimit-policy'?: string;
          /** @description What is left, and the seconds until the window ends: "command";r=599990;t=42. */
          ratelimit?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Tenant'];
        };
      };
    };
  };
  getLiveness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The process lives. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ok';
          };
        };
      };
    };
  };
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The process should get traffic. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Readiness'];
        };
      };
    };
  };
  getVersion: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The version of this process. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Version'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getMetrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The text format of Prometheus. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
    };
  };
  listProblems: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Every code. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            problems: components['schemas']['ProblemMeaning'][];
          };
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getProblem: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The page to which the `type` of a problem points. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemMeaning'];
        };
      };
      /** @description The caller has this answer already: If-None-Match names its ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
}

export interface ProblemMembers {
  readonly VALIDATION_FAILED: 'errors';
  readonly WALLET_NOT_FOUND: 'walletId';
  readonly WALLET_NOT_YET_CREATED: 'walletId';
  readonly WALLET_ALREADY_EXISTS: 'walletId';
  readonly FAILURE_RESOLVED: 'walletId';
  readonly RECOVERY_NOT_FOUND: 'workflowId';
  readonly RECOVERY_RUNNING: 'workflowId';
  readonly RECOVERY_ID_HELD: 'workflowId';
  readonly VERSION_MISMATCH: 'walletId' | 'currentVersion';
  readonly AMOUNT_INVALID: 'walletId' | 'errors';
  readonly SAME_WALLET: 'walletId';
  readonly CURRENCY_MISMATCH: 'walletId';
  readonly LIMIT_EXCEEDED: 'walletId' | 'rule' | 'window' | 'measure' | 'max';
  readonly INSUFFICIENT_FUNDS: 'walletId';
  readonly BALANCE_LIMIT_EXCEEDED: 'walletId';
  readonly WALLET_CLOSED: 'walletId';
  readonly WALLET_FROZEN: 'walletId' | 'freezeScope';
  readonly WALLET_NOT_EMPTY: 'walletId' | 'walletBalance' | 'held' | 'openHolds' | 'currency';
  readonly HOLD_ALREADY_EXISTS: 'walletId';
  readonly HOLD_NOT_FOUND: 'walletId';
  readonly HOLD_CLOSED: 'walletId' | 'holdStatus';
  readonly HOLD_EXPIRED: 'walletId' | 'expiresAt';
  readonly NOT_REVERSIBLE: 'walletId';
  readonly ALREADY_REVERSED: 'walletId';
  readonly EXPIRY_INVALID: 'walletId' | 'errors';
  readonly HOLD_AMOUNT_EXCEEDED: 'walletId' | 'remaining' | 'requested' | 'currency';
  readonly REVERSAL_EXCEEDS_ORIGINAL: 'walletId' | 'remaining' | 'requested' | 'currency';
  readonly LIMIT_BELOW_USE: 'walletId' | 'walletBalance' | 'held' | 'limit' | 'currency';
  readonly DETAILS_TOO_LARGE: 'walletId';
  readonly TOO_MANY_HOLDS: 'walletId' | 'openHolds';
  readonly TOO_MANY_CAPTURES: 'walletId';
  readonly TOO_MANY_REVERSALS: 'walletId';
  readonly IDEMPOTENCY_KEY_REUSED: 'walletId';
  readonly EVENT_UNREADABLE: 'walletId';
  readonly OUTCOME_UNKNOWN: 'walletId' | 'commandId';
  readonly RATE_LIMITED: 'violated-policies';
}
export const routes = {
  createWallet: {
    method: 'POST',
    path: '/v1/wallets',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  listWallets: {
    method: 'GET',
    path: '/v1/wallets',
    query: [
      'ownerId',
      'currency',
      'status',
      'label',
      'metadata',
      'minAvailable',
      'createdFrom',
      'createdTo',
      'changedFrom',
      'changedTo',
      'sort',
      'order',
      'limit',
      'cursor',
    ],
    keyed: false,
    succeedsWith: 'application/json',
  },
  creditWallet: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/credit',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  debitWallet: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/debit',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  transferFunds: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/transfer',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  getWallet: {
    method: 'GET',
    path: '/v1/wallets/{walletId}',
    query: ['minVersion', 'consistency'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  changeDetails: {
    method: 'PATCH',
    path: '/v1/wallets/{walletId}',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  listWalletEvents: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/events',
    query: ['limit', 'cursor', 'order'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getOwnerSummary: {
    method: 'GET',
    path: '/v1/owners/{ownerId}/summary',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getCommand: {
    method: 'GET',
    path: '/v1/commands/{commandId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listLedgerEntries: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/ledger',
    query: ['limit', 'cursor', 'order', 'from', 'to'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getBalanceAt: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/balance',
    query: ['at'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getTrialBalance: {
    method: 'GET',
    path: '/v1/ledger/trial-balance',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getMovement: {
    method: 'GET',
    path: '/v1/movements/{movementId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  findMovements: {
    method: 'GET',
    path: '/v1/movements',
    query: [
      'text',
      'commandId',
      'idempotencyKey',
      'requestId',
      'walletId',
      'description',
      'counterpart',
      'type',
      'currency',
      'amountMin',
      'amountMax',
      'occurredFrom',
      'occurredTo',
      'limit',
      'cursor',
    ],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getStatement: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/statement',
    query: ['from', 'to', 'limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  exportStatement: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/statement.csv',
    query: ['from', 'to'],
    keyed: false,
    succeedsWith: 'text/csv',
  },
  listEvents: {
    method: 'GET',
    path: '/events',
    query: ['after', 'limit', 'types', 'walletId', 'ownerId', 'label', 'wait'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getEventSchema: {
    method: 'GET',
    path: '/events/schemas/{type}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  placeHold: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/holds',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  listHolds: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/holds',
    query: ['status', 'limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  adjustHold: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/holds/{holdId}/adjust',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  captureHold: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/holds/{holdId}/capture',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  voidHold: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/holds/{holdId}/void',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  getHold: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/holds/{holdId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  freezeWallet: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/freeze',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  unfreezeWallet: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/unfreeze',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  changeLimits: {
    method: 'PUT',
    path: '/v1/wallets/{walletId}/limits',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  closeWallet: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/close',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  reverseMovement: {
    method: 'POST',
    path: '/v1/wallets/{walletId}/events/{version}/reverse',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  changeVelocity: {
    method: 'PUT',
    path: '/v1/wallets/{walletId}/velocity',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  getVelocity: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/velocity',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  changeAlerts: {
    method: 'PUT',
    path: '/v1/wallets/{walletId}/alerts',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  getAlerts: {
    method: 'GET',
    path: '/v1/wallets/{walletId}/alerts',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  createWebhookEndpoint: {
    method: 'POST',
    path: '/webhook-endpoints',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  listWebhookEndpoints: {
    method: 'GET',
    path: '/webhook-endpoints',
    query: ['limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getWebhookEndpoint: {
    method: 'GET',
    path: '/webhook-endpoints/{endpointId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  changeWebhookEndpoint: {
    method: 'PATCH',
    path: '/webhook-endpoints/{endpointId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  deleteWebhookEndpoint: {
    method: 'DELETE',
    path: '/webhook-endpoints/{endpointId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/rotate-secret',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  testWebhookEndpoint: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/test',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
    waitsMs: 15000,
  },
  replayWebhookEvents: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/replay',
    query: [],
    keyed: true,
    succeedsWith: 'application/json',
  },
  listWebhookReplays: {
    method: 'GET',
    path: '/webhook-endpoints/{endpointId}/replays',
    query: ['limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getWebhookReplay: {
    method: 'GET',
    path: '/webhook-endpoints/{endpointId}/replays/{replayId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listWebhookDeliveries: {
    method: 'GET',
    path: '/webhook-endpoints/{endpointId}/deliveries',
    query: ['status', 'limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  resumeWebhookEndpoint: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/resume',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  createKey: { method: 'POST', path: '/keys', query: [], keyed: false, succeedsWith: 'application/json' },
  listKeys: {
    method: 'GET',
    path: '/keys',
    query: ['limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getKey: { method: 'GET', path: '/keys/{keyId}', query: [], keyed: false, succeedsWith: 'application/json' },
  revokeKey: {
    method: 'DELETE',
    path: '/keys/{keyId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  rotateKey: {
    method: 'POST',
    path: '/keys/{keyId}/rotate',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listProjections: {
    method: 'GET',
    path: '/admin/projections',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  pauseProjection: {
    method: 'POST',
    path: '/admin/projections/{projection}/pause',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  resumeProjection: {
    method: 'POST',
    path: '/admin/projections/{projection}/resume',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getOutbox: {
    method: 'GET',
    path: '/admin/outbox',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listSegments: {
    method: 'GET',
    path: '/admin/segments',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listParts: {
    method: 'GET',
    path: '/admin/parts',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getHealth: {
    method: 'GET',
    path: '/admin/health',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  dismissHealth: {
    method: 'POST',
    path: '/admin/health/dismissals',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listFailures: {
    method: 'GET',
    path: '/admin/failures',
    query: ['projection', 'limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  retryFailure: {
    method: 'POST',
    path: '/admin/failures/{projection}/{position}/retry',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  skipFailure: {
    method: 'POST',
    path: '/admin/failures/{projection}/{position}/skip',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  startRecovery: {
    method: 'POST',
    path: '/admin/recovery/{type}/start',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listRecoveries: {
    method: 'GET',
    path: '/admin/recovery',
    query: ['limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getRecovery: {
    method: 'GET',
    path: '/admin/recovery/{workflowId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  pauseRecovery: {
    method: 'POST',
    path: '/admin/recovery/{workflowId}/pause',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  resumeRecovery: {
    method: 'POST',
    path: '/admin/recovery/{workflowId}/resume',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  cancelRecovery: {
    method: 'POST',
    path: '/admin/recovery/{workflowId}/cancel',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getArchive: {
    method: 'GET',
    path: '/admin/archive',
    query: ['limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listAudit: {
    method: 'GET',
    path: '/audit',
    query: ['actor', 'operation', 'target', 'requestId', 'from', 'to', 'limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  createTenant: {
    method: 'POST',
    path: '/tenants',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  listTenants: {
    method: 'GET',
    path: '/tenants',
    query: ['limit', 'cursor'],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getTenant: {
    method: 'GET',
    path: '/tenants/{tenantId}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  suspendTenant: {
    method: 'POST',
    path: '/tenants/{tenantId}/suspend',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  resumeTenant: {
    method: 'POST',
    path: '/tenants/{tenantId}/resume',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getLiveness: { method: 'GET', path: '/livez', query: [], keyed: false, succeedsWith: 'application/json' },
  getReadiness: { method: 'GET', path: '/readyz', query: [], keyed: false, succeedsWith: 'application/json' },
  getVersion: { method: 'GET', path: '/version', query: [], keyed: false, succeedsWith: 'application/json' },
  getMetrics: { method: 'GET', path: '/metrics', query: [], keyed: false, succeedsWith: 'text/plain' },
  listProblems: {
    method: 'GET',
    path: '/problems',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
  getProblem: {
    method: 'GET',
    path: '/problems/{name}',
    query: [],
    keyed: false,
    succeedsWith: 'application/json',
  },
} as const;
export const amountMembers = [
  'amount',
  'available',
  'balance',
  'balanceAfter',
  'captured',
  'credits',
  'debits',
  'held',
  'initialBalance',
  'maxAmount',
  'maximumBalance',
  'minimumBalance',
  'overcaptured',
  'released',
  'remaining',
  'reversed',
  'schema',
  'usedAmount',
  'value',
] as const;
