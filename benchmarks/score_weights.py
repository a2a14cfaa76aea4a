"""Which weights of signals and categories would rank labelled pages best, beside those of the score.

    python benchmarks/score_weights.py DATA

DATA is the folder of labelled pages that `detector evaluate` takes. Weights are fitted to the pages that do not judge;
what comes of a change is then measured by `detector evaluate`, on those that do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from detector.boilerplate import shipped_model
from detector.training.ranking import fitted_weights
from detector.verdicts import BOILERPLATE_WEIGHTS, SPAM_WEIGHTS


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    fitted = fitted_weights(shipped_model(), Path(sys.argv[1]))
    for kind, weights in (("signals", SPAM_WEIGHTS), ("categories", BOILERPLATE_WEIGHTS)):
        print(f"{kind:20} {'now':>6} {'fitted':>6}")
        for name, weight in weights.items():
            print(f"{name:20} {weight:6.2f} {fitted[kind][name]:6.2f}")


if __name__ == "__main__":
    main()
