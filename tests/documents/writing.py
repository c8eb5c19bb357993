"""Campaign files to begin a test with."""

from pathlib import Path

FEATURES = "features:\n  - {name: views_7d, event: product_viewed, aggregate: count, window: 7d}\n"
CAMPAIGN = """\
campaign: comeback
trigger: {idle: 30m, of: cart, unless: [order_completed]}
when: cart.value > 99 and views_7d >= 0
variants:
  only: {channel: email, template: cart}
"""


def write(file: Path, text: str) -> Path:
    """Write a file, its folder too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file
