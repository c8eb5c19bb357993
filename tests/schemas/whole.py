"""Documents that hold every key of every kind of file: one of each kind with all that go together, and more for what does not."""

from pathlib import Path

from services.documents.yaml12 import parse

WHOLE = {
    "campaign": parse(
        """\
campaign: everything
description: Every key that there is
purpose: marketing
tags: [cart]
custom_events: [loan_requested]
priority: 5
trigger: {event: [product_viewed, page], becomes: session.product_views >= 5, unless: [order_completed]}
when: cart.value > 99
entry: {once_per: cart.id, again: 7d}
control_group: 10%
goal: {event: order_completed, within: 3d, value: revenue, when: event.total > 20, guard: [bounce_rate], basis: opened, half_life: 1d}
experiment:
  hypothesis: A discount brings orders
  unit: session
  metric: value
  minimum_effect: 15%
  against: control
  factors: {way: {a: [mail], b: [push]}}
  sample: 1000
  stop: {at_most: 14d, early: both}
  adopt: winner
  expected: {rate: 8%, mean: 60, deviation: 40.5, people_a_day: 700, sessions_a_person: 1.5, alike: 0.2}
rollout:
  steps: [5%, 25.5 %, 100%]
  hold: 6h
  sample: 1000
  guardrails: {errors: 2%, unsubscribe_rate: 0.5%, complaint_rate: 0%, bounce_rate: 5%, dismiss_rate: 10%}
choose: split
variants:
  mail: {weight: 1, channel: [email, push], template: cart, offer: {percent: 15 if score < 0.1 else 5, code: X, free: true}, wait: 15m}
  push: {weight: 0.5, channel: push, content: {title: Hi, body: "{{ because }}"}}
score: {model: purchase-propensity, class: buys, cold_start: 0.03}
because: {score: purchase_propensity, say: {views_7d: "because {{ value }}"}, default: because}
value: 0.1 * cart.value
send: {expires: 6h}
expect: {messages: 5000 per hour, offer: {percent: 50}}
""",
        file=Path("whole.yaml"),
    ).value,
    "policy": parse(
        """\
description: Every key that there is
holdout: {share: 5%, epoch: a, exempt: [transactional]}
send_time: {hours: {"8": 2, "19": 8}}
quiet_hours: {from: "22:00", to: "8:00", zone: Europe/Berlin, fallback: strictest, then: drop, channels: [email, sms], exempt: [vip], spread: 5m}
caps:
  - {id: a, channel: [email, sms], tag: [cart, browse], campaign: hello, max: 0, within: 24h, then: defer, count_transactional: true}
  - {id: b, channel: any, max: 3, per: week}
  - {id: c, channel: any, max: learned, between: [1, 5], within: 7d}
answered: {email: 22%, push: 9%}
week_starts: sunday
consent: {default: {marketing: deny}, categories: {Advertising: marketing}}
suppress: [{after: 2 dismissed, within: 15d, rest: 30d, scope: tag}]
throughput: {email: 1000 per minute, push: 5 per second}
currency: {base: USD, rates: {EUR: 1.08}}
trigger_max_age: 72h
retention: {anonymous: 30d, known: 400d, erased: 30d, topics: {events: 7d, decisions: 90d}, lake: 300d}
traits: {birthday: personalization}
addresses: {push: elsewhere}
addresses_in_actions: false
grace: 2m
""",
        file=Path("whole.yaml"),
    ).value,
    "training": parse(
        """\
training: will-stay-away
because: {views_7d: "because you looked {{ value }} times", gender: never}
fairness: {by: [device], least: 0.75, reach: 5%}
history: {file: events.jsonl, format: jsonl, topic: events, brokers: "127.0.0.1:9092"}
decisions: decisions.jsonl
campaigns: [quiet.yaml]
campaign: quiet
features: features.yaml
goal: {none_of: [order_completed, visit_started]}
within: 30d
split: "2026-03-01"
test_share: 30%
anonymous: false
without: [hour]
allow: [views_7d]
check: 20
estimator: forest
compare: [logistic, boosted]
folds: 10
slices: [device]
validate:
  rows: 1000
  change: 50%
  positives: 50%
  unknown: 20%
  scale: 10
  features: {spend_30d: {at_least: 0, at_most: 10000.5, unknown: 10%}, device: {values: [mobile, desktop]}}
gate:
  at_least: {auc: 0.6, ap: 0.1, lift: 1.5}
  at_most: {brier: 0.2, calibration_error: 0.05}
  over_baseline: {auc: 0, ap: 0, brier: 0}
  over_champion: {auc: -0.01, ap: -0.01, brier: -0.01}
  slices: {auc: 0.55, ap: 0.1}
cache: 10m
store: models
registry: registry
alias: challenger
control_topic: control
runs: runs
seed: 7
""",
        file=Path("whole.yaml"),
    ).value,
}

