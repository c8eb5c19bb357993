"""Which products to show whom: strategies that learn from who took what, and their measures on items that were held out."""
