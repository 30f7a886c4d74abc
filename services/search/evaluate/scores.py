"""How good a ranking is, by the definitions of trec_eval.

nDCG@k: the gain of each hit is its grade, divided by log2(1 + rank), and the sum by that of the best possible ranking
(Järvelin and Kekäläinen, 2002). Recall@k: of the relevant documents, the share among the first k hits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2
from typing import Final

NDCG_AT: Final = 10
RECALL_AT: Final = 100


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], at: int = NDCG_AT) -> float:
    """Return nDCG of a ranking, 0 to 1; 0 where nothing is relevant."""
    best = _gain(sorted(grades.values(), reverse=True)[:at])
    return _gain([grades.get(document, 0) for document in ranked[:at]]) / best if best else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], at: int = RECALL_AT) -> float:
    """Return the share of relevant documents that are found, 0 to 1; 0 where nothing is relevant."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranked[:at])) / len(relevant) if relevant else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum(max(0, grade) / log2(rank + 1) for rank, grade in enumerate(grades, 1))
