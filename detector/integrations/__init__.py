"""The detector inside crawlers: thin shells over `Detector`, one module a framework."""