MORE = [
    (kind, parse(text, file=Path("more.yaml")).value)
    for kind, text in (
        (
            "training",
            """\
training: customer-value-90d
predict: value
history: {topic: events}
within: 90d
estimator: bg-nbd
purchases: {count: orders, first: days_since_first_order, last: days_since_order, mean: repeat_order_value, spent: order_total}
gate:
  at_least: {rank: 0.2}
  at_most: {mae: 100, orders_mae: 1, bias: 0.3}
  over_baseline: {mae: 0, rank: 0}
  over_champion: {mae: -1, rank: -0.01}
""",
        ),
        (
            "training",
            """\
training: support-intent
predict: intent
texts: {file: texts.json, test: test.json, text: body, intent: label, train: [train, more], test_of: test, out_of_scope: oos}
estimator: words
threshold: 0.3
gate: {at_least: {accuracy: 0.8, out_of_scope: 0.7}, over_champion: {accuracy: -0.02, out_of_scope: -0.02}}
""",
        ),
        (
            "campaign",
            "campaign: a\ntrigger: {since: [order_completed], wait: 90d, unless: page}\nvariants: {a: {channel: sms, content: {body: Hi}}}\n",
        ),
        (
            "campaign",
            'campaign: a\ntrigger: {date: user.birthday, at: "9:30", before: 3d, repeat: never}\nvariants: {a: {channel: sms, content: {b: H}}}\n',
        ),
        (
            "campaign",
            """\
campaign: a
trigger: {enters: vip}
entry: {once_per: user.plan, concurrent: 3}
steps:
  - {send: a, id: first}
  - {wait: 2d, leave_on: order_completed, id: pause}
  - {branch: {when: 'opened("a")', then: [{send: b}], else: [{wait: 1d}]}, id: fork}
  - {split: {short: {weight: 1, then: [{send: a}]}, long: {weight: 2.5, then: [{wait: 1d}]}, none: {}}, id: length}
variants: {a: {channel: sms, content: {body: Hi}}, b: {channel: sms, content: {body: Hi}}}
""",
        ),
        (
            "metrics",
            """\
metrics:
  mine:
    title: Mine
    means: It is mine.
    numerator: {any: events, where: event == "page"}
    denominator: {count: events, where: true}
    where: type != "track"
    window: {after: 1h, until: 2d, itself: true}
    same: properties.path
    unit: percent
    better: lower
    guardrail: true
  steps:
    means: Steps.
    unit: percent
    funnel: {of: people, within: 30d, stages: {first: true, then: event == "page"}}
""",
        ),
        (
            "campaign",
            """\
campaign: a
trigger: {event: page}
choose: {bandit: contextual, by: [daypart, cart.value > 200], reward: value}
goal: {event: order_completed, value: revenue}
variants: {a: {channel: sms, content: {body: Hi}}, b: {channel: sms, content: {body: Hello}}}
""",
        ),
        ("segments", 'description: All\nrefresh: 2h\nsegments: [{segment: vip, description: Buys a lot, when: "orders_90d >= 3"}]\n'),
        (
            "features",
            """\
features:
  - {name: a, event: page, aggregate: sum, of: properties.x, window: 7d, filter: event.x > 0, default: 0, purpose: personalization, doc: A}
  - {name: b, event: [page, screen], aggregate: time_since, unit: h}
  - {name: c, ratio: [a, b], default: 0}
  - {name: d, expression: user.hour}
  - {name: e, event: page, aggregate: last_n, n: 2, of: [properties.x, name]}
  - {name: f, event: page, aggregate: sum, each: properties.products, of: item.price, times: item.quantity, by: item.category}
  - {name: g, event: page, aggregate: count, purpose: personalization, without_consent: forgotten}
  - {name: b_first, event: [page, screen], aggregate: time_since_first, unit: h}
introduced: {a: 5}
removed: {abcdef: 5}
""",
        ),
    )
]
