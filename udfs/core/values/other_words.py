"""Words of other systems for what has a word here."""

CURLY = "\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u201a"
"""Quotes that a word processor makes of straight ones."""
ROOTS = {
    "person": "user",
    "customer": "user",
    "contact": "user",
    "profile": "user",
    "subscriber": "user",
    "recipient": "user",
    "traits": "user",
    "attributes": "user",
    "custom_attribute": "user",
    "properties": "event",
    "trigger": "event",
    "order": "event",
    "product": "event",
    "basket": "cart",
    "checkout": "cart",
    "company": "group",
    "account": "group",
    "organization": "group",
}
"""What others call the subject -> what it is called here."""
NAMES = {
    "cart.total": "cart.value",
    "cart.amount": "cart.value",
    "cart.price": "cart.value",
    "cart.count": "cart.items",
    "cart.quantity": "cart.items",
    "cart.size": "cart.items",
}
