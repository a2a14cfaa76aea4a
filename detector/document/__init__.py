"""`Page` -> `Document`: title, links, metadata, blocks; with caps on hostile input."""

from detector.document.parsing import parse

__all__ = ["parse"]
