"""A second opinion on decisions, written from the specification of the world and not from the engine.

It reads the raw records of the topic `events` of a few customers in their order of arrival, with campaigns and a policy as plain
dicts, and says what becomes of each record and what is decided, in the slowest and plainest way: a cart is folded anew from all
that was ever said about it whenever somebody asks. It imports nothing of the product, so it shares none of its assumptions.

It judges: what of an event is read, set aside or refused; message ids that are missing and records that come twice; the two clocks
(event time for what happened, record time for what falls due), lateness, device clocks, the five minutes of an exit; carts, orders,
money; consent, unsubscriptions, bounces, addresses; entries; conditions with three values; recalls; quiet hours in their plain form;
journeys of `send`, `wait`, `wait_for`, `wait_until` and `branch`; silences, events, "so long since" and dates as triggers; exits by key (`same`).

It does not judge: identity merges, holdout and control, the draw of a variant, caps, suppression, throughput, switches, scores,
rendered words, segments, rising edges (`becomes`), sessions, consent banners, consent to storage, Avro, GA4 and Shopify names.
A campaign that needs one of these raises `NotJudged`, so no comparison passes because something was left out in silence.

Where to begin: `oracle.Oracle` is the judge (a `player.Player`), `worlds` tells random stories, `laws` says what must hold of any
player, `shrink` makes a failing story small. An engine joins in by one adapter that implements `Player`.
"""
