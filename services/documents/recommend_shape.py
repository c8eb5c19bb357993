"""What a file for recommenders may hold, key by key. `python -m training recommender` reads it; the JSON Schema and the reference page are made
from this.
"""

from services.documents.training_shape import HISTORY
from udfs.core.values.shapes import DEFINITIONS, choice, document, mapping, ref, text

PROTOCOLS = ("leave-one-out", "sessions")
STRATEGIES = ("popularity", "trending", "item-to-item", "matrix-factorisation", "v-sknn", "content")
MEASURES = ("HR@10", "HR@20", "NDCG@10", "MRR@20")
_NAMES = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}]}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}

GATE = mapping(
    {name: {**_SHARE, "description": f"For {name}."} for name in MEASURES},
    means="What item-to-item, which most of a list is made of, must reach on the items held out. What does not is not registered.",
)

RECOMMEND = document(
    "recommend",
    "A recommender of Kairos",
    mapping(
        {
            "recommend": ref("name", "Its name."),
            "history": HISTORY,
            "evaluate": choice(PROTOCOLS, "How items are held out.", default=PROTOCOLS[0]),
            "events": {"type": "array", "minItems": 1, "items": ref("event"), "description": "Only these events say that somebody took an item."},
            "strategies": {
                "type": "array",
                "minItems": 1,
                "items": choice(STRATEGIES),
                "default": ["item-to-item", "trending", "content"],
                "description": "What is learned and compared; item-to-item always is.",
            },
            "catalogue": text("A feed of products, as docs/catalogue.md says.", minLength=1),
            "segments": text("A file of records of the topic `segments`.", minLength=1),
            "decisions": {**_NAMES, "description": "Files of decisions with lists that people were shown, for the ranker to learn from."},
            "gate": GATE,
            "store": text("Where its files are kept, for every TaskManager to read: a folder, or s3://bucket/prefix.", minLength=1),
            "registry": text("The folder of versions and aliases.", minLength=1),
            "alias": choice(("champion", "challenger"), "What the new version becomes. A champion is published.", default="challenger"),
            "control_topic": text("The control topic.", minLength=1, default="control"),
            "runs": text("The folder of runs.", minLength=1),
            "seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1, "default": 0, "description": "Of every draw."},
        },
        required=("recommend",),
        means="How what recommends is learned again and again: `python -m training recommender FILE`. docs/recommendations.md explains it.",
    ),
    {name: DEFINITIONS[name] for name in ("name", "event")},
)
