"""A second opinion on decisions, written from the specification of the world and not from the engine.

It reads the raw records of the topic `events` of a few customers in their order of arrival, with campaigns and a policy as plain
dicts. It says what happens to each record and what is decided, in the slowest and plainest way: whenever somebody asks for a cart,
it is made again from all that was ever said about it. It imports nothing of the product, so it shares none of its assumptions.

It covers:

* what of an event is read, set aside or refused; message ids that are missing and records that come twice;
* the two clocks (event time for what happened, record time for what falls due), lateness, device clocks, the five minutes of an exit;
* carts, orders, money; consent, unsubscriptions, bounces, addresses; quiet hours in their plain form;
* entries, conditions with three values, recalls, exits by key (`same`);
* silences, events, times since an event and dates as triggers; journeys of `send`, `wait`, `wait_for`, `wait_until` and `branch`.

It does not cover: identity merges, holdout and control, the draw of a variant or of a split, caps, suppression, throughput, switches, scores,
rendered words, segments, rising edges (`becomes`), sessions, consent banners, consent to storage, Avro, GA4 and Shopify names.
A campaign that needs one of these raises `NotJudged`, so no comparison passes because something was left out silently.

Where to begin: `oracle.Oracle` is the oracle (a `player.Player`), `worlds` tells random stories, `laws` says what must hold of any
player, `shrink` makes a failing story small. An engine joins in by one adapter that implements `Player`.
"""
